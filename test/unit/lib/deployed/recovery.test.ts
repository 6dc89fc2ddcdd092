import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeployedRecovery, recoveryName } from '../../../../lib/deployed/recovery.ts';
import { executionArn, STATE_MACHINE_ARN } from '../../../support/step-functions/stand-in.ts';
import { aborted, REQUEST, reportOf, rolledBack, type Story } from '../../../support/step-functions/stories.ts';
import { awsError, FakeTiming, networkError, newClient, RecordingWatcher, stateMachine } from './fakes.ts';

const aws = mockClient(SFNClient);
beforeEach(() => aws.reset());

const CHANGE = executionArn('chg-1');
const RECOVERY = executionArn('recover-chg-1-00000000').replace('syncshift-change', 'syncshift-recover-change');
const recovery = (timing = new FakeTiming()) => new DeployedRecovery({ client: newClient(), stateMachine, timing });
const change = (description: Partial<DescribeExecutionCommandOutput>) =>
  aws.on(DescribeExecutionCommand, { executionArn: CHANGE }).resolves({ input: JSON.stringify(REQUEST), ...description });
const startOne = () => recovery().start({ changeId: 'chg-1', why: 'somebody asked' });
const started = () => aws.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);

describe('starting a recovery', () => {
  it('starts the recovery beside the workflow of the change, with the change and the reason', async () => {
    change({ status: 'ABORTED' });
    const name = await recovery().start({ changeId: 'chg-1', why: 'somebody asked', force: true });
    expect(name).toMatch(/^recover-chg-1-[0-9a-f]{8}$/);
    expect(started()).toEqual([
      {
        stateMachineArn: STATE_MACHINE_ARN.replace('syncshift-change', 'syncshift-recover-change'),
        name,
        input: '{"changeId":"chg-1","why":"somebody asked","force":true}',
      },
    ]);
  });

  it('forces nothing unless it is told to', async () => {
    change({ status: 'TIMED_OUT' });
    await startOne();
    expect(JSON.parse(started()[0]?.input ?? '')).toEqual({ changeId: 'chg-1', why: 'somebody asked', force: false });
  });

  it('names each one differently, in the length that a name may have', () => {
    expect(recoveryName('chg-1')).not.toBe(recoveryName('chg-1'));
    const longest = recoveryName('c'.repeat(80), '01234567');
    expect(longest).toHaveLength(80);
    expect(longest).toMatch(/^recover-c+-01234567$/);
  });

  it.each(['RUNNING', 'PENDING_REDRIVE'] as const)('is refused while the execution of the change is %s', async (status) => {
    change({ status });
    await expect(startOne()).rejects.toMatchObject({ name: 'LockHeldError', message: expect.stringContaining(status) });
    expect(started()).toEqual([]);
  });

  it('is refused when nobody can say whether the change still runs', async () => {
    aws.on(DescribeExecutionCommand).rejects(awsError('AccessDeniedException'));
    await expect(startOne()).rejects.toMatchObject({ name: 'ConfigurationError' });
    expect(started()).toEqual([]);
  });

  it('is not refused because the execution is so old that it is forgotten', async () => {
    aws.on(DescribeExecutionCommand).rejects(awsError('ExecutionDoesNotExist'));
    await startOne();
    expect(started()).toHaveLength(1);
  });

  it('is asked for again under the same name when its answer is lost', async () => {
    change({ status: 'ABORTED' });
    aws.on(StartExecutionCommand).rejectsOnce(networkError('ECONNRESET')).rejects(awsError('ExecutionAlreadyExists'));
    const name = await startOne();
    expect(started().map((input) => input.name)).toEqual([name, name]);
  });

  it.each([
    ['StateMachineDoesNotExist', /no state machine "syncshift-recover-change" is deployed in eu-west-1/],
    ['AccessDeniedException', /starting the recovery: access is denied/],
  ])('has not happened when it is refused with %s', async (name, sentence) => {
    change({ status: 'ABORTED' });
    aws.on(StartExecutionCommand).rejects(awsError(name));
    await expect(startOne()).rejects.toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(sentence) });
  });

  it('may have happened when answers get lost for too long', async () => {
    change({ status: 'ABORTED' });
    aws.on(StartExecutionCommand).rejects(networkError('ECONNRESET'));
    await expect(startOne()).rejects.toMatchObject({ name: 'LostSightError', message: expect.stringMatching(/may be started again/) });
  });
});

describe('following a recovery', () => {
  const followed = async ({ events, ...end }: Pick<Story, 'events' | 'status'> & Partial<Story>) => {
    change({ status: 'ABORTED' });
    aws.on(DescribeExecutionCommand, { executionArn: RECOVERY }).resolves({ input: '{"changeId":"chg-1"}', ...end });
    aws.on(GetExecutionHistoryCommand, { executionArn: RECOVERY }).callsFake(({ reverseOrder }: { reverseOrder: boolean }) => ({
      events: reverseOrder ? events.toReversed() : events,
    }));
    return recovery().follow('chg-1', 'recover-chg-1-00000000', new RecordingWatcher());
  };

  it('ends with the report of the change when it could be rolled back', async () => {
    const report = reportOf('chg-1', 'rolled-back', { name: 'ExecutionCutShortError', message: 'its execution ended as ABORTED' });
    const end = await followed({ events: [], status: 'SUCCEEDED', output: JSON.stringify(report) });
    expect(end).toEqual({ says: expect.stringMatching(/centralized was restored/), report });
  });

  it('finds the report of a recovery that failed', async () => {
    const { events } = rolledBack('chg-1');
    expect(await followed({ events, status: 'FAILED', error: 'NeedsOperator', cause: 'x' })).toMatchObject({
      report: { outcome: 'rolled-back', target: { database: 'orders' } },
    });
  });

  it('says why there was nothing to recover', async () => {
    const output = JSON.stringify({ recovery: { next: 'nothing', run: 0, says: 'it has ended: applied' } });
    expect(
      await followed({ events: [{ id: 1, type: 'ExecutionSucceeded', timestamp: new Date(0) }], status: 'SUCCEEDED', output }),
    ).toEqual({
      says: 'it has ended: applied',
    });
  });

  it.each([
    ['was stopped', { ...aborted('chg-1', {}, { inWrite: false }) }, /ended as ABORTED \(Operator: wrong database\)/],
    [
      'could not take the change over',
      { events: [], status: 'FAILED' as const, error: 'NeedsOperator', cause: 'no table' },
      /NeedsOperator: no table/,
    ],
    ['left an output that nobody understands', { events: [], status: 'SUCCEEDED' as const, output: '{}' }, /ended as SUCCEEDED/],
  ])('never calls a change harmless when it %s', async (_what, story, message) => {
    expect(await followed(story)).toMatchObject({
      report: {
        outcome: 'needs-operator',
        target: REQUEST.target,
        error: { message: expect.stringMatching(message) },
      },
    });
  });

  it('ends without a report when it is stopped', async () => {
    change({ status: 'ABORTED' });
    aws.on(DescribeExecutionCommand, { executionArn: RECOVERY }).resolves({ status: 'RUNNING' });
    aws.on(GetExecutionHistoryCommand).resolves({ events: [] });
    const end = await recovery().follow('chg-1', 'recover-chg-1-00000000', new RecordingWatcher(), AbortSignal.abort());
    expect(end).toBeUndefined();
  });
});
