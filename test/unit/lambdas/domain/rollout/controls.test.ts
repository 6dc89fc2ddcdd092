import { describe, expect, it } from 'vitest';
import { CONTROLS, type RolloutTarget, type Stop } from '../../../../../lambdas/contracts/rollout.ts';
import { whyNotAsked, whyNotGoingOn } from '../../../../../lambdas/domain/rollout/asking.ts';
import { isStop } from '../../../../../lambdas/domain/rollout/controls.ts';
import { later, NOW } from '../../../../support/facts.ts';
import { ask, judgedThrough, plan, ROLLOUT, record, sight, tally, target } from './sights.ts';

const stop = (settings: Partial<Stop> = {}): Stop => ({
  cause: 'failures',
  says: 'too many',
  at: NOW,
  wave: 1,
  action: 'stop',
  ...settings,
});
const statesOf = (targets: readonly RolloutTarget[]) => targets.map(({ position, state }) => [position, state]);

describe('what somebody asks for', () => {
  it('pauses a rollout whatever else is due, and is taken up', () => {
    const judged = judgedThrough(
      sight({ record: record({ wave: 1 }), targets: [target(1)], asked: ask('pause'), alarm: 'alarm lag is raised' }),
    );
    expect(judged).toMatchObject({ move: { kind: 'pause' }, record: { status: 'paused' }, takenUp: { control: 'pause' } });
    expect(judged.record.stop).toBeUndefined();
    expect(judged.events).toEqual([{ type: 'paused' }]);
  });

  it.each([
    ['abort', 'stop', []],
    ['undo-wave', 'undo-wave', [[2, 'to-undo']]],
    [
      'undo-all',
      'undo-all',
      [
        [1, 'to-undo'],
        [2, 'to-undo'],
      ],
    ],
  ] as const)('%s stops it, names who wanted that and why, and sends back what it says', (control, action, back) => {
    const targets = [target(1, 'applied', { wave: 1 }), target(2, 'applied', { wave: 2 }), target(3, 'waiting', { wave: 3 })];
    const judged = judgedThrough(sight({ record: record({ wave: 2 }), targets, asked: ask(control, 'release off') }));
    expect(judged.record.stop).toEqual({
      cause: 'asked',
      says: `${control}, asked for by olga: release off`,
      at: NOW,
      wave: 2,
      action,
    });
    expect(statesOf(judged.targets)).toEqual(back);
  });

  it('sends nothing back that was never applied by it', () => {
    const targets = (['unchanged', 'rolled-back', 'refused', 'drifted', 'undone', 'waiting'] as const).map((state, at) =>
      target(at + 1, state),
    );
    const judged = judgedThrough(sight({ record: record({ wave: 1 }), targets, asked: ask('undo-all') }));
    expect([judged.targets, judged.move.kind]).toEqual([[], 'end']);
  });

  it('tells apart what ends the way forward and what does not', () => {
    expect(CONTROLS.filter(isStop)).toEqual(['abort', 'undo-wave', 'undo-all']);
  });
});

describe('resuming', () => {
  it('goes on with what is left after a stop, and counts the failures so far no longer', () => {
    const targets = [target(1, 'rolled-back', { failed: true }), target(2, 'waiting')];
    const judged = judgedThrough(sight({ record: record({ wave: 1, stop: stop(), stalled: 4 }), targets, asked: ask('resume') }));
    expect(judged).toMatchObject({ move: { kind: 'change', wave: 1, items: [2] }, record: { stalled: 0 } });
    expect(judged.record.stop).toBeUndefined();
    expect(judged.targets).toEqual([target(1, 'rolled-back')]);
  });

  it('lets go back first what is going back, and forgets nothing then', () => {
    const standing = record({ wave: 1, stop: stop({ action: 'undo-wave' }) });
    const judged = judgedThrough(
      sight({ record: standing, targets: [target(1, 'to-undo', { failed: true }), target(2)], asked: ask('resume') }),
    );
    expect(judged).toMatchObject({ move: { kind: 'undo', items: [1] }, record: { stop: { cause: 'failures' } } });
  });

  it('stops again at once for an alarm that is still raised', () => {
    const standing = record({ wave: 1, stop: stop({ cause: 'alarm' }) });
    const judged = judgedThrough(sight({ record: standing, targets: [target(1)], asked: ask('resume'), alarm: 'alarm lag is raised' }));
    expect(judged).toMatchObject({ move: { kind: 'end' }, record: { stop: { cause: 'alarm', says: 'alarm lag is raised' } } });
  });

  it('watches a wave from the start again, however long it was paused: time alone condemns no member', () => {
    const bake = { wave: 1, startedAt: NOW, nextAt: later(200), until: later(600) };
    const judged = judgedThrough(
      sight({
        record: record({ wave: 1, bake }),
        targets: [target(1, 'applied', { tally: tally('good', 1) })],
        asked: ask('resume'),
        now: new Date(later(86_400)),
      }),
    );
    expect(judged.targets).toEqual([target(1, 'applied')]);
    expect(judged).toMatchObject({ move: { kind: 'wait' }, record: { bake: { startedAt: later(86_400), until: later(87_000) } } });
  });
});

describe('asking', () => {
  const left = [target(1, 'applied'), target(2)];
  const ended = { status: 'ended', outcome: 'incomplete', wave: 1 } as const;
  const HAS_ENDED = `rollout ${ROLLOUT} has ended: incomplete`;

  it.each([
    ['pause', record(ended), left, HAS_ENDED],
    ['abort', record(ended), left, HAS_ENDED],
    ['resume', record(ended), [target(1, 'applied')], `${HAS_ENDED}, and nothing is left of it`],
    [
      'resume',
      record({ ...ended, plan: plan({ blockers: ['no answer'] }) }),
      left,
      `${HAS_ENDED}, because of no answer: start another one`,
    ],
    ['resume', record({ ...ended, stop: stop({ cause: 'rejected' }) }), left, `${HAS_ENDED}, and its rejection stands: start another one`],
    ['undo-all', record(ended), [target(1, 'undone')], `${HAS_ENDED}, and nothing that it applied is left to undo`],
    ['undo-wave', record({ ...ended, wave: 2 }), left, `${HAS_ENDED}, and nothing that it applied is left to undo`],
    ['undo-all', record({}, { wanted: { syncerMode: 'centralized' } }), left, 'the way back to centralized is not undone'],
    ['pause', record({ status: 'paused' }), left, `rollout ${ROLLOUT} is paused already`],
  ] as const)('for %s is refused where nothing would come of it', (control, standing, targets, why) => {
    expect(whyNotAsked(standing, control, targets)).toBe(why);
  });

  it('for more of what was only planned is refused', () => {
    const { request, ...rest } = record({ status: 'ended', outcome: 'planned' });
    const standing = { ...rest, request: { ...request, planOnly: true } };
    expect(whyNotAsked(standing, 'resume', left)).toBe(`rollout ${ROLLOUT} has ended: planned, and only a plan was asked for`);
  });

  it.each([
    ['resume', record(ended)],
    ['resume', record({ ...ended, stop: stop() })],
    ['undo-wave', record(ended)],
    ['undo-all', record(ended)],
    ['abort', record({ status: 'paused' })],
    ['resume', record({ status: 'paused' })],
    ['pause', record()],
    ['abort', record()],
  ] as const)('for %s is granted where something would', (control, standing) => {
    expect(whyNotAsked(standing, control, left)).toBeUndefined();
  });

  it('a rollout that runs to go on is refused, unless it stopped and nothing goes back', () => {
    expect(whyNotGoingOn(record(), left)).toBe(`rollout ${ROLLOUT} is running`);
    expect(whyNotGoingOn(record({ stop: stop() }), left)).toBeUndefined();
    const goesBack = `rollout ${ROLLOUT} sends targets back: resume it when that has ended`;
    expect(whyNotGoingOn(record({ stop: stop({ action: 'undo-all' }) }), left)).toBe(goesBack);
    expect(whyNotGoingOn(record({ stop: stop() }), [target(1, 'undoing')])).toBe(goesBack);
  });
});
