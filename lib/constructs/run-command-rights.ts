import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { SsmClusterConfiguration } from '../../lambdas/contracts/configuration.ts';
import { documentNameOf } from '../../lambdas/contracts/rladmin-document.ts';

/** Where the nodes of clusters are. Every part may be a token. */
export interface NodesPlace {
  readonly partition: string;
  readonly account: string;
}
export type SsmClusters = Readonly<Record<string, SsmClusterConfiguration>>;

/** What follows one command; none of it can be limited to a resource. */
const FOLLOWING = ['ssm:GetCommandInvocation', 'ssm:ListCommandInvocations', 'ssm:CancelCommand', 'ssm:DescribeInstanceInformation'];

/** Why a policy names more than one instance, for the rule pack. */
export const ANY_INSTANCE = 'Instances are found by their tag, which the condition of the statement names: nodes come and go';
/** Why a policy names every resource, for the rule pack. */
export const ANY_COMMAND = 'Following and cancelling a command and listing managed nodes cannot be limited to resources, only to regions';

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();

/**
 * Rights to send the document of each cluster, and nothing else, to its nodes, and no others. Reading a cluster takes the same right
 * as changing it: both are Run Command, and what a command may be is up to the document.
 */
export function runCommandRights(clusters: SsmClusters, { partition, account }: NodesPlace): PolicyStatement[] {
  const all = Object.entries(clusters);
  if (all.length === 0) return [];
  const instancesIn = (region: string) => `arn:${partition}:ec2:${region}:${account}:instance`;
  const managedIn = (region: string) => `arn:${partition}:ssm:${region}:${account}:managed-instance`;
  const send = (resources: string[], conditions = {}) => new PolicyStatement({ actions: ['ssm:SendCommand'], resources, conditions });

  const documents = all.map(([name, { region }]) => `arn:${partition}:ssm:${region}:${account}:document/${documentNameOf(name)}`);
  const statements = [send(distinct(documents))];
  const named = all.flatMap(([, { region, instances }]) =>
    'ids' in instances ? instances.ids.map((id) => `${id.startsWith('mi-') ? managedIn(region) : instancesIn(region)}/${id}`) : [],
  );
  if (named.length > 0) statements.push(send(distinct(named)));
  for (const { region, key, values } of tagsOf(clusters))
    statements.push(send(taggedIn(region, { partition, account }), { StringEquals: { [`ssm:resourceTag/${key}`]: values } }));
  statements.push(
    new PolicyStatement({
      actions: FOLLOWING,
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': distinct(all.map(([, { region }]) => region)) } },
    }),
  );
  return statements;
}

/** Whatever may carry a tag: instances of EC2, and managed nodes elsewhere. */
export const taggedIn = (region: string, { partition, account }: NodesPlace): string[] => [
  `arn:${partition}:ec2:${region}:${account}:instance/*`,
  `arn:${partition}:ssm:${region}:${account}:managed-instance/*`,
];

/** Tags by which nodes are found, those of one region and key together: a policy has little room. */
export function tagsOf(clusters: SsmClusters): { region: string; key: string; values: string[] }[] {
  const tags = Object.values(clusters).flatMap(({ region, instances }) => ('tag' in instances ? [{ region, ...instances.tag }] : []));
  return distinct(tags.map(({ region, key }) => `${region} ${key}`)).map((group) => {
    const members = tags.filter(({ region, key }) => `${region} ${key}` === group);
    const [{ region, key } = { region: '', key: '' }] = members;
    return { region, key, values: distinct(members.map(({ value }) => value)) };
  });
}
