import { describe, expect, it } from 'vitest';
import { frameOf, type Moment } from '../../../../../lib/cli/render/rollout-frame.ts';
import { NOW, rolloutPlan, rolloutRecord, rolloutTarget, wave } from '../../../../support/rollouts.ts';

const frame = (moment: Partial<Moment> = {}): string =>
  frameOf({ record: rolloutRecord(), targets: [rolloutTarget(1)], active: [], surveyed: 0, now: Date.parse(NOW), ...moment }).join('\n');

describe('the live view', () => {
  it('says how many clusters were read while there is no plan', () => {
    const { plan: _, ...record } = rolloutRecord();
    expect([frame({ record }), frame({ record, surveyed: 4 })]).toEqual(['rol-spring  begins', 'rol-spring  4 clusters read']);
  });

  it('shows what each target under way is doing, and for how long', () => {
    const target = rolloutTarget(1, { state: 'running', startedAt: NOW });
    const text = frame({ targets: [target], active: [{ target, activity: 'Tune syncer' }], now: Date.parse(NOW) + 12_000 });
    expect(text).toMatch(/eu\/n1 +12 s +Tune syncer/);
    expect(text).toMatch(/wave 1 +1 target +1 running +under way/);
  });

  it('counts those that it has no room for', () => {
    const targets = [1, 2, 3].map((position) => rolloutTarget(position, { state: 'running' }));
    expect(frame({ targets, active: targets.slice(0, 1).map((target) => ({ target, activity: '' })) })).toContain('and 2 more under way');
  });

  it('shows a few waves around the present one', () => {
    const waves = Array.from({ length: 40 }, (_, index) => wave(index + 1));
    const targets = waves.map((each) => rolloutTarget(each.wave, { wave: each.wave }));
    const text = frame({ record: rolloutRecord({ plan: rolloutPlan({ waves }), wave: 20 }), targets });
    expect(text).toContain('18 waves before');
    expect(text).toMatch(/ {2}wave 20 /);
    expect(text).toContain('16 waves after');
    expect(text.split('\n').length).toBeLessThan(12);
  });

  it('says how long a wave is still watched, until it has passed', () => {
    const bake = { wave: 1, startedAt: NOW, nextAt: NOW, until: new Date(Date.parse(NOW) + 60_000).toISOString() };
    expect(frame({ record: rolloutRecord({ bake }) })).toContain('wave 1 is watched: 60 s to go');
    expect(frame({ record: rolloutRecord({ bake, baked: 1 }) })).not.toContain('is watched');
  });
});
