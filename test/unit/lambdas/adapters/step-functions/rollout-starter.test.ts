import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StepFunctionsRollouts } from '../../../../../lambdas/adapters/step-functions/rollout-starter.ts';
import { record } from '../../domain/rollout/sights.ts';

const ROLLOUT = 'rol-spring';
const MACHINE = 'arn:aws:states:eu-west-1:111111111111:stateMachine:syncshift-rollout';
const executionOf = (run: number) => `arn:aws:states:eu-west-1:111111111111:execution:syncshift-rollout:${ROLLOUT}-r${run}`;
const FIRST = { rolloutId: ROLLOUT, run: 0, planOnly: false, file: { name: 'spring', reason: 'nobody else’s business' } };
const next = (run: number) => ({ rolloutId: ROLLOUT, run, planOnly: false });

const client = mockClient(SFNClient);
beforeEach(() => client.reset());
const rollouts = () => new StepFunctionsRollouts({ client: new SFNClient({ region: 'eu-west-1' }), rolloutArn: MACHINE });
const failure = (name: string) => Object.assign(new Error('nobody else’s business'), { name });
const started = () => client.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input.name);
/** An execution that had the name before. */
const taken = (run: number, status: 'RUNNING' | 'FAILED' | 'SUCCEEDED', input: unknown) => {
  client.on(StartExecutionCommand, { name: `${ROLLOUT}-r${run}` }).rejects(failure('ExecutionAlreadyExists'));
  client.on(DescribeExecutionCommand, { executionArn: executionOf(run) }).resolves({ status, input: JSON.stringify(input) });
};

describe('starting a run of a rollout', () => {
  it('starts an execution under its id and its number', async () => {
    client.on(StartExecutionCommand).resolves({});
    await rollouts().start(FIRST);
    const [{ input, ...rest } = {}] = client.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
    expect([rest, JSON.parse(input ?? '')]).toEqual([{ stateMachineArn: MACHINE, name: `${ROLLOUT}-r0` }, FIRST]);
  });

  it.each(['RUNNING', 'SUCCEEDED'] as const)('twice is starting it once, also when it is %s by then', async (status) => {
    taken(0, status, FIRST);
    await rollouts().start(FIRST);
    expect(started()).toEqual([`${ROLLOUT}-r0`]);
  });

  it('under the id of another rollout is refused', async () => {
    taken(0, 'RUNNING', { ...FIRST, file: { name: 'autumn' } });
    await expect(rollouts().start(FIRST)).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  it('joins a later run that is under way, also one that another execution has handed over to', async () => {
    taken(1, 'RUNNING', { rolloutId: ROLLOUT, run: 1 });
    await rollouts().start(next(1));
    expect(started()).toEqual([`${ROLLOUT}-r1`]);
  });

  it('begins the next run where executions died before they could put their run on record', async () => {
    client.on(StartExecutionCommand).resolves({});
    taken(1, 'FAILED', next(1));
    taken(2, 'FAILED', next(2));
    await rollouts().start(next(1));
    expect(started()).toEqual([1, 2, 3].map((run) => `${ROLLOUT}-r${run}`));
    expect(client.commandCalls(StartExecutionCommand).at(-1)?.args[0].input.input).toBe(JSON.stringify({ ...next(1), run: 3 }));
  });

  it('names the fault of any other answer, and not what was asked for', async () => {
    client.on(StartExecutionCommand).rejects(failure('AccessDeniedException'));
    await expect(rollouts().start(FIRST)).rejects.toThrow(/^rollout rol-spring could not be started: AccessDeniedException$/);
  });
});

describe('a rollout', () => {
  const gone = () => client.on(DescribeExecutionCommand).rejects(failure('ExecutionDoesNotExist'));
  const is = (run: number, status: 'RUNNING' | 'ABORTED') =>
    client.on(DescribeExecutionCommand, { executionArn: executionOf(run) }).resolves({ status });

  it.each([
    [4, true],
    [5, true],
    [3, false],
    [6, false],
  ])('in run 4 with execution %i under way is running: %s', async (run, isRunning) => {
    gone();
    is(run, 'RUNNING');
    expect(await rollouts().isRunning(record({ run: 4 }))).toBe(isRunning);
  });

  it('whose execution was cut short is not running', async () => {
    gone();
    is(0, 'ABORTED');
    expect(await rollouts().isRunning(record())).toBe(false);
  });

  it('that cannot be looked at is not taken for dead', async () => {
    client.on(DescribeExecutionCommand).rejects(failure('AccessDeniedException'));
    await expect(rollouts().isRunning(record())).rejects.toThrow(
      'the execution of rollout rol-spring cannot be looked at: AccessDeniedException',
    );
  });
});
