import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../../../lambdas/adapters/sqlite/threads.ts';
import { WAVES_TOLD } from '../../../../lambdas/chatops/render/rollout/thread.ts';
import { tellRolloutThread } from '../../../../lambdas/chatops/rollout-thread.ts';
import type { ThreadPorts } from '../../../../lambdas/runtime/chat-ports.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { Lab } from '../../../support/lab.ts';
import { RecordingChat } from '../../../support/recording-chat.ts';
import { gateOf, ROLLOUT, type RolloutShape, rolloutAt } from '../../../support/rollout-story.ts';
import { LINKS } from './render/stories.ts';

/** A rollout of forty waves on record. */
async function desk(planOnly = false) {
  const shape: RolloutShape = { waves: Array.from({ length: 40 }, () => 2), stateOf: () => 'applied' };
  const { store, clock } = new Lab(clusterWith());
  const rollouts = new SqliteRolloutStore(':memory:', clock);
  const { record, targets } = rolloutAt(shape);
  await rollouts.open({ ...record.request, planOnly }, record.holder);
  await rollouts.placeTargets(ROLLOUT, targets);
  const chat = new RecordingChat();
  const ports: ThreadPorts = { store, rollouts, chat, threads: new SqliteThreads(':memory:'), links: LINKS, channel: 'C0' };
  const reach = async (wave: number) => {
    const standing = (await rollouts.get(ROLLOUT)) ?? expect.unreachable();
    await rollouts.save({ ...record, request: standing.request, revision: standing.revision + 1, wave, baked: wave - 1 });
  };
  const waveParts = async () => Object.keys((await ports.threads.threadOf(ROLLOUT))?.told ?? {}).filter((part) => part.startsWith('wave-'));
  return { shape, rollouts, chat, ports, reach, waveParts };
}

describe('the thread of a rollout', () => {
  it('costs no call when nothing has changed since, and shares its plan once', async () => {
    const { chat, ports, reach, rollouts, shape } = await desk();
    await reach(1);
    await rollouts.saveGate(ROLLOUT, 1, gateOf(1, shape));
    await rollouts.append(ROLLOUT, { type: 'approval-requested', wave: 1 });
    await tellRolloutThread(ROLLOUT, ports);
    expect(chat.calls).toEqual(['post C0', 'post 1.0', 'post 1.0', `share ${ROLLOUT}-plan.txt`]);
    await tellRolloutThread(ROLLOUT, ports);
    expect(chat.calls).toHaveLength(4);
  });

  it('edits what has changed, and posts a wave when it begins', async () => {
    const { chat, ports, reach } = await desk();
    await reach(1);
    await tellRolloutThread(ROLLOUT, ports);
    const { length } = chat.calls;
    await reach(2);
    await tellRolloutThread(ROLLOUT, ports);
    expect(chat.calls.slice(length)).toEqual(['edit 1.0', 'edit 2.0', 'post 1.0']);
  });

  it('leaves waves alone that lie far behind, and remembers no more of them', async () => {
    const { chat, ports, reach, waveParts } = await desk();
    await reach(10);
    await tellRolloutThread(ROLLOUT, ports);
    expect(await waveParts()).toHaveLength(10);
    await reach(40);
    await tellRolloutThread(ROLLOUT, ports);
    expect(chat.messages.size).toBe(1 + 10 + WAVES_TOLD);
    await reach(40);
    await tellRolloutThread(ROLLOUT, ports);
    expect(await waveParts()).toHaveLength(WAVES_TOLD);
    expect(chat.messages.size).toBe(1 + 10 + WAVES_TOLD);
  });

  it('is nowhere for a plan that nobody asked for in chat, nor without a channel, nor for what is not on record', async () => {
    const planned = await desk(true);
    await tellRolloutThread(ROLLOUT, planned.ports);
    const { chat, ports } = await desk();
    const { channel: _, ...without } = ports;
    await tellRolloutThread(ROLLOUT, without);
    await tellRolloutThread('rol-unknown', ports);
    expect([planned.chat.calls, chat.calls]).toEqual([[], []]);
  });
});
