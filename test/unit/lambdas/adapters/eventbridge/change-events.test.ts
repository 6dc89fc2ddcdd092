import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventBridgeChangeEvents } from '../../../../../lambdas/adapters/eventbridge/change-events.ts';
import { OUTCOME_NAMES } from '../../../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../../../../lambdas/contracts/record.ts';

const client = mockClient(EventBridgeClient);
const events = new EventBridgeChangeEvents({ client: new EventBridgeClient({}), bus: 'default' });
const report = (outcome: ChangeReport['outcome']): ChangeReport => ({
  changeId: 'chg-1',
  outcome,
  target: { cluster: 'lab', database: 'orders' },
  steps: [{ name: 'Inspect status', startedAt: '', endedAt: '', result: 'succeeded' }],
});
beforeEach(() => client.reset());

describe('EventBridgeChangeEvents', () => {
  it.each(OUTCOME_NAMES)('tells the bus of a change that ended %s', async (outcome) => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
    await events.ended(report(outcome));
    const [entry] = client.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
    expect(entry).toMatchObject({ EventBusName: 'default', Source: 'syncshift', DetailType: 'Change ended' });
    expect(JSON.parse(entry?.Detail ?? '')).toEqual({ changeId: 'chg-1', outcome, target: { cluster: 'lab', database: 'orders' } });
  });

  it('fails when the bus did not take the event', async () => {
    client.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
    await expect(events.ended(report('applied'))).rejects.toThrow('ThrottlingException');
  });
});
