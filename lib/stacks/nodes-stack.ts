import { CfnParameter, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ClusterNodes, type ClusterNodesProps } from '../constructs/cluster-nodes.ts';

export interface NodesStackProps extends StackProps, Pick<ClusterNodesProps, 'clusters' | 'roles'> {
  /** The stack whose functions send the documents, and its account where that is known. */
  readonly main: { readonly stackName: string; readonly account: string | undefined };
}

/** What clusters outside of the main stack's account or region need there. */
export class NodesStack extends Stack {
  constructor(scope: Construct, id: string, { clusters, roles, main, ...props }: NodesStackProps) {
    super(scope, id, props);
    const account = main.account ?? (roles.length > 0 ? this.#askForMainAccount() : this.account);
    new ClusterNodes(this, 'Nodes', { clusters, roles, trusted: { account, rolePrefix: `${main.stackName}-` } });
  }

  #askForMainAccount(): string {
    return new CfnParameter(this, 'MainAccount', {
      description: 'Account of the main stack of syncshift, whose functions take on the roles of this one',
      allowedPattern: '\\d{12}',
    }).valueAsString;
  }
}
