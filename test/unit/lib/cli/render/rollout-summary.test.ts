import { describe, expect, it } from 'vitest';
import type { RolloutRecord, RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { renderSummary } from '../../../../../lib/cli/render/rollout-summary.ts';
import { NOW, plainOutput, rolloutFile, rolloutRecord, rolloutTarget } from '../../../../support/rollouts.ts';

const ended: Partial<RolloutRecord> = { status: 'ended', wave: 2, baked: 2 };
const rendered = (record: Partial<RolloutRecord>, targets: readonly RolloutTarget[]): string =>
  renderSummary({ record: rolloutRecord(record), targets }, false, plainOutput());
const took = (seconds: number) => ({ startedAt: NOW, endedAt: new Date(Date.parse(NOW) + seconds * 1000).toISOString() });

describe('the summary of a rollout', () => {
  it('counts by outcome and tells how long changes took', () => {
    const text = rendered({ ...ended, outcome: 'completed' }, [
      rolloutTarget(1, { state: 'applied', ...took(4) }),
      rolloutTarget(2, { wave: 2, state: 'applied', ...took(8) }),
    ]);
    expect(text).toContain('completed');
    expect(text).toContain('2 targets: 2 applied');
    expect(text).toContain('a change took 6 s (median), 8 s (95th percentile)');
    expect(text).not.toContain('not applied:');
    expect(text).not.toContain('rollout resume');
  });

  it('lists what is not applied with its reason and its change, and says how to go on', () => {
    const text = rendered({ ...ended, outcome: 'needs-operator' }, [
      rolloutTarget(1, { state: 'applied' }),
      rolloutTarget(2, { wave: 2, state: 'waiting' }),
      rolloutTarget(3, { state: 'needs-operator', says: 'the syncer stopped' }),
    ]);
    expect(text).toContain('eu/n3 (db:3)  needs-operator: the syncer stopped  [rol-spring_00003]');
    expect(text.indexOf('eu/n3')).toBeLessThan(text.indexOf('eu/n2'));
    expect(text).toContain('syncshift show rol-spring_00003');
    expect(text).toContain('syncshift clear rol-spring_00003');
    expect(text).toContain('syncshift rollout resume rol-spring');
    expect(text).toContain('syncshift rollout undo rol-spring');
  });

  it('names no change for what never had one', () => {
    const text = rendered({ status: 'paused' }, [
      rolloutTarget(1),
      rolloutTarget(2, { wave: 0, state: 'refused', says: 'no second node' }),
    ]);
    expect(text).toContain('rol-spring  paused');
    expect(text).not.toContain('[rol-spring-0000');
  });

  it('offers no undoing of the way back', () => {
    const request = { rolloutId: 'rol-spring', file: rolloutFile({ wanted: { syncerMode: 'centralized' } }), planOnly: false };
    expect(rendered({ ...ended, request, outcome: 'completed' }, [rolloutTarget(1, { state: 'applied' })])).not.toContain('rollout undo');
  });
});
