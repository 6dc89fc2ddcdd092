import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ClusterConfiguration, Configuration, RestAccess, SsmClusterConfiguration } from '../../lambdas/contracts/configuration.ts';
import { BUNDLED_CONFIGURATION } from '../../lambdas/contracts/deployment.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';
import type { BundledFile } from './bundling/function-code.ts';
import { deployableGates } from './deployable-gates.ts';
import { deployableRollouts } from './deployable-rollouts.ts';
import type { Location } from './location.ts';
import { problemOfSecret } from './secret-reference.ts';

export type RestClusterConfiguration = Extract<ClusterConfiguration, { transport: 'rest' }>;
export type DeployableCluster = SsmClusterConfiguration | RestClusterConfiguration;

/** The part of a configuration that functions can act on. */
export interface DeployableClusters {
  readonly clusters: Readonly<Record<string, DeployableCluster>>;
  /** Clusters that only a machine with rladmin on it can reach. */
  readonly skipped: readonly string[];
}

/** Access to the REST API of a cluster, be it to change it or only to watch its health, and where it stands in the configuration. */
export function restAccessOf(name: string, cluster: DeployableCluster): { place: string; access: RestAccess } | undefined {
  if (cluster.transport === 'rest') return { place: `clusters.${name}`, access: cluster };
  return cluster.health && { place: `clusters.${name}.health`, access: cluster.health };
}

/**
 * @param main - where the functions are, which read secrets there. Without it, less can be checked.
 * @returns no clusters when there is no configuration.
 * @throws ConfigurationError for a cluster that a function could not reach as it is configured.
 */
export function deployableClusters(loaded: LoadedConfiguration | undefined, main?: Location): DeployableClusters {
  const all = Object.entries(loaded?.configuration.clusters ?? {});
  const clusters = all.filter((entry): entry is [string, DeployableCluster] => entry[1].transport !== 'exec');
  for (const [name, cluster] of clusters) {
    const rest = restAccessOf(name, cluster);
    if (!rest) continue;
    const { credentials, ca } = rest.access;
    if (!('secretId' in credentials))
      throw new ConfigurationError(
        `${loaded?.file}: ${rest.place}.credentials: a deployed function reads secrets by reference, expected { "secretId" }`,
      );
    for (const [key, reference] of Object.entries({ credentials, ca })) {
      const problem = reference && 'secretId' in reference && problemOfSecret(reference.secretId, main);
      if (problem) throw new ConfigurationError(`${loaded?.file}: ${rest.place}.${key}.secretId: ${problem}`);
    }
  }
  return {
    clusters: Object.fromEntries(clusters),
    skipped: all.filter(([, { transport }]) => transport === 'exec').map(([name]) => name),
  };
}

/**
 * The configuration as functions find it beside their code, with the certificate authorities that it names as files.
 * Only what they read is in it: clusters that they can reach, defaults, the gates and, with chat, the rollouts that are named.
 * @param more - what some of them read beside that.
 * @throws ConfigurationError when a certificate authority cannot be read, or its file holds a private key; as `deployableGates` and
 *   `deployableRollouts`.
 */
export function bundledConfiguration(loaded: LoadedConfiguration | undefined, more: Pick<Configuration, 'chat'> = {}): BundledFile[] {
  const authorities: BundledFile[] = [];
  const withBundledAuthority = <A extends RestAccess>(place: string, name: string, access: A): A => {
    if (!loaded || !access.ca || 'secretId' in access.ca) return access;
    const bundled = `${name}-ca.pem`;
    authorities.push({ name: bundled, text: readAuthority(loaded, `${place}.ca.file`, access.ca.file) });
    return { ...access, ca: { file: bundled } };
  };
  const clusters = Object.entries(deployableClusters(loaded).clusters).map(([name, cluster]): [string, DeployableCluster] => {
    if (cluster.transport === 'rest') return [name, withBundledAuthority(`clusters.${name}`, name, cluster)];
    return [name, cluster.health ? { ...cluster, health: withBundledAuthority(`clusters.${name}.health`, name, cluster.health) } : cluster];
  });
  const defaults = loaded?.configuration.defaults ?? {};
  const rollouts = deployableRollouts(loaded);
  // Only people in chat name one.
  const named = more.chat && Object.keys(rollouts).length > 0 && { rollouts };
  const configuration = { clusters: Object.fromEntries(clusters), defaults, ...deployableGates(loaded), ...more, ...named };
  return [{ name: BUNDLED_CONFIGURATION, text: `${JSON.stringify(configuration, null, 2)}\n` }, ...authorities];
}

function readAuthority({ file }: LoadedConfiguration, place: string, named: string): string {
  const path = resolve(dirname(file), named);
  const text = readPem(path, `${file}: ${place}`);
  // Everybody who may read the code of a function would have it.
  if (/PRIVATE KEY-----/.test(text))
    throw new ConfigurationError(`${file}: ${place}: ${path} holds a private key, expected certificates only`);
  return text;
}

function readPem(path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${place}: ${path} cannot be read, expected a PEM file`, { cause: error });
  }
}
