import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RestApi } from '../adapters/cluster-rest/rest-api.ts';
import type { RestCluster } from '../adapters/cluster-rest/rest-cluster.ts';
import { type Dialect, newDialect, RladminCluster } from '../adapters/rladmin/rladmin-cluster.ts';
import { oneByOne, type Runner } from '../adapters/rladmin/runner.ts';
import type { ssmClient as ssmClientOf } from '../adapters/rladmin/ssm-client.ts';
import type { ClusterConfiguration, Configuration, RestAccess, SsmClusterConfiguration } from '../contracts/configuration.ts';
import { StepError } from '../contracts/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterWriter, HealthReader } from '../ports/cluster.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { CommandObserver } from './ports.ts';

/** Longest wait for a read: a sick node may need long for a status, and a hanging one must not hold up a change. */
const READ_LIMIT_SECONDS = 60;
/** Run Command needs some of that itself to deliver a command and to tell of its end. */
const SSM_READ_LIMIT_SECONDS = 90;

/** A function that stays warm takes up a corrected password after this time, in seconds: as long as the vendor counts failed logins. */
const LOGIN_KEPT_SECONDS = 15 * 60;

export interface ClustersProps {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Folder that files in the configuration are relative to. */
  readonly folder: string;
}

const silent: CommandObserver = async () => {};

/** The clusters of a configuration, each reached in its own way. Every way in is loaded when a cluster needs it. */
export class Clusters {
  readonly #props: ClustersProps;
  readonly #dialects = new Map<string, Dialect>();

  constructor(props: ClustersProps) {
    this.#props = props;
  }

  /**
   * @param startAt - how many healthy nodes to pass over first, where there are several ways in.
   * @throws StepError `ClusterAccessError` when there is no such cluster, or no way to reach it from here.
   */
  async open(name: string, observe = silent, startAt = 0): Promise<ClusterWriter> {
    const config = this.#configurationOf(name);
    if (config.transport === 'rest') return this.#restCluster(name, config, observe);
    const { clock, configuration } = this.#props;
    const dialect = this.#dialects.get(name) ?? newDialect();
    this.#dialects.set(name, dialect);
    const limit = config.transport === 'ssm' ? SSM_READ_LIMIT_SECONDS : READ_LIMIT_SECONDS;
    const readLimitSeconds = Math.min(limit, configuration.defaults.verification?.deadlineSeconds ?? limit);
    const runner = config.transport === 'ssm' ? await this.#ssmRunner(name, config, startAt) : await execRunnerOf(config.rladmin, clock);
    return new RladminCluster({ name, runner, clock, dialect, readLimitSeconds, observe });
  }

  /** The source of health data of a cluster, if it has one. */
  async health(name: string, observe = silent): Promise<HealthReader | undefined> {
    const config = this.#configurationOf(name);
    const access = config.transport === 'rest' ? config : config.health;
    return access && this.#restCluster(name, access, observe);
  }

  #configurationOf(name: string): ClusterConfiguration {
    const { clusters } = this.#props.configuration;
    const config = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
    if (config) return config;
    throw new StepError('ClusterAccessError', `no cluster "${name}" is configured; there is ${Object.keys(clusters).join(', ') || 'none'}`);
  }

  readonly #ssmClients = new Map<string, ReturnType<typeof ssmClientOf>>();

  async #ssmRunner(cluster: string, config: SsmClusterConfiguration, startAt: number): Promise<Runner> {
    const [{ SsmRunner }, { ssmClient }] = await Promise.all([
      import('../adapters/rladmin/ssm-runner.ts'),
      import('../adapters/rladmin/ssm-client.ts'),
    ]);
    const { region, roleArn, instances } = config;
    const client = this.#ssmClients.get(cluster) ?? ssmClient({ region, ...(roleArn && { roleArn }) });
    this.#ssmClients.set(cluster, client);
    return new SsmRunner({ client, cluster, instances, clock: this.#props.clock, startAt });
  }

  /** One client for each cluster, so that a refused login is remembered: repeating it would lock the account. */
  readonly #apis = new Map<string, { api: RestApi; until: number }>();

  async #restCluster(name: string, { url, credentials, ca }: RestAccess, observe: CommandObserver): Promise<RestCluster> {
    const [{ RestCluster: Cluster }, { RestApi: Api, parseCredentials }] = await Promise.all([
      import('../adapters/cluster-rest/rest-cluster.ts'),
      import('../adapters/cluster-rest/rest-api.ts'),
    ]);
    const { clock, secrets, folder } = this.#props;
    const now = clock.now().getTime();
    const kept = this.#apis.get(name);
    if (kept && kept.until > now) return new Cluster({ name, api: kept.api, clock, observe });
    // The former one is left to whoever still uses it; its idle connections close by themselves.
    const api = new Api({
      url,
      clock,
      credentials: async () =>
        'secretId' in credentials
          ? parseCredentials(await secrets.read(credentials.secretId))
          : { username: fromEnvironment(name, credentials.usernameEnv), password: fromEnvironment(name, credentials.passwordEnv) },
      ca: async () => ca && ('secretId' in ca ? secrets.read(ca.secretId) : readAuthority(name, resolve(folder, ca.file))),
    });
    this.#apis.set(name, { api, until: now + LOGIN_KEPT_SECONDS * 1000 });
    return new Cluster({ name, api, clock, observe });
  }
}

async function execRunnerOf(program: readonly [string, ...string[]], clock: Clock): Promise<Runner> {
  const [{ execRunner }, { recallWith }] = await Promise.all([
    import('../adapters/rladmin/exec-runner.ts'),
    import('../adapters/rladmin/exec-recall.ts'),
  ]);
  return oneByOne(execRunner(program), recallWith(clock));
}

function fromEnvironment(cluster: string, variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new StepError('ClusterAccessError', `clusters.${cluster}: the environment variable ${variable} is not set`);
}

async function readAuthority(cluster: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new StepError('ClusterAccessError', `clusters.${cluster}: the certificate authority ${file} cannot be read`, { cause: error });
  }
}
