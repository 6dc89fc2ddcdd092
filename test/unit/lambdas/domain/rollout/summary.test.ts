import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RolloutRecord, RolloutTarget, Stop } from '../../../../../lambdas/contracts/rollout.ts';
import { TARGET_STATE_NAMES, type TargetState } from '../../../../../lambdas/contracts/rollout-outcomes.ts';
import { outcomeOf, summaryOf } from '../../../../../lambdas/domain/rollout/summary.ts';
import { later, NOW } from '../../../../support/facts.ts';
import { rolloutPlan, rolloutRecord, rolloutTarget } from '../../../../support/rollouts.ts';

const plan = rolloutPlan({ hash: 'abc' });
const record = (settings: Partial<RolloutRecord> = {}): RolloutRecord => rolloutRecord({ plan, ...settings });
const target = rolloutTarget;
const NOT_BEGUN: readonly TargetState[] = ['waiting', 'unchanged'];
const inStates = (...states: TargetState[]): RolloutTarget[] =>
  states.map((state, index) => target(index + 1, { state, ...(!NOT_BEGUN.includes(state) && { startedAt: NOW }) }));
const stopFor = (cause: Stop['cause'], wave = 1): Stop => ({ cause, says: 'because', at: NOW, wave, action: 'undo-wave' });
const anyTargets = fc
  .array(fc.record({ state: fc.constantFrom(...TARGET_STATE_NAMES), wave: fc.nat(4) }), { maxLength: 30 })
  .map((all) => all.map((settings, index) => target(index + 1, settings)));

describe('summaryOf', () => {
  it('says which rollout it is about and where it stands', () => {
    const stop = stopFor('alarm');
    expect(summaryOf(record({ status: 'ended', outcome: 'undone', stop }), [])).toEqual({
      rolloutId: 'rol-spring',
      name: 'spring',
      status: 'ended',
      outcome: 'undone',
      planHash: 'abc',
      stop,
      counts: {},
      waves: [],
      notApplied: [],
    });
  });

  it('says of a rollout that has no plan yet that it is running', () => {
    const { plan: _, ...planless } = record();
    expect(summaryOf(planless, [])).not.toHaveProperty('planHash');
  });

  it('counts every target once, over all and by wave, and lists all that are not as wanted', () => {
    fc.assert(
      fc.property(anyTargets, (targets) => {
        const { counts, waves, notApplied } = summaryOf(record(), targets);
        const sum = (states: Partial<Record<TargetState, number>>) => Object.values(states).reduce((a, b) => a + b, 0);
        expect(sum(counts)).toBe(targets.length);
        for (const state of TARGET_STATE_NAMES) expect(counts[state] ?? 0).toBe(targets.filter((each) => each.state === state).length);
        for (const wave of waves) {
          expect(sum(wave.counts)).toBe(wave.targets);
          expect(wave.targets).toBe(targets.filter((each) => each.wave === wave.wave).length);
        }
        expect(waves.map(({ wave }) => wave)).toEqual([...new Set(targets.map(({ wave }) => wave))].filter((wave) => wave > 0).sort());
        expect(notApplied.length + (counts.applied ?? 0) + (counts.unchanged ?? 0)).toBe(targets.length);
      }),
    );
  });

  it('names a target that is not as wanted, why, and the change that tells more', () => {
    const targets = [
      target(1, { state: 'applied' }),
      target(2, { state: 'unchanged', wave: 0 }),
      target(3, { state: 'drifted', says: 'endpoint 7:1 was single, is all-nodes' }),
      target(4, { state: 'undone', wave: 2, undo: 2 }),
    ];
    expect(summaryOf(record(), targets).notApplied).toEqual([
      {
        target: 'eu/n3',
        id: 'db:3',
        position: 3,
        wave: 1,
        state: 'drifted',
        says: 'endpoint 7:1 was single, is all-nodes',
        changeId: 'rol-spring_00003',
      },
      { target: 'eu/n4', id: 'db:4', position: 4, wave: 2, state: 'undone', changeId: 'rol-spring_00004_undo2' },
    ]);
  });

  const lasting = (...seconds: number[]) =>
    seconds.map((each, index) => target(index + 1, { state: 'applied', startedAt: NOW, endedAt: later(each) }));

  it.each<[string, number[], number, number]>([
    ['one change', [40], 40, 40],
    ['two changes', [50, 40], 45, 50],
    ['an odd number of changes', [70, 10, 30], 30, 70],
    ['a hundred changes', Array.from({ length: 100 }, (_, index) => 100 - index), 50.5, 95],
  ])('gives median and 95th percentile of the durations of %s', (_name, seconds, medianSeconds, p95Seconds) => {
    expect(summaryOf(record(), lasting(...seconds)).durations).toEqual({ medianSeconds, p95Seconds });
  });

  it('counts no duration of a change that never began, has not ended, or is being undone', () => {
    const targets = [
      target(1),
      target(2, { state: 'running', startedAt: NOW }),
      target(3, { state: 'undoing', startedAt: later(500), endedAt: later(60) }),
    ];
    expect(summaryOf(record(), targets)).not.toHaveProperty('durations');
  });

  const phases = (settings: Partial<RolloutRecord>) =>
    summaryOf(
      record(settings),
      [1, 2, 3].map((wave) => target(wave, { wave })),
    ).waves.map(({ phase }) => phase);
  const bake = { wave: 2, startedAt: NOW, nextAt: NOW, until: NOW };
  it.each<[string, Partial<RolloutRecord>, string[]]>([
    ['before the first', { wave: 0 }, ['to-come', 'to-come', 'to-come']],
    ['while the second changes', { wave: 2, baked: 1 }, ['passed', 'under-way', 'to-come']],
    ['while the second bakes', { wave: 2, baked: 1, bake }, ['passed', 'baking', 'to-come']],
    ['before the third begins', { wave: 2, baked: 2 }, ['passed', 'passed', 'to-come']],
    ['when nothing of the first was left to bake', { wave: 2, baked: 0 }, ['passed', 'under-way', 'to-come']],
    ['stopped while the second changed', { wave: 2, baked: 1, stop: stopFor('failures', 2) }, ['passed', 'stopped', 'to-come']],
    ['stopped while the second baked', { wave: 2, baked: 1, bake, stop: stopFor('alarm', 2) }, ['passed', 'stopped', 'to-come']],
    ['stopped at the gate before the third', { wave: 2, baked: 2, stop: stopFor('rejected', 3) }, ['passed', 'passed', 'to-come']],
    ['at the end', { wave: 3, baked: 3, status: 'ended' }, ['passed', 'passed', 'passed']],
    ['at the end when nothing of the last was left to bake', { wave: 3, baked: 2, status: 'ended' }, ['passed', 'passed', 'passed']],
  ])('tells the phases of three waves %s', (_name, settings, expected) => {
    expect(phases(settings)).toEqual(expected);
  });
});

describe('outcomeOf', () => {
  it.each<[string, TargetState[], Stop['cause'] | undefined, string]>([
    ['all were applied', ['applied', 'applied'], undefined, 'completed'],
    ['all were applied or as wanted', ['applied', 'unchanged'], undefined, 'completed'],
    ['all were as wanted', ['unchanged'], undefined, 'completed'],
    ['one was applied and one rolled back', ['applied', 'rolled-back'], undefined, 'incomplete'],
    ['one was applied and one is not to come', ['applied', 'waiting'], 'asked', 'incomplete'],
    ['one was applied when the next wave was rejected', ['applied', 'waiting'], 'rejected', 'incomplete'],
    ['one needs somebody', ['applied', 'undone', 'needs-operator'], 'failures', 'needs-operator'],
    ['one that had to go back did not', ['applied', 'to-undo'], 'fault', 'needs-operator'],
    ['a change has no end', ['applied', 'running'], 'fault', 'needs-operator'],
    ['an undoing has no end', ['undone', 'undoing'], 'fault', 'needs-operator'],
    ['all went back', ['undone', 'undone'], 'asked', 'undone'],
    ['the only change was rolled back', ['rolled-back', 'waiting'], 'failures', 'undone'],
    ['all were rolled back within the budget', ['rolled-back', 'rolled-back'], undefined, 'undone'],
    ['the canary went back when the next wave was rejected', ['undone', 'waiting'], 'rejected', 'undone'],
    ['the canary was rolled back and then the window was over', ['rolled-back', 'waiting'], 'window', 'undone'],
    ['it was rejected', ['waiting', 'unchanged'], 'rejected', 'rejected'],
    ['nobody approved', ['waiting'], 'expired', 'expired'],
    ['the window was over', ['waiting', 'drifted'], 'window', 'window-missed'],
    ['it was aborted before anything was written', ['waiting', 'waiting'], 'asked', 'undone'],
    ['it stopped because what was planned had drifted', ['drifted', 'waiting'], 'drift', 'undone'],
    ['an alarm was raised before any change began', ['waiting', 'unchanged'], 'alarm', 'refused'],
    ['its targets were refused one by one', ['refused', 'drifted'], undefined, 'refused'],
    ['it has no targets', [], undefined, 'refused'],
  ])('of a rollout when %s', (_name, states, cause, expected) => {
    expect(outcomeOf({ plan, ...(cause && { stop: stopFor(cause) }) }, inStates(...states))).toBe(expected);
  });

  const blocked = { plan: { ...plan, blockers: ['cluster eu cannot be read'] }, stop: stopFor('fault', 0) };
  it('of a rollout whose plan has a blocker is refused when nothing has begun', () => {
    expect(outcomeOf(blocked, inStates('waiting', 'unchanged'))).toBe('refused');
  });

  it('of a rollout whose plan has a blocker is refused when somebody gave it up before anything had begun', () => {
    expect(outcomeOf({ ...blocked, stop: stopFor('asked', 0) }, inStates('waiting'))).toBe('refused');
  });

  it('of a rollout whose plan has a blocker is not refused when something has begun', () => {
    expect(outcomeOf(blocked, [target(1, { state: 'drifted', startedAt: NOW }), target(2)])).toBe('undone');
  });

  it('never calls anything well that is not', () => {
    const causes: (Stop['cause'] | undefined)[] = [
      'failures',
      'alarm',
      'drift',
      'rejected',
      'expired',
      'window',
      'fault',
      'asked',
      undefined,
    ];
    fc.assert(
      fc.property(anyTargets, fc.constantFrom(...causes), (targets, cause) => {
        const outcome = outcomeOf({ plan, ...(cause && { stop: stopFor(cause) }) }, targets);
        const some = (...states: TargetState[]) => targets.some(({ state }) => states.includes(state));
        if (some('needs-operator', 'running', 'undoing', 'to-undo')) expect(outcome).toBe('needs-operator');
        else if (outcome === 'completed') expect(summaryOf(record(), targets).notApplied).toEqual([]);
        else if (outcome !== 'incomplete') expect(some('applied')).toBe(false);
        if (['refused', 'rejected', 'expired', 'window-missed'].includes(outcome)) expect(some('undone', 'rolled-back')).toBe(false);
      }),
    );
  });
});
