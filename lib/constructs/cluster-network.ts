import { Stack, Validations } from 'aws-cdk-lib';
import { Peer, Port, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ConfigurationError } from '../config/load.ts';
import { acceptWildcard } from './accept.ts';
import { type DeployableCluster, restAccessOf } from './deployable-clusters.ts';

/** Under it, the APIs of AWS are reached: by a NAT gateway or by endpoints of the network. */
const HTTPS = 443;
/** What Lambda does with the interfaces of a function, in the name of the function's role. */
const MANAGING_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
/** CDK asks for zones. None of them reaches the template, and to look them up would take credentials. */
const UNKNOWN_ZONE = 'unknown';

export interface NetworkPlace {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Ports of the clusters' REST APIs, and that of HTTPS. */
  readonly ports: readonly number[];
}

/**
 * @returns the network that clusters ask for, undefined when none does.
 * @throws ConfigurationError when they ask for more than one: a function can be in one network.
 */
export function networkPlaceOf(clusters: Readonly<Record<string, DeployableCluster>>): NetworkPlace | undefined {
  const all = Object.entries(clusters);
  const asking = all.flatMap(([name, cluster]) => (cluster.vpc ? [{ name, ...cluster.vpc }] : []));
  const [first] = asking;
  if (!first) return undefined;
  const other = asking.find(({ vpcId }) => vpcId !== first.vpcId);
  if (other)
    throw new ConfigurationError(
      `clusters.${first.name}.vpc and clusters.${other.name}.vpc: a deployment reaches clusters from one network, expected the same vpcId ` +
        'or a second configuration, deployed to another account or region',
    );
  const ports = all
    .flatMap(([name, cluster]) => restAccessOf(name, cluster)?.access.url ?? [])
    .map((url) => Number(new URL(url).port) || HTTPS);
  const byNumber = (one: number, another: number) => one - another;
  return {
    vpcId: first.vpcId,
    subnetIds: [...new Set(asking.flatMap(({ subnetIds }) => subnetIds))],
    ports: [...new Set([HTTPS, ...ports])].sort(byNumber),
  };
}

/** Attaches functions to a network that exists. They are called by nobody in it, and call clusters and AWS. */
export class ClusterNetwork extends Construct {
  /** Goes into the properties of a function. */
  readonly attachment: Required<Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>>;

  constructor(scope: Construct, id: string, { vpcId, subnetIds, ports }: NetworkPlace) {
    super(scope, id);
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones: [UNKNOWN_ZONE] });
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'syncshift: from its functions to the REST APIs of clusters, and to AWS',
      allowAllOutbound: false,
    });
    for (const port of ports) group.addEgressRule(Peer.anyIpv4(), Port.tcp(port), port === HTTPS ? 'AWS' : 'REST APIs of clusters');
    const subnets = subnetIds.map((subnetId) => Subnet.fromSubnetAttributes(this, subnetId, { subnetId, availabilityZone: UNKNOWN_ZONE }));
    Validations.of(this).acknowledge({ id: '@aws-cdk/aws-ec2:noSubnetRouteTableId', reason: 'Nothing here reads or changes routes' });
    this.attachment = { vpc, vpcSubnets: { subnets }, securityGroups: [group] };
  }

  /** Lets Lambda make the interfaces of a function in the network, and keeps the code of the function from doing the same. */
  grantTo(role: Role): void {
    const { partition, region, account, stackName } = Stack.of(this);
    role.addToPrincipalPolicy(new PolicyStatement({ actions: MANAGING_INTERFACES, resources: ['*'] }));
    role.addToPrincipalPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: [...MANAGING_INTERFACES, 'ec2:DetachNetworkInterface'],
        resources: ['*'],
        // Only calls of the code carry it. By the beginning of its name, because a function needs its policy before it has a name.
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:${stackName}-*` } },
      }),
    );
    acceptWildcard(
      role,
      '*',
      'Lambda checks that a function in a network may manage interfaces before there is one to name; the code of the function is denied it',
    );
  }
}
