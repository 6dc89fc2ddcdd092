import { describe, expect, it } from 'vitest';
import { rolloutNotificationFor } from '../../../../lambdas/chatops/notifications.ts';
import { notify } from '../../../../lambdas/chatops/notify.ts';
import { Notification } from '../../../../lambdas/contracts/notification.ts';
import type { ChangeReport } from '../../../../lambdas/contracts/record.ts';
import { changeIdAt, type RolloutEvent, type RolloutRecord } from '../../../../lambdas/contracts/rollout.ts';
import type { Changed } from '../../../../lambdas/runtime/change-stream.ts';
import type { NotifyPorts } from '../../../../lambdas/runtime/notify-ports.ts';
import { undocumentedIn } from '../../../support/documented-notification.ts';
import { RUNBOOK, typesOf } from '../../../support/notified.ts';
import { AT, ROLLOUT, rolloutAt } from '../../../support/rollout-story.ts';

const EVIL = '<!channel> @here https://evil.example `code`';
const story = (words?: string): RolloutRecord => rolloutAt({ waves: [1, 3], ...(words !== undefined && { words }) }).record;
const EVENTS: RolloutEvent[] = [
  { at: AT, type: 'planned', plan: { hash: 'b'.repeat(64), targets: 4 } },
  { at: AT, type: 'approval-requested', wave: 1 },
  { at: AT, type: 'wave-began', wave: 1, targets: 1 },
  { at: AT, type: 'target', position: 1, state: 'rolled-back', says: EVIL },
  { at: AT, type: 'stopped', cause: 'failures', says: EVIL, wave: 1, action: 'undo-wave' },
  { at: AT, type: 'approval-requested', wave: 2 },
  { at: AT, type: 'ended', outcome: 'undone' },
];
const toldOf = (record: RolloutRecord, events = EVENTS): Notification[] =>
  events.flatMap((event) => rolloutNotificationFor(event, record, { runbook: RUNBOOK }) ?? []);

describe('what people are told of a rollout', () => {
  it('is that somebody has to decide, that it stops and why, and how it ended', () => {
    const told = toldOf(story());
    expect(typesOf(told)).toEqual(['rollout-approval-requested', 'rollout-stopped', 'rollout-approval-requested', 'rollout-ended']);
    expect(told.map(({ document }) => document.content.title)).toEqual([
      'eu-night: approval requested',
      'eu-night: stops',
      'eu-night: approval requested for wave 2',
      'eu-night: undone',
    ]);
    expect(told[2]?.plain.text).toMatch(/wave 2 of 2: 3 of 4 targets[\s\S]*syncshift approve rol-eu-night/);
  });

  it('is in a form that is documented, each under an id of its own, and means nothing of what others wrote', () => {
    const told = toldOf(story(EVIL));
    for (const notification of told) {
      expect(undocumentedIn(notification.document)).toEqual([]);
      expect(Notification.safeParse(notification).error).toBeUndefined();
      expect(JSON.stringify(notification.document)).not.toMatch(/<!channel>|@here/);
    }
    expect(new Set(told.map(({ document }) => document.id)).size).toBe(told.length);
  });

  it('is nothing of a plan that somebody asked for', () => {
    const record = story();
    expect(toldOf({ ...record, request: { ...record.request, planOnly: true } })).toEqual([]);
  });
});

describe('the stream of a rollout', () => {
  const record = story();
  function desk() {
    const published: Notification[] = [];
    const reads: string[] = [];
    const ports: NotifyPorts = {
      store: { get: async (changeId) => void reads.push(changeId) as undefined },
      rollouts: {
        get: async (rolloutId) => {
          reads.push(rolloutId);
          return record;
        },
      },
      notifier: { publish: async (notification) => void published.push(notification) },
      runbook: RUNBOOK,
    };
    return { published, reads, ports };
  }
  const changed = (news: readonly RolloutEvent[]): Changed => ({ sequenceNumber: '1', rolloutId: ROLLOUT, news });

  it('is told, and costs no reading of the record for what is no news', async () => {
    const { published, reads, ports } = desk();
    expect(await notify([changed([]), ...EVENTS.map((event) => changed([event]))], ports)).toEqual({ batchItemFailures: [] });
    expect([published, reads.length]).toEqual([toldOf(record), 4]);
  });

  it('tells nothing of its changes, and reads none of them, but for those that need an operator', async () => {
    const { reads, ports } = desk();
    const ended = (outcome: ChangeReport['outcome'], position: number): Changed => {
      const changeId = changeIdAt(ROLLOUT, { position });
      const report: ChangeReport = { changeId, outcome, target: { cluster: 'eu', database: 'orders' }, steps: [] };
      return { sequenceNumber: '1', changeId, news: [{ at: AT, type: 'step-started', step: 'Begin change' }], ended: report };
    };
    await notify([ended('applied', 1), ended('rolled-back', 2), ended('needs-operator', 3)], ports);
    expect(reads).toEqual([changeIdAt(ROLLOUT, { position: 3 })]);
  });
});
