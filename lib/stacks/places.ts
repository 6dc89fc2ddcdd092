import type { SsmClusterConfiguration } from '../../lambdas/contracts/configuration.ts';
import { ConfigurationError } from '../config/load.ts';
import type { ClusterNodesProps } from '../constructs/cluster-nodes.ts';
import type { DeployableCluster } from '../constructs/deployable-clusters.ts';
import type { Location } from '../constructs/location.ts';

/** What belongs to one account and region: documents are needed where the nodes are, roles once in the account that they lead to. */
export interface Place extends Location, Pick<ClusterNodesProps, 'clusters' | 'roles'> {}

export interface Places {
  /** Where the main stack is. */
  readonly here: Place;
  readonly elsewhere: readonly Place[];
}

interface PlacedCluster extends Location {
  readonly name: string;
  readonly cluster: SsmClusterConfiguration;
}

const sameLocation = (one: Location, other: Location): boolean => one.account === other.account && one.region === other.region;
const byName = (some: readonly PlacedCluster[]) => Object.fromEntries(some.map(({ name, cluster }) => [name, cluster]));

/**
 * Id, and so name, of the stack of a place. It says whose it is: stacks of two deployments may meet in one account and region.
 * Accounts are named where they differ.
 */
export function nodesStackIdOf(main: Location, { account, region }: Location): string {
  const isForeign = account !== main.account;
  const parts = ['SyncshiftNodes', isForeign && account, region, 'for', isForeign && main.account, main.region];
  return parts.filter((part) => part).join('-');
}

/**
 * Sorts the clusters that are reached by Run Command by where their nodes are: without a role in the account of the main stack.
 * @throws ConfigurationError when there are some and the region of the main stack is not known.
 */
export function placesOf(clusters: Readonly<Record<string, DeployableCluster>>, main: Location): Places {
  const placed = Object.entries(clusters).flatMap(([name, cluster]): PlacedCluster[] =>
    cluster.transport === 'ssm' ? [{ name, cluster, account: cluster.roleArn?.split(':')[4] ?? main.account, region: cluster.region }] : [],
  );
  const [first] = placed;
  if (first && main.region === undefined)
    throw new ConfigurationError(
      `clusters.${first.name}: where its document belongs depends on the region of the main stack, expected one from -c region=… or the AWS profile`,
    );
  const all: readonly Location[] = [main, ...placed];
  const locations = all.filter((one, index) => all.findIndex((other) => sameLocation(one, other)) === index);
  const [here, ...elsewhere] = withRoles(locations, placed);
  return { here: here ?? { ...main, clusters: {}, roles: [] }, elsewhere };
}

/** A role belongs to an account and not to a region, so the first place that needs it makes it, with what it may do in every place. */
function withRoles(locations: readonly Location[], placed: readonly PlacedCluster[]): Place[] {
  const made = new Set<string>();
  return locations.map(({ account, region }) => {
    const nodes = placed.filter((each) => sameLocation(each, { account, region }));
    const arns = [...new Set(nodes.flatMap(({ cluster }) => cluster.roleArn ?? []))].filter((arn) => !made.has(arn));
    for (const arn of arns) made.add(arn);
    const roles = arns.map((roleArn) => ({ roleArn, clusters: byName(placed.filter(({ cluster }) => cluster.roleArn === roleArn)) }));
    return { account, region, clusters: byName(nodes), roles };
  });
}
