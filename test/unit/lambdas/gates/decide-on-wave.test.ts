import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { Decision } from '../../../../lambdas/contracts/approval.ts';
import { decideRollout } from '../../../../lambdas/gates/decide-rollout.ts';
import type { WaitingWorkflow } from '../../../../lambdas/ports/waiting-workflow.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { Lab } from '../../../support/lab.ts';
import { AT, gateOf, ROLLOUT, type RolloutShape, rolloutAt } from '../../../support/rollout-story.ts';

const SHAPE: RolloutShape = {
  waves: [1, 3],
  stateOf: (position) => (position === 1 ? 'applied' : 'waiting'),
  record: { wave: 1, baked: 1 },
};
const CAROL: Decision = { by: 'carol', via: 'slack', verdict: 'approve', planHash: 'b'.repeat(64), ask: 'press-of-carol', at: AT };
const press = (ask: string, wave: number) =>
  ({ rolloutId: ROLLOUT, identity: { id: 'bob', via: 'slack' }, verdict: 'approve', planHash: 'b'.repeat(64), ask, wave }) as const;

/** A rollout whose first wave was approved by carol and has passed, and that asks about its second. */
async function desk() {
  const lab = new Lab(clusterWith());
  const rollouts = new SqliteRolloutStore(':memory:', lab.clock);
  const { record, targets } = rolloutAt(SHAPE);
  await rollouts.open(record.request, record.holder);
  await rollouts.save({ ...record, revision: 2 });
  await rollouts.placeTargets(ROLLOUT, targets);
  await rollouts.saveGate(ROLLOUT, 1, gateOf(1, SHAPE, { status: 'approved', decisions: [CAROL] }));
  await rollouts.saveGate(ROLLOUT, 2, gateOf(2, SHAPE));
  await rollouts.keepToken(ROLLOUT, 'token');
  const woken: string[] = [];
  const waiting: WaitingWorkflow = {
    wake: async (token) => {
      woken.push(token);
      return true;
    },
    stop: async () => {},
  };
  return { rollouts, woken, ports: { ...lab.ports(), rollouts, waiting } };
}

describe('a decision on a wave', () => {
  it('at the question before it counts', async () => {
    const { rollouts, ports } = await desk();
    expect(await decideRollout(ports, press('press-of-bob', 2))).toMatchObject({ accepted: true });
    expect((await rollouts.gate(ROLLOUT, 2))?.decisions).toMatchObject([{ by: 'bob' }]);
  });

  it('at the question before an earlier wave lets nothing through, although it names the same plan', async () => {
    const { rollouts, ports } = await desk();
    expect(await decideRollout(ports, press('press-of-bob', 1))).toEqual({
      accepted: false,
      says: expect.stringMatching(/approved already, by carol/),
    });
    expect((await rollouts.gate(ROLLOUT, 2))?.decisions).toEqual([]);
  });

  it('that was counted when it came before is counted once, and wakes the workflow that may not have heard of it', async () => {
    const { rollouts, woken, ports } = await desk();
    expect(await decideRollout(ports, press('press-of-carol', 1))).toMatchObject({ accepted: true });
    expect([woken, (await rollouts.gate(ROLLOUT, 2))?.decisions]).toEqual([['token'], []]);
  });
});
