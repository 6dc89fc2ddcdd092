import { execRunner } from '../../lambdas/adapters/rladmin/exec-runner.ts';
import { type Dialect, newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { ClusterWriter } from '../../lambdas/ports/cluster.ts';
import type { CommandObserver } from '../../lambdas/runtime/ports.ts';
import type { Configuration } from '../config/schema.ts';

/** Longest wait for a read: a sick node may need long for a status, and a hanging one must not hold up a change. */
const READ_LIMIT_SECONDS = 60;

/** The clusters of a configuration as this machine reaches them. */
export class LocalClusters {
  readonly #configuration: Configuration;
  readonly #clock: Clock;
  readonly #dialects = new Map<string, Dialect>();

  constructor(configuration: Configuration, clock: Clock) {
    this.#configuration = configuration;
    this.#clock = clock;
  }

  /** @throws StepError `ClusterAccessError` when there is no such cluster, or this machine cannot reach it. */
  open(name: string, observe?: CommandObserver): ClusterWriter {
    const { clusters, defaults } = this.#configuration;
    const config = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
    if (!config)
      throw new StepError(
        'ClusterAccessError',
        `no cluster "${name}" is configured; there is ${Object.keys(clusters).join(', ') || 'none'}`,
      );
    if (config.transport !== 'exec')
      throw new StepError('ClusterAccessError', `cluster "${name}" has transport "${config.transport}"; this version runs "exec" only`);
    const dialect = this.#dialects.get(name) ?? newDialect();
    this.#dialects.set(name, dialect);
    return new RladminCluster({
      name,
      runner: execRunner(config.rladmin),
      clock: this.#clock,
      dialect,
      readLimitSeconds: Math.min(READ_LIMIT_SECONDS, defaults.verification?.deadlineSeconds ?? READ_LIMIT_SECONDS),
      ...(observe && { observe }),
    });
  }
}
