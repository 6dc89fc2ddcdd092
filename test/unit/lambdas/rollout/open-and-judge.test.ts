import { describe, expect, it } from 'vitest';
import { judge } from '../../../../lambdas/rollout/judge-rollout.ts';
import { openRollout } from '../../../../lambdas/rollout/open-rollout.ts';
import { ask, gate, plan, ROLLOUT, record, target } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const FILE = { name: 'spring', select: { clusters: ['*'] } };
const JUDGE = { ...PLACE, moves: 0 };
const open = (desk: Desk, run = 0, file?: unknown) =>
  openRollout({ rolloutId: ROLLOUT, run, planOnly: false, ...(file !== undefined && { file }) }, desk.ports);

describe('opening a rollout', () => {
  it('puts it on record with every default; doing it again changes nothing', async () => {
    const desk = new Desk();
    expect(await open(desk, 0, FILE)).toEqual(PLACE);
    const opened = await desk.record();
    expect(opened).toMatchObject({ run: 0, status: 'running', wave: 0, request: { file: { errorBudget: 0, onStop: 'undo-wave' } } });
    expect(await open(desk, 0, FILE)).toEqual(PLACE);
    expect(await desk.record()).toEqual(opened);
  });

  it('keeps what it was opened with, whatever another file says under its id', async () => {
    const desk = new Desk();
    await open(desk, 0, FILE);
    await open(desk, 0, { ...FILE, errorBudget: 99, gates: { approve: [] } });
    expect((await desk.record()).request.file.errorBudget).toBe(0);
  });

  it.each([
    ['a file that cannot be read', { ...FILE, onStopp: 'stop' }],
    ['an id that is not on record', undefined],
  ])('refuses %s', async (_what, file) => {
    await expect(open(new Desk(), 0, file)).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  it('lets the next run go on with it: what had ended is running, and why it stopped is kept', async () => {
    const desk = new Desk();
    const stop = { cause: 'failures', says: 'too many', at: record().startedAt, wave: 1, action: 'stop' } as const;
    await desk.put(record({ status: 'ended', outcome: 'undone', endedAt: record().startedAt, stop, stalled: 3, progress: 'p' }));
    expect(await open(desk, 1)).toEqual({ rolloutId: ROLLOUT, run: 1 });
    const { outcome, endedAt, progress, ...rest } = await desk.record();
    expect([outcome, endedAt, progress]).toEqual([undefined, undefined, undefined]);
    expect(rest).toMatchObject({ run: 1, status: 'running', stalled: 0, stop });
    expect(await desk.story()).toEqual(['run']);
    await open(desk, 1);
    expect(await desk.story()).toEqual(['run']);
  });

  it('refuses an earlier run than the latest', async () => {
    const desk = new Desk();
    await desk.put(record());
    await desk.takeOver();
    await expect(open(desk)).rejects.toMatchObject({ name: 'LockLostError' });
  });
});

describe('judging a rollout', () => {
  it('writes what it decided, with its story, and says what comes next', async () => {
    const desk = new Desk();
    await desk.put(record(), [target(1)]);
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ moves: 1, move: { kind: 'change', wave: 1, items: [1] } });
    expect(await desk.record()).toMatchObject({ wave: 1 });
    expect(await desk.story()).toEqual(['wave-began']);
  });

  it('takes up what was asked for once, and tells it once', async () => {
    const desk = new Desk();
    await desk.put(record(), [target(1, 'applied')]);
    await desk.rollouts.ask(ROLLOUT, ask('abort'));
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'end', outcome: 'incomplete' } });
    expect([await desk.rollouts.asked(ROLLOUT), await desk.story()]).toEqual([undefined, ['stopped']]);
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'end', outcome: 'incomplete' } });
    expect(await desk.story()).toEqual(['stopped']);
  });

  it('leaves what somebody asked for in the meantime to the next time', async () => {
    const desk = new Desk();
    await desk.put(record(), [target(1)]);
    await desk.rollouts.ask(ROLLOUT, ask('pause'));
    const { rollouts } = desk;
    const append = rollouts.append.bind(rollouts);
    rollouts.append = async (...story) => {
      await append(...story);
      await rollouts.ask(ROLLOUT, ask('abort'));
    };
    await judge(JUDGE, desk.ports);
    expect(await rollouts.asked(ROLLOUT)).toMatchObject({ control: 'abort' });
  });

  it('by an earlier run writes nothing', async () => {
    const desk = new Desk();
    await desk.put(record(), [target(1)]);
    await desk.takeOver();
    await expect(judge(JUDGE, desk.ports)).rejects.toMatchObject(LOST);
    expect([(await desk.record()).wave, await desk.story()]).toEqual([0, []]);
  });

  it('fails, and leaves the record to whoever wrote it at the same moment', async () => {
    const desk = new Desk();
    await desk.put(record(), [target(1)]);
    const { rollouts } = desk;
    const targets = rollouts.targets.bind(rollouts);
    rollouts.targets = async (...which) => {
      const standing = await desk.record();
      await rollouts.save({ ...standing, revision: standing.revision + 1 });
      return targets(...which);
    };
    await expect(judge(JUDGE, desk.ports)).rejects.toMatchObject({ name: 'LockHeldError' });
    expect((await desk.record()).wave).toBe(0);
  });

  it('comes to the same where it was cut short between its targets and its record', async () => {
    const desk = new Desk();
    const members = [target(1, 'applied'), target(2, 'rolled-back', { failed: true })];
    await desk.put(record({ wave: 1 }), members);
    const { rollouts } = desk;
    const save = rollouts.save.bind(rollouts);
    rollouts.save = async () => {
      throw new Error('power cut');
    };
    await expect(judge(JUDGE, desk.ports)).rejects.toThrow('power cut');
    expect(await desk.target(1)).toMatchObject({ state: 'to-undo' });
    rollouts.save = save;
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'undo', wave: 1, items: [1] } });
    expect((await desk.record()).stop).toMatchObject({ cause: 'failures', action: 'undo-wave' });
  });

  it('that is resumed looks at alarm and gate before anything begins, although it had stopped', async () => {
    const stop = { cause: 'failures', says: 'too many', at: record().startedAt, wave: 1, action: 'stop' } as const;
    const desk = new Desk();
    await desk.put(record({ wave: 1, stop }, { alarms: ['lag'] }), [target(1)]);
    desk.alarms.ringing.add('lag');
    await desk.rollouts.ask(ROLLOUT, ask('resume'));
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'end' } });
    expect((await desk.record()).stop).toMatchObject({ cause: 'alarm' });
  });

  it('takes an approval for its wave only', async () => {
    const desk = new Desk();
    await desk.put(record({ wave: 1, baked: 1, plan: plan({ approve: ['each-wave'] }) }), [
      target(1, 'applied'),
      target(2, 'waiting', { wave: 2 }),
    ]);
    await desk.rollouts.saveGate(ROLLOUT, 1, gate('approved', { wave: 1 }));
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'approve', wave: 2 } });
    await desk.rollouts.saveGate(ROLLOUT, 2, gate('approved', { wave: 2 }));
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'change', wave: 2 } });
  });

  it('looks at no alarm and no calendar once it only goes back', async () => {
    const stop = { cause: 'asked', says: 'abort', at: record().startedAt, wave: 1, action: 'stop' } as const;
    const desk = new Desk();
    await desk.put(record({ wave: 1, stop }, { alarms: ['lag'], gates: { window: { calendar: 'gone' } } }), [target(1, 'to-undo')]);
    expect(await judge(JUDGE, desk.ports)).toMatchObject({ move: { kind: 'undo' } });
    expect(desk.alarms.looks).toBe(0);
  });
});
