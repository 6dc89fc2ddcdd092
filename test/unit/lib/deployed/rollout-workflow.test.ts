import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeployedRollouts } from '../../../../lib/deployed/rollout-workflow.ts';
import { awsError, FakeTiming, newClient, stateMachine } from './fakes.ts';

const aws = mockClient(SFNClient);
beforeEach(() => aws.reset());

const PLACE = stateMachine.arn.split(':').slice(0, 5).join(':');
const execution = (run: number) => ({ executionArn: `${PLACE}:execution:syncshift-rollout:rol-spring-r${run}` });
const workflow = () => new DeployedRollouts({ client: newClient(), stateMachine, timing: new FakeTiming() });
const INPUT = { rolloutId: 'rol-spring', run: 0, file: { name: 'spring' }, planOnly: false };

describe('a deployed rollout', () => {
  it('is started under its id and run, on the machine beside the one of changes', async () => {
    aws.on(StartExecutionCommand).resolves({ ...execution(0), startDate: new Date(0) });
    expect(await workflow().start(INPUT)).toBe('started');
    expect(aws.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input)).toEqual([
      { stateMachineArn: `${PLACE}:stateMachine:syncshift-rollout`, name: 'rol-spring-r0', input: JSON.stringify(INPUT) },
    ]);
  });

  it('is joined when the very same is started again, and refused when its id is that of another', async () => {
    aws.on(StartExecutionCommand).rejects(awsError('ExecutionAlreadyExists'));
    aws.on(DescribeExecutionCommand).resolves({ input: JSON.stringify(INPUT), status: 'RUNNING' });
    expect(await workflow().start(INPUT)).toBe('joined');
    await expect(workflow().start({ ...INPUT, planOnly: true })).rejects.toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringMatching(/another rollout/),
    });
  });
});

describe('the end of a run', () => {
  it.each([
    ['runs', 'RUNNING', undefined, undefined],
    ['was stopped', 'ABORTED', undefined, 'ABORTED'],
    ['has handed over to one that runs', 'SUCCEEDED', 'RUNNING', undefined],
    ['has handed over to one that was stopped', 'SUCCEEDED', 'ABORTED', 'ABORTED'],
  ] as const)('is known where it %s', async (_how, own, next, end) => {
    aws.on(DescribeExecutionCommand, execution(0)).resolves({ status: own });
    if (next) aws.on(DescribeExecutionCommand, execution(1)).resolves({ status: next });
    else aws.on(DescribeExecutionCommand, execution(1)).rejects(awsError('ExecutionDoesNotExist'));
    expect(await workflow().endOf('rol-spring', 0)).toBe(end);
  });

  it('is not known of an execution that is forgotten, and says so where looking is not allowed', async () => {
    aws.on(DescribeExecutionCommand).rejects(awsError('ExecutionDoesNotExist'));
    expect(await workflow().endOf('rol-spring', 0)).toBeUndefined();
    aws.on(DescribeExecutionCommand).rejects(awsError('AccessDeniedException'));
    await expect(workflow().endOf('rol-spring', 0)).rejects.toMatchObject({ name: 'ConfigurationError' });
  });
});
