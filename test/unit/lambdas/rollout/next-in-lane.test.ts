import { describe, expect, it } from 'vitest';
import type { StepErrorName } from '../../../../lambdas/contracts/errors.ts';
import type { Outcome } from '../../../../lambdas/contracts/outcomes.ts';
import type { RolloutTarget } from '../../../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../../../lambdas/contracts/rollout-file.ts';
import type { NextInLaneInput, NextInLaneOutput } from '../../../../lambdas/contracts/rollout-steps.ts';
import { MOST_CHANGES_PER_LANE_RUN } from '../../../../lambdas/domain/rollout/limits.ts';
import { nextInLane } from '../../../../lambdas/rollout/next-in-lane.ts';
import { ask, ROLLOUT, record, target } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const RED = { name: 'VerificationFailedError', message: 'it lags' } as const;
const CUT = { name: 'ExecutionCutShortError', message: 'its process is gone' } as const;

async function deskWith(targets: readonly RolloutTarget[], file: Partial<RolloutFileInput> = {}): Promise<Desk> {
  const desk = new Desk();
  await desk.put(record({ wave: 1 }, file), targets);
  return desk;
}
const next = (desk: Desk, input: Partial<NextInLaneInput> = {}): Promise<NextInLaneOutput> =>
  nextInLane({ ...PLACE, kind: 'change', wave: 1, lane: 1, done: 0, ...input }, desk.ports);
const undo = (desk: Desk, done = 0) => next(desk, { kind: 'undo', done });
const idOf = (position: number, rest = ''): string => `${ROLLOUT}_0000${position}${rest}`;

/** Plays a lane to its end: each change that it begins ends like that. */
async function play(desk: Desk, outcome: Outcome, error?: { name: StepErrorName; message: string }): Promise<string[]> {
  const begun: string[] = [];
  for (let done = 0; ; ) {
    const step = await next(desk, { done });
    if (step.next !== 'change') return begun;
    begun.push(step.changeId);
    const changeId = await desk.begin(Number(step.changeId.slice(-5)));
    await desk.end(changeId, outcome, error);
    done = step.done;
  }
}

describe('a lane', () => {
  it('changes its targets one after the other, each once, and none of another lane', async () => {
    const desk = await deskWith([
      target(1),
      target(2, 'unchanged'),
      target(3),
      target(4, 'waiting', { lane: 2 }),
      target(5, 'waiting', { wave: 2 }),
    ]);
    expect(await play(desk, 'applied')).toEqual([idOf(1), idOf(3)]);
    expect((await desk.rollouts.targets(ROLLOUT)).map(({ state }) => state)).toEqual([
      'applied',
      'unchanged',
      'applied',
      'waiting',
      'waiting',
    ]);
  });

  it('has the change asked for exactly as the rollout has it', async () => {
    const desk = await deskWith([target(1)], { reason: 'CHG-9' });
    expect(await next(desk)).toEqual({
      next: 'change',
      done: 1,
      changeId: idOf(1),
      request: {
        changeId: idOf(1),
        target: { cluster: 'eu', database: 'db:1' },
        wanted: { syncerMode: 'distributed' },
        requestedBy: 'alice',
        reason: 'CHG-9',
        approval: { required: false },
        rollout: { id: ROLLOUT, position: 1 },
      },
    });
    expect(await desk.target(1)).toMatchObject({ state: 'running', startedAt: desk.clock.now().toISOString() });
  });

  it('ends after so many targets as its history has room for', async () => {
    const desk = await deskWith(Array.from({ length: MOST_CHANGES_PER_LANE_RUN + 1 }, (_, index) => target(index + 1)));
    await desk.rollouts.saveTarget(ROLLOUT, target(MOST_CHANGES_PER_LANE_RUN, 'applied'), 0);
    expect(await next(desk, { done: MOST_CHANGES_PER_LANE_RUN })).toEqual({ next: 'nothing' });
  });

  it('that is none is refused', async () => {
    await expect(next(await deskWith([target(1)]), { lane: 7 })).rejects.toMatchObject({ name: 'InvalidInputError' });
  });
});

describe('a step of a lane that is repeated', () => {
  it('never begins a change under a second id, whether the change has begun or not', async () => {
    const desk = await deskWith([target(1), target(2)]);
    await next(desk);
    // Its answer got lost, and nothing was started.
    expect(await next(desk)).toEqual({ next: 'nothing' });
    expect(await desk.target(1)).toEqual(target(1));
    expect(await next(desk)).toMatchObject({ next: 'change', changeId: idOf(1) });
    await desk.begin(1);
    // Its answer got lost once more, and another lane run has started it.
    expect(await next(desk)).toMatchObject({ next: 'wait', done: 1 });
    expect(await desk.target(2)).toEqual(target(2));
  });

  it('leaves out no target, and begins none twice', async () => {
    const desk = await deskWith([target(1), target(2), target(3)]);
    await next(desk);
    await desk.end(await desk.begin(1), 'applied');
    expect(await next(desk, { done: 1 })).toMatchObject({ changeId: idOf(2), done: 2 });
    await desk.end(await desk.begin(2), 'applied');
    // The answer with the second target got lost; the first call of the lane is made again.
    expect(await next(desk, { done: 1 })).toMatchObject({ changeId: idOf(3), done: 3 });
    expect((await desk.rollouts.targets(ROLLOUT)).map(({ state }) => state)).toEqual(['applied', 'applied', 'running']);
  });

  it('stops for a spent budget, although it was cut short right after it had noted the failure', async () => {
    const desk = await deskWith([target(1, 'rolled-back', { failed: true }), target(2)]);
    expect(await next(desk, { done: 1 })).toEqual({ next: 'nothing' });
    expect(await desk.target(2)).toEqual(target(2));
    expect((await desk.record()).stop).toMatchObject({ cause: 'failures' });
  });

  it('of an earlier run writes nothing and begins nothing', async () => {
    const desk = await deskWith([target(1)]);
    await desk.takeOver();
    await expect(next(desk)).rejects.toMatchObject(LOST);
    expect(await desk.target(1)).toEqual(target(1));
  });
});

describe('two lanes at the same target at once', () => {
  it('ask for the same change', async () => {
    const desk = await deskWith([target(1)]);
    const [one, other] = await Promise.all([next(desk), next(desk)]);
    const ids = [one, other].flatMap((step) => (step.next === 'change' ? [step.changeId] : []));
    expect(new Set(ids)).toEqual(new Set([idOf(1)]));
  });
});

describe('the way forward', () => {
  it.each(['pause', 'abort', 'undo-all'] as const)('is closed as soon as somebody asks for %s', async (control) => {
    const desk = await deskWith([target(1)]);
    await desk.rollouts.ask(ROLLOUT, ask(control));
    expect([await next(desk), await desk.target(1)]).toEqual([{ next: 'nothing' }, target(1)]);
  });

  it('is closed once the rollout has stopped: what is under way is settled first', async () => {
    const desk = await deskWith([target(1), target(2)]);
    await next(desk);
    await desk.end(await desk.begin(1), 'applied');
    const standing = await desk.record();
    const stop = { cause: 'alarm', says: 'alarm', at: standing.startedAt, wave: 1, action: 'stop' } as const;
    await desk.rollouts.save({ ...standing, revision: standing.revision + 1, stop });
    expect(await next(desk, { done: 1 })).toEqual({ next: 'nothing' });
    expect((await desk.rollouts.targets(ROLLOUT)).map(({ state }) => state)).toEqual(['applied', 'waiting']);
  });

  it('is closed for every lane by one that sees an alarm', async () => {
    const desk = await deskWith([target(1), target(2, 'waiting', { lane: 2 })], { alarms: ['lag'] });
    desk.alarms.ringing.add('lag');
    expect(await next(desk)).toEqual({ next: 'nothing' });
    expect((await desk.record()).stop).toMatchObject({ cause: 'alarm', says: 'alarm lag is raised', action: 'undo-wave', wave: 1 });
    expect(await next(desk, { lane: 2 })).toEqual({ next: 'nothing' });
    expect(await desk.story()).toEqual(['stopped']);
  });

  it('is closed by the window of the file, and by the configured one where the file has none', async () => {
    const closed = { opensAt: '2030-01-01T00:00:00Z', closesAt: '2030-01-02T00:00:00Z' };
    const byFile = await deskWith([target(1)], { gates: { window: closed } });
    expect(await next(byFile)).toEqual({ next: 'nothing' });
    const byDefault = await deskWith([target(1)]);
    byDefault.defaults = { window: closed };
    expect(await next(byDefault)).toEqual({ next: 'nothing' });
  });

  it('does not lead to a database that another rollout works on', async () => {
    const desk = await deskWith([target(1), target(2)]);
    await desk.rollouts.open({ ...record().request, rolloutId: 'rol-other' }, record().holder);
    await desk.rollouts.claim(target(1), 'rol-other');
    expect(await next(desk)).toMatchObject({ next: 'change', changeId: idOf(2), done: 2 });
    const says = 'set aside: it belongs to rollout rol-other, which is running';
    expect(await desk.target(1)).toEqual({ ...target(1), state: 'refused', says });
  });
});

describe('a target whose change has ended', () => {
  it.each([
    ['applied', undefined, 'applied', undefined],
    ['unchanged', undefined, 'unchanged', undefined],
    ['refused', { name: 'PreconditionFailedError', message: 'a shard is down' }, 'refused', true],
    ['rolled-back', RED, 'rolled-back', true],
    ['needs-operator', RED, 'needs-operator', true],
    ['drifted', { name: 'PlanDriftedError', message: 'it changed' }, 'drifted', undefined],
    ['window-missed', { name: 'WindowMissedError', message: 'over' }, 'window-missed', undefined],
    ['refused', { name: 'ChangeCancelledError', message: 'asked to stop' }, 'refused', undefined],
    ['rolled-back', { name: 'ChangeCancelledError', message: 'asked to stop' }, 'rolled-back', undefined],
  ] as const)('as %s (%o) is %s, failed: %s', async (outcome, error, state, failed) => {
    const desk = await deskWith([target(1)], { errorBudget: 9 });
    await next(desk);
    await desk.end(await desk.begin(1), outcome, error);
    await next(desk, { done: 1 });
    const { state: now, failed: counts, says } = await desk.target(1);
    expect([now, counts, says]).toEqual([state, failed, error?.message]);
  });

  it('keeps the policies that its change has proven', async () => {
    const desk = await deskWith([target(1)]);
    await next(desk);
    const endpoints = [{ id: '1:1', policy: 'all-nodes', nodes: [1, 2] } as const].map((each) => ({ ...each, nodes: [...each.nodes] }));
    const after = { syncerMode: 'distributed', effectiveMode: 'distributed', class: 'D2', endpoints } as const;
    await desk.end(await desk.begin(1), 'applied', undefined, { after });
    await next(desk, { done: 1 });
    expect((await desk.target(1)).policies).toEqual({ '1:1': 'all-nodes' });
  });

  it('because it was cut short with nothing left is changed again, under another id, three times at most', async () => {
    const desk = await deskWith([target(1)], { errorBudget: 9 });
    const ids: string[] = [];
    for (let move = 0; move < 5; move += 1) {
      const step = await next(desk);
      if (step.next !== 'change') break;
      ids.push(step.changeId);
      await desk.end(await desk.begin(1), 'rolled-back', CUT);
      await next(desk, { done: 1 });
    }
    expect(ids).toEqual([idOf(1), idOf(1, '_try2'), idOf(1, '_try3')]);
    expect(await desk.target(1)).toMatchObject({ state: 'rolled-back', attempt: 3 });
  });

  it('is none of this rollout under its id: nothing that somebody else did is taken for its end', async () => {
    const desk = await deskWith([target(1)]);
    await next(desk);
    await desk.end(await desk.begin(1, { rollout: undefined, planOnly: true }), 'planned');
    await next(desk, { done: 1 });
    expect(await desk.target(1)).toMatchObject({
      state: 'needs-operator',
      failed: true,
      says: expect.stringContaining('none of this rollout'),
    });
  });

  it('without an end on record is waited for, and left to somebody after forty minutes', async () => {
    const desk = await deskWith([target(1), target(2)], { errorBudget: 9 });
    await next(desk);
    await desk.begin(1);
    expect(await next(desk, { done: 1 })).toMatchObject({ next: 'wait', done: 1 });
    desk.clock.advance(2_400);
    expect(await next(desk, { done: 1 })).toMatchObject({ next: 'change', changeId: idOf(2) });
    expect(await desk.target(1)).toMatchObject({ state: 'needs-operator', failed: true });
  });
});

describe('a budget', () => {
  it('lets as many fail as it says, and stops at the next one', async () => {
    const desk = await deskWith(
      [1, 2, 3, 4, 5].map((position) => target(position)),
      { errorBudget: 2 },
    );
    expect(await play(desk, 'rolled-back', RED)).toEqual([idOf(1), idOf(2), idOf(3)]);
    expect((await desk.record()).stop?.says).toContain('3 of 5 targets failed, and the error budget is 2');
    expect((await desk.story()).filter((type) => type === 'stopped')).toEqual(['stopped']);
  });
});

describe('the way back', () => {
  it('is taken by the documented change, for the reason that is known, past stops, windows and what is asked for', async () => {
    const desk = await deskWith([target(1, 'to-undo', { says: 'it lags' })], { gates: { window: { calendar: 'closed' } } });
    await desk.rollouts.ask(ROLLOUT, ask('pause'));
    expect(await undo(desk)).toMatchObject({
      changeId: idOf(1, '_undo1'),
      request: { wanted: { syncerMode: 'centralized' }, reason: `${ROLLOUT} takes it back: it lags`, approval: { required: false } },
    });
    expect(await desk.target(1)).toMatchObject({ state: 'undoing', undo: 1 });
  });

  it.each([
    ['applied', undefined, 'undone', undefined],
    ['unchanged', undefined, 'undone', undefined],
    ['rolled-back', CUT, 'undone', undefined],
    ['refused', { name: 'LockHeldError', message: 'locked' }, 'needs-operator', true],
    ['needs-operator', RED, 'needs-operator', true],
    ['refused', CUT, 'to-undo', undefined],
  ] as const)('that ends as %s (%o) leaves the target %s, failed: %s', async (outcome, error, state, failed) => {
    const desk = await deskWith([target(1, 'to-undo')]);
    await undo(desk);
    await desk.end(await desk.begin(1), outcome, error);
    expect(await undo(desk, 1)).toEqual({ next: 'nothing' });
    const { state: now, failed: counts } = await desk.target(1);
    expect([now, counts]).toEqual([state, failed]);
  });

  it('that never began is begun under another id, so that it cannot be taken for the first one', async () => {
    const desk = await deskWith([target(1, 'to-undo')]);
    await undo(desk);
    expect(await undo(desk, 1)).toEqual({ next: 'nothing' });
    expect(await undo(desk)).toMatchObject({ changeId: idOf(1, '_undo2') });
  });

  it('of a database that belongs to another rollout by now is left to somebody', async () => {
    const desk = await deskWith([target(1, 'to-undo')]);
    await desk.rollouts.open({ ...record().request, rolloutId: 'rol-other' }, record().holder);
    await desk.rollouts.claim(target(1), 'rol-other');
    expect(await undo(desk)).toEqual({ next: 'nothing' });
    expect(await desk.target(1)).toMatchObject({
      state: 'needs-operator',
      failed: true,
      says: 'it was applied, and not undone: it belongs to rollout rol-other, which is running',
    });
  });
});
