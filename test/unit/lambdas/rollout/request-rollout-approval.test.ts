import { describe, expect, it } from 'vitest';
import { requestRolloutApproval } from '../../../../lambdas/rollout/request-rollout-approval.ts';
import { ask, gate, plan, ROLLOUT, record } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const REQUEST = { ...PLACE, wave: 1, token: 'token' };
const asking = record({ plan: plan({ approve: ['rollout'], approvals: 2, clusters: ['eu', 'us'] }) });

async function deskWith(standing = asking): Promise<Desk> {
  const desk = new Desk();
  await desk.put(standing);
  return desk;
}

describe('asking for the approval of a rollout', () => {
  it('shows the whole plan, asks for as many as its clusters want, and keeps what wakes the workflow', async () => {
    const desk = await deskWith();
    await requestRolloutApproval(REQUEST, desk.ports);
    expect(await desk.rollouts.gate(ROLLOUT, 1)).toEqual({
      revision: 1,
      request: {
        rolloutId: ROLLOUT,
        wave: 1,
        requestedBy: 'alice',
        plan: asking.plan,
        target: { cluster: 'eu, us' },
        approvals: 2,
        requestedAt: '2026-12-01T02:00:00.000Z',
        expiresAt: '2026-12-02T02:00:00.000Z',
      },
      decisions: [],
      status: 'waiting',
    });
    expect([await desk.rollouts.tokenOf(ROLLOUT), desk.woken, await desk.story()]).toEqual(['token', [], ['approval-requested']]);
  });

  it('twice is one question: what was decided in between stands, and its time does not begin anew', async () => {
    const desk = await deskWith();
    await requestRolloutApproval(REQUEST, desk.ports);
    desk.clock.advance(600);
    const before = await desk.rollouts.gate(ROLLOUT, 1);
    await requestRolloutApproval({ ...REQUEST, token: 'another' }, desk.ports);
    expect(await desk.rollouts.gate(ROLLOUT, 1)).toEqual(before);
    expect([await desk.rollouts.tokenOf(ROLLOUT), await desk.story()]).toEqual(['another', ['approval-requested']]);
  });

  it.each([
    ['was closed', gate('closed')],
    ['was approved for another plan', gate('approved', { plan: plan({ hash: 'b'.repeat(64) }) })],
  ])('opens a gate anew that %s, with no decision of before', async (_what, standing) => {
    const desk = await deskWith();
    await desk.rollouts.saveGate(ROLLOUT, 1, standing);
    await requestRolloutApproval(REQUEST, desk.ports);
    expect(await desk.rollouts.gate(ROLLOUT, 1)).toMatchObject({ revision: 2, status: 'waiting', decisions: [] });
  });

  it('wakes the workflow at once where it was decided, or something else asked for, before it slept', async () => {
    const decided = await deskWith();
    await decided.rollouts.saveGate(ROLLOUT, 1, gate('approved'));
    await requestRolloutApproval(REQUEST, decided.ports);
    const paused = await deskWith();
    await paused.rollouts.ask(ROLLOUT, ask('pause'));
    await requestRolloutApproval(REQUEST, paused.ports);
    expect([decided.woken, paused.woken]).toEqual([['token'], ['token']]);
  });

  it('by an earlier run opens nothing, and does not take the place of what wakes the latest', async () => {
    const desk = await deskWith();
    await desk.takeOver();
    await expect(requestRolloutApproval(REQUEST, desk.ports)).rejects.toMatchObject(LOST);
    expect([await desk.rollouts.gate(ROLLOUT, 1), await desk.rollouts.tokenOf(ROLLOUT)]).toEqual([undefined, undefined]);
  });
});
