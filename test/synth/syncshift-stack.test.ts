import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DEPLOYED, ENVIRONMENT, METRIC_NAMESPACE } from '../../lambdas/contracts/deployment.ts';
import { SyncshiftStack } from '../../lib/stacks/syncshift-stack.ts';

// What the functions contain does not matter here, and bundling them takes seconds.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new SyncshiftStack(app, 'Syncshift'));

describe('the stack', () => {
  it('has a function for each step of a change and of a rollout, one for decisions and one that watches the locks, on Node 24 and arm64, traced, with a log group of its own', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions).toHaveLength(19);
    expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig))).size).toBe(19);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: Match.objectLike({ LogGroup: Match.anyValue() }),
      Timeout: Match.anyValue(),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
  });

  it('has three standard workflows that are traced, and logged without their data: it holds the tokens that wake them', () => {
    const names = Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(
      ({ Properties }) => Properties.StateMachineName,
    );
    expect(names).toEqual([DEPLOYED.stateMachine, DEPLOYED.recovery, DEPLOYED.rollout]);
    template.allResourcesProperties('AWS::StepFunctions::StateMachine', {
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false, Destinations: Match.anyValue() },
    });
  });

  it('logs each workflow under a name that the policy of log delivery has room for, and that a failed first deployment leaves free', () => {
    const groups = template.findResources('AWS::Logs::LogGroup', { Properties: { LogGroupName: Match.anyValue() } });
    expect(Object.values(groups)).toMatchObject(
      ['syncshift-change', 'syncshift-recover-change', 'syncshift-rollout'].map((name) => ({
        DeletionPolicy: 'RetainExceptOnCreate',
        Properties: { LogGroupName: `/aws/vendedlogs/states/${name}` },
      })),
    );
  });

  it('keeps a version of the workflow for each definition, and an alias for the newest', () => {
    const [version] = Object.entries(template.findResources('AWS::StepFunctions::StateMachineVersion'));
    expect(version?.[1]).toMatchObject({
      UpdateReplacePolicy: 'Retain',
      Properties: { StateMachineRevisionId: { 'Fn::GetAtt': [expect.any(String), 'StateMachineRevisionId'] } },
    });
    template.hasResourceProperties('AWS::StepFunctions::StateMachineAlias', {
      Name: DEPLOYED.alias,
      DeploymentPreference: { Type: 'ALL_AT_ONCE', StateMachineVersionArn: { Ref: version?.[0] } },
    });
  });

  it('tells functions where the table and the configuration are, and the one that publishes where to', () => {
    const table = Object.keys(template.findResources('AWS::DynamoDB::Table'))[0];
    const variables = Object.fromEntries(
      Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [id, Properties.Environment.Variables]),
    );
    for (const environment of Object.values(variables))
      expect(environment).toMatchObject({
        POWERTOOLS_SERVICE_NAME: 'syncshift',
        POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
        [ENVIRONMENT.table]: { Ref: table },
      });
    const publishing = Object.entries(variables).filter(([, environment]) => ENVIRONMENT.eventBus in environment);
    expect(publishing.map(([id, environment]) => [id.replace(/Function.*/, ''), environment[ENVIRONMENT.eventBus]])).toEqual([
      ['completechange', 'default'],
    ]);
    const configured = Object.values(variables).filter(
      (environment) => environment[ENVIRONMENT.configuration] === '/var/task/syncshift.config.json',
    );
    expect(configured).toHaveLength(18);
  });

  it('grants no wildcard action', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const actions = policies.flatMap((policy) =>
      policy.Properties.PolicyDocument.Statement.flatMap((statement: { Action: string | string[] }) => statement.Action),
    );
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action: string) => action.includes('*'))).toEqual([]);
  });

  it('lets the workflow call its own functions and nothing else', () => {
    const invoked = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement)
      .filter((statement: { Action: string | string[] }) => [statement.Action].flat().includes('lambda:InvokeFunction'));
    expect(JSON.stringify(invoked)).not.toContain('"Resource":"*"');
  });
});
