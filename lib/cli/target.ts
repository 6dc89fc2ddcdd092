import { existsSync } from 'node:fs';
import type { Configuration } from '../../lambdas/contracts/configuration.ts';
import { describeIssues } from '../../lambdas/contracts/parse.ts';
import { Target } from '../../lambdas/contracts/request.ts';
import { UsageError } from './errors.ts';

/** @throws UsageError when the configuration has no such cluster, or its program is not on this machine. */
export function requireCluster(name: string, { clusters }: Configuration): string {
  const cluster = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  if (!cluster)
    throw new UsageError(
      `clusters: no cluster ${JSON.stringify(name)} is configured; there is ${Object.keys(clusters).join(', ') || 'none'}`,
    );
  if (cluster.transport !== 'exec') return name;
  const [program] = cluster.rladmin;
  if (program.includes('/') && !existsSync(program)) throw new UsageError(`clusters.${name}.rladmin[0]: ${program}: no such file`);
  return name;
}

/** Reads `<cluster>/<database>`. @throws UsageError when it is no such thing. */
export function parseTarget(text: string, configuration: Configuration): Target {
  const [cluster = '', database, ...rest] = text.split('/');
  if (database === undefined || rest.length > 0)
    throw new UsageError(`target: ${JSON.stringify(text)} is not of the form <cluster>/<database>`);
  const parsed = Target.safeParse({ cluster, database });
  if (!parsed.success) throw new UsageError(`target ${JSON.stringify(text)}: ${describeIssues(parsed.error)}`);
  requireCluster(cluster, configuration);
  return parsed.data;
}
