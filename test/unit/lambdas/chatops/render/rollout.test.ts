import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderOneRollout } from '../../../../../lambdas/chatops/render/rollout/one.ts';
import { planFile } from '../../../../../lambdas/chatops/render/rollout/plan-file.ts';
import type { RolloutSource } from '../../../../../lambdas/chatops/render/rollout/source.ts';
import { renderRolloutThread, WAVES_TOLD } from '../../../../../lambdas/chatops/render/rollout/thread.ts';
import { span } from '../../../../../lambdas/chatops/render/rollout/words.ts';
import type { Part } from '../../../../../lambdas/chatops/render/thread.ts';
import { PlanReference } from '../../../../../lambdas/contracts/chat-task.ts';
import type { RolloutRecord } from '../../../../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOME_NAMES, TARGET_STATE_NAMES, type TargetState } from '../../../../../lambdas/contracts/rollout-outcomes.ts';
import { AT, gateOf, ROLLOUT, type RolloutShape, rolloutAt } from '../../../../support/rollout-story.ts';
import { problemsOf } from '../../../../support/slack/block-kit.ts';
import { buttonsOf, confirmationsOf, textOf } from './reading.ts';

const NO_PLANS = { plans: async () => [] };
const render = (source: RolloutSource): Part[] => renderRolloutThread(source, NO_PLANS);
const named = (source: RolloutSource, name: Part['part']): string =>
  textOf(render(source).find(({ part }) => part === name)?.message ?? expect.fail(`there is no ${name}`));

/** 10,000 targets in a hundred waves, in the middle of the sixtieth. */
const LARGE: RolloutShape = {
  waves: [1, ...Array.from({ length: 98 }, () => 101), 101],
  stateOf: (position) => {
    if (position > 5_950) return 'waiting';
    return position % 40 === 0 ? 'rolled-back' : 'applied';
  },
  record: { wave: 60, baked: 59 },
};
const STOP = { cause: 'failures', says: '3 of 10000 targets failed', at: AT, wave: 60, action: 'undo-wave' } as const;
const ended: Partial<RolloutRecord> = { status: 'ended', outcome: 'incomplete', endedAt: AT, stop: STOP };

describe('the thread of a rollout', () => {
  const any = (length: number) => fc.array(fc.constantFrom<TargetState>(...TARGET_STATE_NAMES), { minLength: length, maxLength: length });

  it('is what Slack accepts, however many targets and waves there are, whatever people wrote, wherever it stands', () => {
    const words = fc.constantFrom(undefined, '<!channel>'.repeat(90), '`'.repeat(900), '&<>*_~'.repeat(150), '🙂\n> '.repeat(200));
    const shapes = fc.constantFrom(
      [1],
      [1, 3],
      [1, ...Array.from({ length: 40 }, () => 20)],
      Array.from({ length: 3_000 }, () => 1),
    );
    const outcomes = fc.option(fc.constantFrom(...ROLLOUT_OUTCOME_NAMES), { nil: undefined });
    fc.assert(
      fc.property(words, shapes, any(7), fc.nat(60), outcomes, fc.boolean(), (text, waves, states, wave, outcome, stops) => {
        const shape: RolloutShape = {
          waves,
          ...(text !== undefined && { words: text }),
          stateOf: (position) => states[position % states.length] ?? 'waiting',
          record: {
            wave: Math.min(wave, waves.length),
            baked: Math.max(0, Math.min(wave, waves.length) - 1),
            bake: { wave, startedAt: AT, nextAt: AT, until: AT },
            ...(stops && { stop: { ...STOP, says: text ?? STOP.says } }),
            ...(outcome && { status: 'ended', outcome, endedAt: AT }),
          },
        };
        const source = rolloutAt(shape, [gateOf(1, shape), gateOf(Math.max(2, wave), shape)]);
        const parts = render(source);
        for (const { message } of parts) expect(problemsOf(message)).toEqual([]);
        expect(new Set(parts.map(({ part }) => part)).size).toBe(parts.length);
        expect(JSON.stringify(parts.map(({ message }) => message))).not.toContain('<!channel>');
        expect(renderOneRollout(source).length).toBeLessThan(4_000);
      }),
      { numRuns: 60 },
    );
  });

  it('of 10,000 targets in 100 waves tells the latest waves each in a message, and all of them in the first one', () => {
    const parts = render(rolloutAt(LARGE));
    for (const { message } of parts) expect(problemsOf(message)).toEqual([]);
    const waves = parts.map(({ part }) => part).filter((part) => part.startsWith('wave-'));
    expect([waves.length, waves[0], waves.at(-1)]).toEqual([WAVES_TOLD, 'wave-31', 'wave-60']);
    const root = named(rolloutAt(LARGE), 'root');
    expect(root).toContain('wave 60 of 100 is under way');
    expect(root).toMatch(/\*10000 targets\*: 4050 waiting, 5802 applied, 148 rolled back/);
    expect(root).toMatch(/waves 1 to 54: \d+ applied, \d+ rolled back\n.*wave 55, 101 targets, passed/);
    expect(root).toMatch(/… and \d+ more/);
  });

  it('names the first ten that failed of a wave, with the reason, and the first ten that run', () => {
    const shape: RolloutShape = {
      waves: [60],
      stateOf: (position) => (position <= 15 ? 'running' : 'rolled-back'),
      record: { wave: 1 },
    };
    const wave = named(rolloutAt(shape), 'wave-1');
    expect(wave).toMatch(/\*Now\*: cluster-1\/orders-1, [^\n]*orders-10, … and 5 more/);
    expect(wave).toMatch(/\*Not as wanted: 45\*\n• .*orders-16: rolled back — as it was told[\s\S]*… and 35 more/);
  });

  it('says how a bake goes, and which members it waits for', () => {
    const shape: RolloutShape = {
      waves: [3],
      stateOf: () => 'applied',
      record: { wave: 1, bake: { wave: 1, startedAt: AT, nextAt: AT, until: AT } },
    };
    const source = rolloutAt(shape);
    const streak = (state: 'good' | 'bad', length: number) => ({
      tally: { startedAt: AT, taken: 3, flips: 0, problems: ['endpoint 1:1 is gone'], streak: { state, length, since: AT } },
    });
    const tallies = [streak('good', 3), streak('good', 1), streak('bad', 1)];
    const targets = source.targets.map((target, index) => ({ ...target, ...tallies[index] }));
    const wave = named({ ...source, targets }, 'wave-1');
    expect(wave).toContain('watched until <!date^');
    expect(wave).toMatch(/\*Bake\*: 1 of 3 members with 3 good samples in a row\n• cluster-3\/orders-3: endpoint 1:1 is gone/);
  });

  it('ends with what is not applied: twenty in words, all of them in a file', () => {
    const source = rolloutAt({ ...LARGE, record: { ...LARGE.record, ...ended } });
    const verdict = render(source).find(({ part }) => part === 'verdict');
    const text = textOf(verdict?.message);
    expect(text).toMatch(/\*Why\*\n> 3 of 10000[\s\S]*each took 1 min 30 s \(median\), 1 min 30 s \(95th percentile\)/);
    expect(text).toMatch(/\*Not applied: 4198\*[\s\S]*… and 4178 more/);
    expect(verdict?.file?.text.trimEnd().split('\n')).toHaveLength(4_199);
    expect(verdict?.alsoInChannel).toBe(true);
  });

  it('names those first that wait for somebody', () => {
    const stateOf = (position: number): TargetState => (position === 90 ? 'needs-operator' : 'rolled-back');
    const shape: RolloutShape = { waves: [100], stateOf, record: { ...ended, wave: 1, outcome: 'needs-operator' } };
    expect(named(rolloutAt(shape), 'verdict')).toMatch(/\*Not applied: 100\*\n• :rotating_light: cluster-40\/orders-90/);
  });

  it('takes its verdict back when it goes on after that', () => {
    const source = rolloutAt(LARGE);
    const events = [{ at: AT, type: 'ended', outcome: 'incomplete' } as const];
    expect(named({ ...source, events }, 'verdict')).toContain('had ended, and goes on');
    expect(render(source).map(({ part }) => part)).not.toContain('verdict');
  });
});

describe('the question before a wave', () => {
  const shape: RolloutShape = { waves: [1, 3], record: { wave: 1, baked: 1 } };

  it('has buttons that name the rollout and its plan, while somebody may decide', () => {
    const buttons = render(rolloutAt(shape, [gateOf(2, shape)])).flatMap(({ message }) => buttonsOf(message));
    expect(buttons.map(({ action_id, value }) => [action_id, PlanReference.parse(JSON.parse(value ?? ''))])).toEqual(
      ['approve', 'reject'].map((action) => [action, { changeId: ROLLOUT, planHash: 'b'.repeat(64) }]),
    );
  });

  it.each<[string, Partial<RolloutRecord>, Parameters<typeof gateOf>[2]]>([
    ['it was decided', {}, { status: 'approved' }],
    ['the rollout stops', { stop: STOP }, {}],
    ['the rollout is over', ended, {}],
  ])('has none once %s', (_why, record, gate) => {
    const source = rolloutAt({ ...shape, record: { ...shape.record, ...record } }, [gateOf(2, shape, gate)]);
    expect(render(source).flatMap(({ message }) => buttonsOf(message))).toEqual([]);
  });

  it('shows the whole plan before the first wave, and which wave it is about before a later one', () => {
    const source = rolloutAt({ ...shape, record: {} }, [gateOf(1, shape)]);
    const parts = render(source);
    expect(parts.map(({ part }) => part)).toEqual(['root', 'approval-1']);
    const text = textOf(parts[1]?.message);
    for (const said of ['*4 targets* to change on 50 clusters', '3 as wanted already', 'about 1 d', 'US$ 12.35', '*Clients*', '*Warnings*'])
      expect(text).toContain(said);
    expect(confirmationsOf(parts[1]?.message)[0]).toContain('4 targets → distributed on 50 clusters');
    expect(named(rolloutAt(shape, [gateOf(2, shape)]), 'approval-2')).toContain('wave 2 of 2 of Rollout *eu-night*');
  });
});

describe('the file of a plan', () => {
  it('has a line for every target, with what it is and what it would be, and reads the plans of each cluster once', async () => {
    const { record, targets } = rolloutAt({ waves: [1, 99] });
    const read: string[] = [];
    const plans = async (_rolloutId: string, cluster: string) => {
      read.push(cluster);
      return [];
    };
    const { text } = await planFile(record, targets, { plans });
    expect(text.trimEnd().split('\n')).toHaveLength(103);
    expect([read.length, new Set(read).size]).toEqual([50, 50]);
  });
});

describe('a span of time', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [90, '1 min 30 s'],
    [7_500, '2 h 5 min'],
    [7_205, '2 h'],
    [86_400, '1 d'],
    [90_000, '1 d 1 h'],
  ])('of %i seconds is told as %s', (seconds, words) => {
    expect(span(seconds)).toBe(words);
  });
});
