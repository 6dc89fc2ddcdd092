import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { findStateMachine, stateMachineOf } from '../../../../lib/deployed/state-machine.ts';
import { executionArn, STATE_MACHINE_ARN } from '../../../support/step-functions/stand-in.ts';
import { awsError, FakeTiming, newClient } from './fakes.ts';

const aws = mockClient(SFNClient);
beforeEach(() => aws.reset());

const entry = (name: string) => ({
  name,
  stateMachineArn: STATE_MACHINE_ARN.replace('syncshift-change', name),
  type: 'STANDARD' as const,
  creationDate: new Date(0),
});
const find = (timing = new FakeTiming()) => findStateMachine(newClient(), timing, 'eu-west-1');

describe('the state machine', () => {
  it('is found by its name on whatever page it is, and started by its alias', async () => {
    aws
      .on(ListStateMachinesCommand)
      .resolvesOnce({ stateMachines: [entry('syncshift-change-of-someone'), entry('other')], nextToken: 'one' })
      .resolvesOnce({ stateMachines: [], nextToken: 'two' })
      .resolves({ stateMachines: [entry('syncshift-change')] });
    const found = await find();
    expect([found.arn, found.executionArn('chg-1')]).toEqual([`${STATE_MACHINE_ARN}:live`, executionArn('chg-1')]);
    expect(aws.commandCalls(ListStateMachinesCommand).map(({ args }) => args[0].input.nextToken)).toEqual([undefined, 'one', 'two']);
  });

  it('is found over a throttled answer', async () => {
    aws
      .on(ListStateMachinesCommand)
      .rejectsOnce(awsError('ThrottlingException'))
      .resolves({ stateMachines: [entry('syncshift-change')] });
    expect((await find()).region).toBe('eu-west-1');
  });

  it('is missed with a sentence that names region and remedy', async () => {
    aws.on(ListStateMachinesCommand).resolves({ stateMachines: [entry('other')] });
    await expect(find()).rejects.toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(/eu-west-1.*AWS_REGION/) });
  });

  it.each(['AccessDeniedException', 'ExpiredTokenException', 'ThrottlingException'])('cannot be looked for: %s', async (name) => {
    aws.on(ListStateMachinesCommand).rejects(awsError(name, 'whatever AWS says'));
    await expect(find()).rejects.toMatchObject({ name: 'ConfigurationError', message: expect.stringContaining('whatever AWS says') });
  });

  it.each([
    ['itself', STATE_MACHINE_ARN],
    ['a version', `${STATE_MACHINE_ARN}:7`],
    ['an alias', `${STATE_MACHINE_ARN}:live`],
  ])('is named by the ARN of %s, and executions by the state machine', (_what, arn) => {
    const named = stateMachineOf({ SYNCSHIFT_STATE_MACHINE_ARN: arn });
    expect([named?.arn, named?.region, named?.executionArn('chg-1')]).toEqual([arn, 'eu-west-1', executionArn('chg-1')]);
  });

  it('in another partition is named as well', () => {
    const arn = 'arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:mine';
    expect(stateMachineOf({ SYNCSHIFT_STATE_MACHINE_ARN: arn })?.executionArn('chg-1')).toBe(
      'arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:mine:chg-1',
    );
  });

  it.each(['', ' '])('is named by nothing when the variable is %j', (arn) => {
    expect(stateMachineOf({ SYNCSHIFT_STATE_MACHINE_ARN: arn })).toBeUndefined();
  });

  it.each(['syncshift-change', executionArn('chg-1'), 'arn:aws:states:eu-west-1:12:stateMachine:x'])('is not named by %s', (arn) => {
    expect(() => stateMachineOf({ SYNCSHIFT_STATE_MACHINE_ARN: arn })).toThrow('SYNCSHIFT_STATE_MACHINE_ARN');
  });
});
