import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { StepFunctionsStarter } from '../../../../../lambdas/adapters/step-functions/change-starter.ts';
import type { ChangeRequestInput } from '../../../../../lambdas/contracts/request.ts';

const STATE_MACHINE = 'arn:aws:states:eu-west-1:111111111111:stateMachine:syncshift-change';
const EXECUTION = 'arn:aws:states:eu-west-1:111111111111:execution:syncshift-change:chg-1';
const REASON = 'a reason that is nobody else’s business';
const request: ChangeRequestInput = {
  target: { cluster: 'lab', database: 'orders' },
  wanted: { syncerMode: 'distributed' },
  requestedBy: 'alice',
  reason: REASON,
};

const client = mockClient(SFNClient);
let starter: StepFunctionsStarter;
const starterOf = (changeArn: string) => new StepFunctionsStarter({ client: new SFNClient({ region: 'eu-west-1' }), changeArn });
beforeEach(() => {
  client.reset();
  starter = starterOf(`${STATE_MACHINE}:live`);
});
const failure = (name: string, message = name) => Object.assign(new Error(message), { name });
const isTaken = (input: string | undefined) => {
  client.on(StartExecutionCommand).rejects(failure('ExecutionAlreadyExists'));
  client.on(DescribeExecutionCommand).resolves({ ...(input !== undefined && { input }) });
};

describe('StepFunctionsStarter', () => {
  it('starts an execution under the id of the change, with the request as its input', async () => {
    client.on(StartExecutionCommand).resolves({});
    await starter.start('chg-1', request);
    const [{ input, ...rest } = {}] = client.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
    expect(rest).toEqual({ stateMachineArn: `${STATE_MACHINE}:live`, name: 'chg-1' });
    expect(JSON.parse(input ?? '')).toEqual(request);
  });

  it('is content with an execution of the same name and request, in whatever order that is written', async () => {
    isTaken(JSON.stringify(Object.fromEntries(Object.entries(request).toReversed())));
    await starter.start('chg-1', request);
    expect(client.commandCalls(DescribeExecutionCommand).map(({ args }) => args[0].input)).toEqual([{ executionArn: EXECUTION }]);
  });

  it('looks at the same execution when it was given the state machine itself', async () => {
    isTaken(JSON.stringify(request));
    await starterOf(STATE_MACHINE).start('chg-1', request);
    expect(client.commandCalls(DescribeExecutionCommand)[0]?.args[0].input.executionArn).toBe(EXECUTION);
  });

  it.each([
    ['asked for something else', JSON.stringify({ ...request, wanted: { syncerMode: 'centralized' } })],
    ['asked for more', JSON.stringify({ ...request, planOnly: true })],
    ['has no input that can be seen', undefined],
  ])('refuses a name whose execution %s', async (_what, input) => {
    isTaken(input);
    await expect(starter.start('chg-1', request)).rejects.toMatchObject({
      name: 'InvalidInputError',
      message: 'changeId: chg-1 is the name of another change, which asked for something else',
    });
  });

  it('counts what it left undefined as not asked for', async () => {
    isTaken(JSON.stringify(request));
    await expect(starter.start('chg-1', { ...request, window: undefined })).resolves.toBeUndefined();
  });

  it('names the fault of any other answer, and not what was asked for', async () => {
    client.on(StartExecutionCommand).rejects(failure('InvalidExecutionInput', `Invalid input: '${REASON}'`));
    const error: Error = await starter.start('chg-1', request).then(
      () => expect.fail('it was started'),
      (thrown) => thrown,
    );
    expect(error.message).toBe('change chg-1 could not be started: InvalidExecutionInput');
    expect(`${error.stack} ${String(error.cause)}`).not.toContain(REASON);
  });

  it('takes no execution for its own that it cannot look at', async () => {
    client.on(StartExecutionCommand).rejects(failure('ExecutionAlreadyExists'));
    client.on(DescribeExecutionCommand).rejects(failure('AccessDeniedException'));
    await expect(starter.start('chg-1', request)).rejects.toThrow(
      'change chg-1 was started before, and cannot be looked at: AccessDeniedException',
    );
  });

  it.each(['', 'syncshift-change', EXECUTION, 'arn:aws:lambda:eu-west-1:111111111111:function:change'])('is not made for %j', (arn) => {
    expect(() => starterOf(arn)).toThrow('expected the ARN of a state machine');
  });
});
