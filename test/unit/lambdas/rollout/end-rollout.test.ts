import { describe, expect, it } from 'vitest';
import type { RolloutGate } from '../../../../lambdas/contracts/rollout.ts';
import { endRollout } from '../../../../lambdas/rollout/end-rollout.ts';
import { gate, plan, ROLLOUT, record } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const END = { ...PLACE, outcome: 'incomplete', says: 'too many failed' } as const;
const asking = record({ wave: 1, plan: plan({ approve: ['each-wave'] }) });

async function deskWith(gates: Record<number, RolloutGate> = {}): Promise<Desk> {
  const desk = new Desk();
  await desk.put(asking);
  for (const [wave, standing] of Object.entries(gates)) await desk.rollouts.saveGate(ROLLOUT, Number(wave), standing);
  return desk;
}
const statusOf = async (desk: Desk, wave: number) => (await desk.rollouts.gate(ROLLOUT, wave))?.status;

describe('the end of a rollout', () => {
  it('is put on record once, with the moment and the story, however often it is told', async () => {
    const desk = await deskWith();
    expect(await endRollout(END, desk.ports)).toEqual({ outcome: 'incomplete', message: 'too many failed' });
    const ended = await desk.record();
    expect(ended).toMatchObject({ status: 'ended', outcome: 'incomplete', endedAt: desk.clock.now().toISOString() });
    desk.clock.advance(60);
    expect(await endRollout({ ...END, outcome: 'undone' }, desk.ports)).toEqual({ outcome: 'incomplete', message: 'too many failed' });
    expect([await desk.record(), await desk.story()]).toEqual([ended, ['ended']]);
  });

  it('closes the gates that were not used, and leaves the others as they were', async () => {
    const desk = await deskWith({ 1: gate('approved'), 2: gate('approved'), 3: gate('waiting') });
    await endRollout(END, desk.ports);
    expect([await statusOf(desk, 1), await statusOf(desk, 2), await statusOf(desk, 3)]).toEqual(['approved', 'closed', 'closed']);
  });

  it('does not forget a rejection', async () => {
    const desk = await deskWith({ 2: gate('rejected') });
    await endRollout(END, desk.ports);
    expect(await statusOf(desk, 2)).toBe('rejected');
  });

  it('closes the gates and tells the story when it was cut short after the record', async () => {
    const desk = await deskWith({ 2: gate('waiting') });
    const { rollouts } = desk;
    const saveGate = rollouts.saveGate.bind(rollouts);
    rollouts.saveGate = async () => {
      throw new Error('power cut');
    };
    await expect(endRollout(END, desk.ports)).rejects.toThrow('power cut');
    expect([(await desk.record()).status, await statusOf(desk, 2), await desk.story()]).toEqual(['ended', 'waiting', []]);
    rollouts.saveGate = saveGate;
    await endRollout(END, desk.ports);
    expect([await statusOf(desk, 2), await desk.story()]).toEqual(['closed', ['ended']]);
  });

  it('closes a gate although somebody decides at the same moment', async () => {
    const desk = await deskWith({ 2: gate('waiting') });
    const { rollouts } = desk;
    const saveGate = rollouts.saveGate.bind(rollouts);
    rollouts.saveGate = async (...asked) => {
      rollouts.saveGate = saveGate;
      await saveGate(ROLLOUT, 2, { ...gate('approved'), revision: 2 });
      return saveGate(...asked);
    };
    await endRollout(END, desk.ports);
    expect(await statusOf(desk, 2)).toBe('closed');
  });

  it('is not told by an earlier run', async () => {
    const desk = await deskWith({ 2: gate('waiting') });
    await desk.takeOver();
    await expect(endRollout(END, desk.ports)).rejects.toMatchObject(LOST);
    expect([(await desk.record()).status, await statusOf(desk, 2)]).toEqual(['running', 'waiting']);
  });

  it('is told again of a run that came after it', async () => {
    const desk = await deskWith();
    await endRollout(END, desk.ports);
    const ended = await desk.record();
    await desk.rollouts.save({ ...ended, status: 'running', revision: ended.revision + 1 });
    await desk.rollouts.append(ROLLOUT, { type: 'run', run: 0, holder: 'test' });
    await endRollout({ ...END, outcome: 'undone' }, desk.ports);
    expect([(await desk.record()).outcome, await desk.story()]).toEqual(['undone', ['ended', 'run', 'ended']]);
  });
});
