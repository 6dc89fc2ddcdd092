import { expect, it } from 'vitest';
import type { NewTimelineEvent, TimelineEvent } from '../../../../../lambdas/contracts/record.ts';
import { activityOf } from '../../../../../lib/cli/rollout/activity.ts';

const timeline = (...events: NewTimelineEvent[]): TimelineEvent[] =>
  events.map((event) => ({ at: '2026-12-01T02:00:00.000Z', ...event }) as TimelineEvent);

it('a change without a story begins', () => {
  expect(activityOf([])).toBe('begins');
});

it('a step is told until more is known of it', () => {
  expect(activityOf(timeline({ type: 'step-started', step: 'Tune syncer' }))).toBe('Tune syncer');
  const claimed = { type: 'write-claimed', step: 'Tune syncer', command: 'tune db db:7 syncer_mode distributed' } as const;
  expect(activityOf(timeline({ type: 'step-started', step: 'Tune syncer' }, claimed))).toBe(
    'Tune syncer: rladmin tune db db:7 syncer_mode distributed',
  );
});

it('the outputs of commands say nothing about what a change is at', () => {
  const sample = { type: 'sample' as const, step: 'Verify info', state: 'good', problems: [], lagMs: 3 };
  const command = { type: 'command', step: 'Verify info', command: 'status', exitCode: 0, output: 'long' } as const;
  expect(activityOf(timeline(sample, command))).toBe('Verify info: sample good, lag 3 ms');
});

it('what somebody else did is told with the step that is under way', () => {
  const cancel = { type: 'cancel-requested', by: 'alice', via: 'machine' } as const;
  expect(activityOf(timeline({ type: 'step-started', step: 'Settle' }, cancel))).toBe('Settle: asked to stop by alice');
});
