import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { documentNameOf, rladminDocument } from '../../lambdas/contracts/rladmin-document.ts';
import { acceptWildcard } from './accept.ts';
import { ANY_COMMAND, ANY_INSTANCE, runCommandRights, type SsmClusters, taggedIn, tagsOf } from './run-command-rights.ts';

/** Who may take on the roles. */
export interface Trusted {
  /** Account of the functions. */
  readonly account: string;
  /** How the names of their roles begin. */
  readonly rolePrefix: string;
}

export interface ClusterNodesProps {
  /** Clusters whose nodes are in the account and region of this stack. */
  readonly clusters: SsmClusters;
  /** Roles to make, each with every cluster that is reached by way of it, in whichever region. */
  readonly roles: readonly { readonly roleArn: string; readonly clusters: SsmClusters }[];
  readonly trusted: Trusted;
}

/** What the nodes of clusters need around them: a Run Command document each, and the roles that lead to them from other accounts. */
export class ClusterNodes extends Construct {
  constructor(scope: Construct, id: string, { clusters, roles, trusted }: ClusterNodesProps) {
    super(scope, id);
    // A cluster may be called what CDK keeps for itself, such as "Default".
    for (const [name, { rladmin, runAs }] of Object.entries(clusters))
      new CfnDocument(this, `Document ${name}`, {
        name: documentNameOf(name),
        documentType: 'Command',
        documentFormat: 'JSON',
        content: rladminDocument({ rladmin, runAs }),
        // The name has to stay. To replace a document, CloudFormation makes the new one first, and a name can be had once.
        updateMethod: 'NewVersion',
      });
    for (const { roleArn, clusters: reached } of roles) this.#addRole(roleArn, reached, trusted);
  }

  /** The role by which functions of another account reach nodes: it may do what those functions may in their own account. */
  #addRole(roleArn: string, clusters: SsmClusters, { account: trusted, rolePrefix }: Trusted): void {
    const { partition, account } = Stack.of(this);
    const pathAndName = roleArn.slice(roleArn.indexOf(':role') + ':role'.length);
    const nameAt = pathAndName.lastIndexOf('/') + 1;
    const role = new Role(this, `Role ${pathAndName}`.replaceAll('/', ' '), {
      roleName: pathAndName.slice(nameAt),
      path: pathAndName.slice(0, nameAt),
      description: 'Lets syncshift send its rladmin documents to the nodes of its clusters',
      assumedBy: new AccountPrincipal(trusted).withConditions({
        ArnLike: { 'aws:PrincipalArn': `arn:*:iam::${trusted}:role/${rolePrefix}*` },
      }),
      inlinePolicies: { Nodes: new PolicyDocument({ statements: runCommandRights(clusters, { partition, account }) }) },
    });
    acceptWildcard(role, '*', ANY_COMMAND);
    for (const { region } of tagsOf(clusters))
      for (const resource of taggedIn(region, { partition, account })) acceptWildcard(role, resource, ANY_INSTANCE);
  }
}
