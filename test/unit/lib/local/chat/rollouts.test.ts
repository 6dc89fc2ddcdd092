import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../../../../lambdas/adapters/sqlite/threads.ts';
import { RolloutFile } from '../../../../../lambdas/contracts/rollout-file.ts';
import type { ThreadPorts } from '../../../../../lambdas/runtime/chat-ports.ts';
import { FollowingRollouts } from '../../../../../lib/local/chat/following-rollouts.ts';
import { LocalRollouts } from '../../../../../lib/local/chat/rollouts.ts';
import { addDatabase, clusterWith } from '../../../../../lib/simulator/fleets.ts';
import { rolloutsInVirtualTime } from '../../../../support/chat-rollouts.ts';
import { Lab } from '../../../../support/lab.ts';
import { RecordingChat } from '../../../../support/recording-chat.ts';

const ID = 'rol-night-20261201-0a1b2c3d';
const file = RolloutFile.parse({
  name: 'night',
  select: { databases: ['orders', 'carts'] },
  waves: { canary: 1, sizes: [1] },
  bake: { seconds: 0, samples: 1 },
});
const START = { rolloutId: ID, run: 0, file, planOnly: false };

/** Rollouts of a process whose canary is held where it begins. */
function desk() {
  const cluster = clusterWith();
  addDatabase(cluster, { id: 20, name: 'carts', masters: [1, 2], replicas: [2, 1] });
  const lab = new Lab(cluster);
  const store = new SqliteRolloutStore(':memory:', lab.clock);
  const world = { ...lab.ports(), rollouts: store, alarms: { raised: async () => [] }, clusters: ['lab'] };
  const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const settings = rolloutsInVirtualTime(lab, async (state) => {
    if (state !== 'Begin change') return;
    reached.resolve();
    await held.promise;
  });
  const logged: string[] = [];
  const log = (says: string) => void logged.push(says);
  const rollouts = new LocalRollouts(world, log, settings);
  const chat = new RecordingChat();
  const threads: ThreadPorts = {
    ...world,
    chat,
    threads: new SqliteThreads(':memory:'),
    links: { runbook: 'runbook.md', record: (changeId) => changeId, command: (words) => words },
    channel: 'C0',
  };
  return { lab, store, rollouts, logged, log, reached: reached.promise, release: held.resolve, chat, threads };
}

describe('rollouts of a process that is being stopped', () => {
  it('pause when what runs has ended, and go on with what is left in another process', async () => {
    const { store, rollouts, logged, reached, release, lab } = desk();
    await rollouts.start(START);
    await reached;
    const paused = rollouts.pauseAll();
    await expect.poll(() => store.asked(ID)).toMatchObject({ control: 'pause' });
    release();
    await paused;
    const states = async () => (await store.targets(ID)).map(({ state }) => state);
    expect([(await store.get(ID))?.status, await states(), rollouts.running]).toEqual(['paused', ['applied', 'waiting'], []]);
    expect(logged).toEqual([`rollout ${ID}: paused`]);
    const world = { ...lab.ports(), rollouts: store, alarms: { raised: async () => [] }, clusters: ['lab'] };
    const other = new LocalRollouts(
      world,
      () => {},
      rolloutsInVirtualTime(lab, async () => {}),
    );
    await store.ask(ID, { control: 'resume', by: 'carol', via: 'slack', at: lab.clock.now().toISOString() });
    await other.start({ rolloutId: ID, run: 1, planOnly: false });
    await expect.poll(async () => (await store.get(ID))?.outcome, { timeout: 10_000 }).toBe('completed');
  });

  it('are begun no longer', async () => {
    const { rollouts, store } = desk();
    await rollouts.pauseAll();
    await expect(rollouts.start(START)).rejects.toMatchObject({ name: 'ChangeCancelledError' });
    expect(await store.get(ID)).toBeUndefined();
  });
});

describe('starting a rollout', () => {
  it('again, while it runs or after it ran, begins nothing anew', async () => {
    const { rollouts, store, reached, release } = desk();
    await rollouts.start(START);
    await rollouts.start(START);
    await reached;
    const record = await store.get(ID);
    expect(record && (await rollouts.isRunning(record))).toBe(true);
    release();
    await expect.poll(() => rollouts.running, { timeout: 10_000 }).toEqual([]);
    await rollouts.start(START);
    expect([rollouts.running, (await store.get(ID))?.outcome]).toEqual([[], 'completed']);
  });
});

describe('following rollouts on one machine', () => {
  it('tells one that nobody started in chat in the common channel, and no more once everything is told', async () => {
    const { rollouts, release, threads, chat, log } = desk();
    const following = new FollowingRollouts(threads, log);
    await following.begin();
    release();
    await rollouts.start(START);
    await expect.poll(() => rollouts.running, { timeout: 10_000 }).toEqual([]);
    await following.look();
    const { length } = chat.calls;
    expect(chat.calls[0]).toBe('post C0');
    expect([...chat.messages.values()].map(({ text }) => text).at(-1)).toContain('completed');
    await following.look({ now: true });
    expect(chat.calls).toHaveLength(length);
  });

  it('leaves those alone that ended before it began and that nobody followed', async () => {
    const { rollouts, release, threads, chat, log } = desk();
    release();
    await rollouts.start(START);
    await expect.poll(() => rollouts.running, { timeout: 10_000 }).toEqual([]);
    const following = new FollowingRollouts(threads, log);
    await following.begin();
    await following.look();
    expect(chat.calls).toEqual([]);
  });
});
