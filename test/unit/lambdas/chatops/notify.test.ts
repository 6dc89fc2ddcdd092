import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { notify } from '../../../../lambdas/chatops/notify.ts';
import type { Notification } from '../../../../lambdas/contracts/notification.ts';
import type { ChangeRecord } from '../../../../lambdas/contracts/record.ts';
import type { RolloutRecord } from '../../../../lambdas/contracts/rollout.ts';
import type { ChangedItem } from '../../../../lambdas/runtime/change-stream.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { CHANGE_ID, Lab } from '../../../support/lab.ts';
import { notifiedOf, RUNBOOK, recordOf } from '../../../support/notified.ts';

let record: ChangeRecord;
/** A change as the stream of its table tells it, one write at a time. */
let stream: ChangedItem[];
beforeAll(async () => {
  const lab = new Lab(clusterWith());
  await lab.run();
  record = await recordOf(lab);
  const ended = record.report ?? expect.fail('it has not ended');
  stream = [...record.timeline.map((event) => ({ news: [event] })), { news: [], ended }].map((item, index) => ({
    sequenceNumber: String(1_000 + index),
    changeId: CHANGE_ID,
    ...item,
  }));
});

let published: Notification[];
let failsAt: number | undefined;
const get = vi.fn(async (changeId: string) => (changeId === CHANGE_ID ? record : undefined));
const publish = async (notification: Notification): Promise<void> => {
  if (published.length === failsAt) throw new Error('the topic is throttled');
  published.push(notification);
};
const getRollout = vi.fn(async (_rolloutId: string): Promise<RolloutRecord | undefined> => undefined);
const ports = { store: { get }, rollouts: { get: getRollout }, notifier: { publish }, runbook: RUNBOOK };
beforeEach(() => {
  published = [];
  failsAt = undefined;
  get.mockClear();
});
/** The writes whose news are told. */
const tellable = (): ChangedItem[] => stream.filter((item) => item.ended || notifiedOf({ ...record, timeline: [...item.news] }).length > 1);

describe('the stream of changes', () => {
  it('is told in order, and nothing of it fails', async () => {
    expect(await notify(stream, ports)).toEqual({ batchItemFailures: [] });
    expect(published).toEqual(notifiedOf(record));
  });

  it('costs no reading of the record for what is no news', async () => {
    await notify(stream, ports);
    expect(get.mock.calls.length).toBe(published.length);
  });

  it('goes on at the record that failed: nothing before it is told twice and nothing after it is lost', async () => {
    failsAt = 1;
    const answer = await notify(stream, ports);
    const failed = stream.findIndex(({ sequenceNumber }) => sequenceNumber === answer.batchItemFailures[0]?.itemIdentifier);
    expect(answer.batchItemFailures).toHaveLength(1);
    expect(published).toHaveLength(1);
    failsAt = undefined;
    expect(await notify(stream.slice(failed), ports)).toEqual({ batchItemFailures: [] });
    expect(published).toEqual(notifiedOf(record));
  });

  it('begins again with its first record when that one fails, and the reason is thrown for the log', async () => {
    failsAt = 0;
    await expect(notify(tellable(), ports)).rejects.toThrow('the topic is throttled');
    expect(published).toEqual([]);
  });

  it('goes on with the others when the topic does not take one of them at all', async () => {
    const refusing = async (notification: Notification): Promise<void> => {
      if (notification.document.id === notifiedOf(record)[1]?.document.id)
        throw Object.assign(new Error('Invalid parameter: Subject'), { name: 'InvalidParameterException' });
      published.push(notification);
    };
    expect(await notify(stream, { ...ports, notifier: { publish: refusing } })).toEqual({ batchItemFailures: [] });
    expect(published).toEqual(notifiedOf(record).filter((_, index) => index !== 1));
  });

  it('is told once more under the same ids when it is delivered once more', async () => {
    await notify(stream, ports);
    await notify(stream, ports);
    const ids = published.map(({ document }) => document.id);
    expect(ids.slice(ids.length / 2)).toEqual(ids.slice(0, ids.length / 2));
  });

  it('is passed over where the change is on record no longer', async () => {
    const gone = stream.map((item) => ({ ...item, changeId: 'chg-expired' }));
    expect(await notify(gone, ports)).toEqual({ batchItemFailures: [] });
    expect(published).toEqual([]);
  });
});
