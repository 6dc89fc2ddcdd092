import validate from 'asl-validator';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DEPLOYED, ENVIRONMENT, METRIC_NAMESPACE } from '../../lambdas/contracts/deployment.ts';
import { errorsThat, errorsThatRepeat, STEP_ERROR_NAMES } from '../../lambdas/contracts/errors.ts';
import definition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import { SyncshiftStack } from '../../lib/stacks/syncshift-stack.ts';

// What the functions contain does not matter here, and bundling them takes seconds.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new SyncshiftStack(app, 'Syncshift'));

interface State {
  Type: string;
  TimeoutSeconds?: number;
  Next?: string;
  Error?: string;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[]; Next: string; ResultPath?: string }[];
}
const states: Record<string, State> = definition.States;
const tasks = Object.entries(states).filter(([, state]) => state.Type === 'Task');

describe('the stack', () => {
  it('has a function for each step and one that watches the locks, on Node 24 and arm64, traced, with a log group of its own', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
    expect(functions).toHaveLength(7);
    expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig))).size).toBe(7);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: Match.objectLike({ LogGroup: Match.anyValue() }),
      Timeout: Match.anyValue(),
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: Match.anyValue() });
  });

  it('has a standard workflow that is logged without its data, and traced', () => {
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: DEPLOYED.stateMachine,
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false, Destinations: Match.anyValue() },
    });
  });

  it('logs the workflow under a name that the policy of log delivery has room for, and that a failed first deployment leaves free', () => {
    const groups = template.findResources('AWS::Logs::LogGroup', { Properties: { LogGroupName: Match.anyValue() } });
    expect(Object.values(groups)).toMatchObject([
      { DeletionPolicy: 'RetainExceptOnCreate', Properties: { LogGroupName: '/aws/vendedlogs/states/syncshift-change' } },
    ]);
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
    expect(configured).toHaveLength(6);
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

describe('the definition', () => {
  it('is valid Amazon States Language, as a validator of other people sees it', () => {
    const { isValid, errors } = validate(definition as never);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
  });

  it('bounds every task and the whole in time, the whole above the longest way through', () => {
    for (const [name, { TimeoutSeconds }] of tasks) expect(TimeoutSeconds, name).toBeGreaterThan(0);
    const longestVerification = 3 * 3_600;
    const everyTask = tasks.reduce((sum, [, { TimeoutSeconds = 0 }]) => sum + TimeoutSeconds, 0);
    expect(definition.TimeoutSeconds).toBeGreaterThan(2 * longestVerification + everyTask);
  });

  it('gives every task a way out for every error', () => {
    for (const [name, { Catch = [] }] of tasks) expect(Catch.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
  });

  it('repeats exactly the errors that the table repeats, and sends exactly those to a halt that it halts', () => {
    for (const name of ['Rebind policy', 'Tune syncer', 'Verify info']) {
      const { Retry = [], Catch = [] } = states[name] ?? {};
      expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals).filter((error) => !error.startsWith('Lambda.'))).toEqual(errorsThatRepeat());
      expect(Catch[0]).toMatchObject({ ErrorEquals: errorsThat('halt'), Next: 'Complete change', ResultPath: '$.halted' });
      expect(Catch[1]).toMatchObject({ Next: 'Restore centralized', ResultPath: '$.failure' });
    }
    expect([...errorsThat('halt'), ...errorsThat('rollback')].sort()).toEqual([...STEP_ERROR_NAMES].sort());
  });

  it('reaches every state, and every way ends', () => {
    const next = ({ Next, Catch = [], ...state }: State): string[] => [
      ...(Next ? [Next] : []),
      ...Catch.map((caught) => caught.Next),
      ...('Choices' in state ? (state.Choices as { Next: string }[]).map((choice) => choice.Next) : []),
      ...('Default' in state ? [String(state.Default)] : []),
    ];
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      next(states[name] ?? { Type: '' }).forEach(visit);
    };
    visit(definition.StartAt);
    expect([...reached].sort()).toEqual(Object.keys(states).sort());
    for (const [name, state] of Object.entries(states))
      if (next(state).length === 0) expect(['Succeed', 'Fail'], name).toContain(state.Type);
  });

  it('fails with the names that the outcomes have', () => {
    const errors = Object.values(states)
      .filter(({ Type }) => Type === 'Fail')
      .map((state) => state.Error);
    expect([...new Set(errors)].sort()).toEqual(['Drifted', 'NeedsOperator', 'Refused', 'RolledBack']);
  });
});
