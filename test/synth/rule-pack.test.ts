import { App, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { acceptWildcard } from '../../lib/constructs/accept.ts';
import { NodesStack } from '../../lib/stacks/nodes-stack.ts';
import { SyncshiftStack } from '../../lib/stacks/syncshift-stack.ts';
import { EVERY_CHAT, EVERY_GATE, EVERY_WAY_IN, loaded, NOW, newApp, REGION } from './deployment.ts';

/** Findings of the AWS Solutions pack that nobody has accepted, each with where it is. */
const findingsIn = (scope: IConstruct): string[] =>
  new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );

const EVERYTHING = { ...EVERY_GATE, chat: EVERY_CHAT };
const deployed = (env: { account?: string; region?: string }): App => {
  const app = newApp();
  const main = new SyncshiftStack(app, 'Syncshift', { env, configuration: loaded(EVERY_WAY_IN, undefined, EVERYTHING), now: NOW });
  for (const { region = '', clusters, roles } of main.elsewhere)
    new NodesStack(app, `Nodes-${region}`, { clusters, roles, main: { stackName: 'Syncshift', account: env.account } });
  return app;
};

describe('the AWS Solutions rule pack', () => {
  it.each([
    ['in a known account', { account: '111111111111', region: REGION }],
    ['in an account that is not known yet', { region: REGION }],
  ])('finds nothing that is not accepted with a reason, %s', (_case, env) => {
    const app = deployed(env);
    expect(app.node.children.length).toBeGreaterThan(2);
    expect(findingsIn(app)).toEqual([]);
  });

  it('finds nothing in a stack without configuration either', () => {
    expect(findingsIn(new SyncshiftStack(newApp(), 'Syncshift'))).toEqual([]);
  });

  it('looks at these stacks: something that breaks a rule in one of them is found', () => {
    const app = deployed({ region: REGION });
    const stack = app.node.findChild('Syncshift');
    new Topic(stack, 'Open');
    const role = new Role(stack, 'Mighty', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: ['s3:*'], resources: ['*'] }));
    expect(findingsIn(app).sort()).toEqual([
      'AwsSolutions-IAM5[Action::s3:*] Syncshift/Mighty/DefaultPolicy/Resource',
      'AwsSolutions-IAM5[Resource::*] Syncshift/Mighty/DefaultPolicy/Resource',
      'AwsSolutions-SNS3 Syncshift/Open/Resource',
    ]);
  });

  it('takes an acceptance for one wildcard as nothing more than that', () => {
    const stack = new Stack(new App(), 'Stack');
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:${stack.partition}:s3:::one/*`, 'arn:aws:s3:::two/*'] }),
    );
    acceptWildcard(role, `arn:${stack.partition}:s3:::one/*`, 'for this test');
    expect(findingsIn(stack)).toEqual(['AwsSolutions-IAM5[Resource::arn:aws:s3:::two/*] Stack/Role/DefaultPolicy/Resource']);
  });
});
