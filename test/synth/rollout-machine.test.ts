import { describe, expect, it } from 'vitest';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import { ACCOUNT, actionsOf, byTag, mainStack, propertiesOf, REGION, resourcesOf, type Statement } from './deployment.ts';

const stack = mainStack({ 'eu-west': byTag('eu-west') });
const arn = (service: string, resource: string) => `arn:<AWS::Partition>:${service}:${REGION}:${ACCOUNT}:${resource}`;
const ref = (prefix: string) => expect.stringMatching(new RegExp(`^<${prefix}[0-9A-F]{8}(?:\\.Arn)?>$`));
const statementsOf = (id: string, type = 'AWS::IAM::Policy'): Statement[] =>
  propertiesOf(stack, type, id).flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement);
const allow = (Action: string | string[], Resource: unknown, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});

describe('the workflow of rollouts', () => {
  const rights = statementsOf('RolloutsRolloutWorkflowRole').filter(
    (statement) => !actionsOf(statement).some((action) => /^(?:logs|xray|lambda):/.test(action)),
  );

  it('may begin changes in the newest version of their workflow, and follow and stop them', () => {
    expect(rights).toEqual(
      expect.arrayContaining([
        allow('states:StartExecution', arn('states', 'stateMachine:syncshift-change'), {
          'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': ['live'] },
        }),
        allow(['states:DescribeExecution', 'states:StopExecution'], arn('states', 'execution:syncshift-change:*')),
      ]),
    );
  });

  it('may have itself told of the ends of changes, by the one rule that Step Functions keeps for that', () => {
    expect(rights).toContainEqual(
      allow(
        ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
      ),
    );
  });

  it('may go on in a new execution of itself, and beside all that do nothing', () => {
    expect(rights).toContainEqual(allow('states:StartExecution', arn('states', 'stateMachine:syncshift-rollout')));
    expect(rights).toHaveLength(4);
  });

  it('may run an execution for each item of its Maps, which are executions of its own', () => {
    const own = statementsOf('RolloutsRolloutWorkflowDistributedMapPolicy');
    expect(own.flatMap(actionsOf).sort()).toEqual([
      'states:DescribeExecution',
      'states:RedriveExecution',
      'states:StartExecution',
      'states:StopExecution',
    ]);
    expect(JSON.stringify(own)).not.toContain('WorkflowChangeWorkflow');
    for (const resource of own.flatMap(resourcesOf)) expect(JSON.stringify(resource)).toContain('RolloutsRolloutWorkflow');
  });

  it('calls the functions of its steps, and none of a change', () => {
    const called = statementsOf('RolloutsRolloutWorkflowRole').filter((statement) =>
      actionsOf(statement).includes('lambda:InvokeFunction'),
    );
    const names = new Set(called.flatMap(resourcesOf).map((resource) => /^<([a-z]+)Function/.exec(String(resource))?.[1]));
    expect([...names].sort()).toEqual([
      'checkmembers',
      'endrollout',
      'judgerollout',
      'nextinlane',
      'openrollout',
      'planrollout',
      'requestrolloutapproval',
      'surveycluster',
    ]);
  });

  it('starts changes by the alias of their workflow', () => {
    const [machine] = propertiesOf(stack, 'AWS::StepFunctions::StateMachine', 'Rollouts');
    expect(machine?.StateMachineName).toBe('syncshift-rollout');
    expect(String(machine?.DefinitionString)).toMatch(/"StateMachineArn":"<WorkflowLive[0-9A-F]{8}>"/);
  });
});

describe('rollouts that need somebody', () => {
  const [rule] = propertiesOf(stack, 'AWS::Events::Rule', 'Rollouts');

  it('are those that were stopped or ran out of time, and those that failed with anything but a known end that needs nobody', () => {
    const quiet = Object.entries(ROLLOUT_OUTCOMES).flatMap(([name, end]) =>
      'executionError' in end && name !== 'needs-operator' ? [end.executionError] : [],
    );
    expect(rule?.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [ref('RolloutsRolloutWorkflow')],
        $or: [
          { status: ['ABORTED', 'TIMED_OUT'] },
          { status: ['FAILED'], error: [{ 'anything-but': quiet }] },
          { status: ['FAILED'], error: [{ exists: false }] },
        ],
      },
    });
    expect(quiet).not.toContain('NeedsOperator');
    expect(quiet).toHaveLength(6);
  });

  it('are kept in a queue, into which their rule alone may put something', () => {
    expect(rule?.Targets).toMatchObject([{ Arn: ref('RolloutsCutShort') }]);
    const letIn = statementsOf('RolloutsCutShort', 'AWS::SQS::QueuePolicy').filter(({ Effect }) => Effect === 'Allow');
    expect(letIn).not.toEqual([]);
    for (const statement of letIn)
      expect(statement).toMatchObject({
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': ref('RolloutsEnds') } },
      });
  });

  it('raise an alarm for as long as one is in there', () => {
    expect(propertiesOf(stack, 'AWS::CloudWatch::Alarm', 'AlarmsRolloutCutShort')).toMatchObject([
      {
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: expect.stringMatching(/^<RolloutsCutShort[0-9A-F]{8}\.QueueName>$/) }],
        Threshold: 1,
      },
    ]);
  });
});

describe('the functions of a rollout', () => {
  it('ask for alarms where something may begin, and nowhere else', () => {
    const asking = propertiesOf(stack, 'AWS::IAM::Policy').filter(({ PolicyDocument }) =>
      JSON.stringify(PolicyDocument).includes('cloudwatch:'),
    );
    const statements = asking.flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement);
    const onAlarms = statements.filter((statement) => actionsOf(statement).some((action) => action.startsWith('cloudwatch:')));
    expect(onAlarms).toEqual([allow('cloudwatch:DescribeAlarms', '*'), allow('cloudwatch:DescribeAlarms', '*')]);
  });

  it('have room and time for all targets at once where they look at all of them', () => {
    const large = propertiesOf(stack, 'AWS::Lambda::Function').filter(({ MemorySize }) => MemorySize === 1024);
    expect(large.map(({ Description, Timeout }) => [Description, Timeout]).sort()).toEqual([
      ['Puts the targets of a rollout into waves and lanes', 300],
      ['Reads how a rollout stands and says what comes next', 300],
    ]);
  });
});
