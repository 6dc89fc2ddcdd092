import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { start } from '../../../../lib/deployed/start.ts';
import { executionArn } from '../../../support/step-functions/stand-in.ts';
import { REQUEST } from '../../../support/step-functions/stories.ts';
import { awsError, FakeTiming, networkError, newClient, stateMachine } from './fakes.ts';

const aws = mockClient(SFNClient);
beforeEach(() => aws.reset());

const started = { executionArn: executionArn('chg-1'), startDate: new Date(0) };
const ask = (timing = new FakeTiming(), stop?: AbortSignal) =>
  start({ client: newClient(), stateMachine, timing, changeId: 'chg-1', request: REQUEST, ...(stop && { stop }) });
const errorOf = (asked: Promise<unknown>): Promise<Error> =>
  asked.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );

describe('starting a change', () => {
  it('names the execution after the change and hands over the request', async () => {
    aws.on(StartExecutionCommand).resolves(started);
    expect(await ask()).toBe('started');
    expect(aws.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input)).toEqual([
      { stateMachineArn: stateMachine.arn, name: 'chg-1', input: JSON.stringify(REQUEST) },
    ]);
  });

  it('joins the execution of the same name and input, however its input is written', async () => {
    aws.on(StartExecutionCommand).rejects(awsError('ExecutionAlreadyExists'));
    const { requestedBy, ...rest } = REQUEST;
    aws.on(DescribeExecutionCommand).resolves({ input: JSON.stringify({ requestedBy, ...rest }, null, 2), status: 'SUCCEEDED' });
    expect(await ask()).toBe('joined');
  });

  it.each([
    ['asked for something else', JSON.stringify({ ...REQUEST, wanted: { syncerMode: 'centralized' } })],
    ['has an input that may not be read', undefined],
  ])('is an input error when the execution of that name %s', async (_what, input) => {
    aws.on(StartExecutionCommand).rejects(awsError('ExecutionAlreadyExists'));
    aws.on(DescribeExecutionCommand).resolves({ ...(input !== undefined && { input }), status: 'RUNNING' });
    expect(await errorOf(ask())).toMatchObject({ name: 'InvalidInputError', message: expect.stringContaining('chg-1') });
  });

  it('is asked for again under the same name when it is throttled or its answer is lost', async () => {
    aws
      .on(StartExecutionCommand)
      .rejectsOnce(awsError('ThrottlingException'))
      .rejectsOnce(networkError('ECONNRESET'))
      .rejectsOnce(awsError('InternalFailure', 'internal', 500))
      .resolves(started);
    const timing = new FakeTiming();
    expect(await ask(timing)).toBe('started');
    expect(aws.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input.name)).toEqual(['chg-1', 'chg-1', 'chg-1', 'chg-1']);
    expect(timing.pauses).toEqual([1000, 2000, 4000]);
  });

  it.each(['ECONNREFUSED', 'ENOTFOUND'])('has not happened when no connection was ever made (%s)', async (code) => {
    aws.on(StartExecutionCommand).rejects(networkError(code));
    expect(await errorOf(ask())).toMatchObject({ name: 'ConfigurationError' });
  });

  it.each([
    ['answers get lost', networkError('ECONNRESET')],
    ['the service fails', awsError('InternalFailure', 'internal', 500)],
  ])('may have happened when %s for too long', async (_what, error) => {
    aws.on(StartExecutionCommand).rejects(error);
    const timing = new FakeTiming();
    const begin = timing.now();
    expect(await errorOf(ask(timing))).toMatchObject({ name: 'LostSightError', message: expect.stringContaining('not known') });
    expect(timing.now() - begin).toBeLessThanOrEqual(60_000);
  });

  it('may have happened when an answer is lost and the next attempt is refused', async () => {
    aws.on(StartExecutionCommand).rejectsOnce(networkError('ECONNRESET')).rejects(awsError('AccessDeniedException'));
    expect(await errorOf(ask())).toMatchObject({ name: 'LostSightError' });
  });

  it.each(['AccessDeniedException', 'ExpiredTokenException', 'StateMachineDoesNotExist', 'ExecutionLimitExceeded'])(
    'has not happened when it is refused with %s',
    async (name) => {
      aws.on(StartExecutionCommand).rejects(awsError(name));
      expect(await errorOf(ask())).toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining(name) });
      expect(aws.commandCalls(StartExecutionCommand)).toHaveLength(1);
    },
  );

  it('may have happened when somebody stops it while there is no answer', async () => {
    const controller = new AbortController();
    aws.on(StartExecutionCommand).callsFake(() => {
      controller.abort();
      throw networkError('ECONNRESET');
    });
    expect(await errorOf(ask(new FakeTiming(), controller.signal))).toMatchObject({ name: 'LostSightError' });
    expect(aws.commandCalls(StartExecutionCommand)).toHaveLength(1);
  });
});
