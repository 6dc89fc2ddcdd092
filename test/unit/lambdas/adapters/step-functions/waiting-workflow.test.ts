import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StepFunctionsWorkflow } from '../../../../../lambdas/adapters/step-functions/waiting-workflow.ts';

const STATE_MACHINE = 'arn:aws:states:eu-west-1:111111111111:stateMachine:syncshift-change';
const TOKEN = 'AQCEAAAAKgAAAAMAAAAA';

const client = mockClient(SFNClient);
let workflow: StepFunctionsWorkflow;
beforeEach(() => {
  client.reset();
  workflow = new StepFunctionsWorkflow({ client: new SFNClient({}), stateMachineArn: STATE_MACHINE });
});
const failure = (name: string, message = name) => Object.assign(new Error(message), { name });

describe('a sleeping workflow', () => {
  it('is woken without a word: what lets it through is on record', async () => {
    client.on(SendTaskSuccessCommand).resolves({});
    expect(await workflow.wake(TOKEN)).toBe(true);
    expect(client.commandCalls(SendTaskSuccessCommand)[0]?.args[0].input).toEqual({ taskToken: TOKEN, output: '{}' });
  });

  it('goes on by failing when it is woken with an error, under the name that its definition catches', async () => {
    client.on(SendTaskFailureCommand).resolves({});
    expect(await workflow.wake(TOKEN, { name: 'ApprovalRejectedError', message: 'bob said no' })).toBe(true);
    expect(client.commandCalls(SendTaskFailureCommand)[0]?.args[0].input).toEqual({
      taskToken: TOKEN,
      error: 'ApprovalRejectedError',
      cause: 'bob said no',
    });
  });

  it('is given no longer cause than Step Functions takes', async () => {
    client.on(SendTaskFailureCommand).resolves({});
    await workflow.wake(TOKEN, { name: 'ApprovalRejectedError', message: 'no'.repeat(40_000) });
    expect(client.commandCalls(SendTaskFailureCommand)[0]?.args[0].input.cause).toHaveLength(32_768);
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist'])('cannot be woken any more when Step Functions answers %s', async (name) => {
    client.on(SendTaskSuccessCommand).rejects(failure(name));
    client.on(SendTaskFailureCommand).rejects(failure(name));
    expect(await workflow.wake(TOKEN)).toBe(false);
    expect(await workflow.wake(TOKEN, { name: 'ChangeCancelledError', message: 'stop' })).toBe(false);
  });

  it('is never taken for woken after any other answer, and no error carries its token', async () => {
    client.on(SendTaskSuccessCommand).rejects(failure('InvalidToken', `Invalid Token: '${TOKEN}'`));
    const error: Error = await workflow.wake(TOKEN).then(
      () => expect.fail('it was woken'),
      (thrown) => thrown,
    );
    expect(error.message).toBe('the waiting workflow could not be woken: InvalidToken');
    expect(`${error.stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`).not.toContain(TOKEN);
  });
});

describe('the execution of a change', () => {
  it('is stopped by the id of the change, with the reason', async () => {
    client.on(StopExecutionCommand).resolves({ stopDate: new Date(0) });
    await workflow.stop('chg-1', 'alice asked for this change to stop');
    expect(client.commandCalls(StopExecutionCommand).map(({ args }) => args[0].input)).toEqual([
      {
        executionArn: 'arn:aws:states:eu-west-1:111111111111:execution:syncshift-change:chg-1',
        error: 'ChangeCancelled',
        cause: 'alice asked for this change to stop',
      },
    ]);
  });

  it('need not be stopped when there is none: the change ran on a machine, or its execution is forgotten', async () => {
    client.on(StopExecutionCommand).rejects(failure('ExecutionDoesNotExist'));
    await expect(workflow.stop('chg-1', 'stop')).resolves.toBeUndefined();
  });

  it('is not taken for stopped after any other answer', async () => {
    client.on(StopExecutionCommand).rejects(failure('AccessDeniedException'));
    await expect(workflow.stop('chg-1', 'stop')).rejects.toThrow('the execution of chg-1 could not be stopped: AccessDeniedException');
  });
});
