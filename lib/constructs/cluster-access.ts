import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acceptWildcard } from './accept.ts';
import { type DeployableCluster, restAccessOf } from './deployable-clusters.ts';
import { ANY_COMMAND, ANY_INSTANCE, runCommandRights, type SsmClusters, taggedIn, tagsOf } from './run-command-rights.ts';
import { grantReadingSecrets } from './secret-rights.ts';
import type { StepLambda } from './step-lambda.ts';

/**
 * What a step that reaches clusters may do, for the clusters of one configuration: send their documents, take on the roles that lead
 * to other accounts, read the secrets of those with a REST API.
 */
export class ClusterAccess {
  readonly #own: SsmClusters;
  readonly #roles: readonly string[];
  readonly #secrets: readonly string[];
  readonly #stack: Stack;

  constructor(scope: Construct, clusters: Readonly<Record<string, DeployableCluster>>) {
    this.#stack = Stack.of(scope);
    const ssm = Object.entries(clusters).flatMap(([name, cluster]) => (cluster.transport === 'ssm' ? [[name, cluster] as const] : []));
    this.#own = Object.fromEntries(ssm.filter(([, { roleArn }]) => roleArn === undefined));
    this.#roles = distinct(ssm.flatMap(([, { roleArn }]) => roleArn ?? []));
    this.#secrets = distinct(Object.entries(clusters).flatMap(([name, cluster]) => secretsOf(name, cluster)));
  }

  grantTo({ role }: StepLambda): void {
    const { partition, account } = this.#stack;
    for (const statement of runCommandRights(this.#own, { partition, account })) role.addToPrincipalPolicy(statement);
    if (Object.keys(this.#own).length > 0) acceptWildcard(role, '*', ANY_COMMAND);
    for (const tag of tagsOf(this.#own))
      for (const resource of taggedIn(tag.region, { partition, account })) acceptWildcard(role, resource, ANY_INSTANCE);
    if (this.#roles.length > 0)
      role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [...this.#roles] }));
    grantReadingSecrets(role, this.#secrets);
  }
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();

function secretsOf(name: string, cluster: DeployableCluster): string[] {
  const access = restAccessOf(name, cluster)?.access;
  return [access?.credentials, access?.ca].flatMap((reference) => (reference && 'secretId' in reference ? reference.secretId : []));
}
