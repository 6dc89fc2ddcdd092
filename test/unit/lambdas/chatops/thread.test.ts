import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../../../lambdas/adapters/sqlite/threads.ts';
import { follow, type Tell } from '../../../../lambdas/chatops/follow.ts';
import { tellThread } from '../../../../lambdas/chatops/thread.ts';
import type { ThreadPorts } from '../../../../lambdas/runtime/chat-ports.ts';
import { addDatabase, clusterWith } from '../../../../lib/simulator/fleets.ts';
import { Lab } from '../../../support/lab.ts';
import { RecordingChat } from '../../../support/recording-chat.ts';
import { LINKS } from './render/stories.ts';

const CHANGE = 'chg-orders';

/** A change that was applied, and nobody was told of yet. */
async function applied(changeIds = [CHANGE]) {
  const cluster = clusterWith();
  addDatabase(cluster, { id: 12, name: 'carts', masters: [1, 2, 3], replicas: [2, 3, 1] });
  const lab = new Lab(cluster);
  for (const [at, changeId] of changeIds.entries())
    await lab.run({ requestedBy: 'alice', target: { cluster: 'lab', database: at === 0 ? 'orders' : 'carts' } }, undefined, changeId);
  const chat = new RecordingChat();
  const threads = new SqliteThreads(':memory:');
  const rollouts = new SqliteRolloutStore(':memory:', lab.clock);
  const ports: ThreadPorts = { store: lab.store, rollouts, chat, threads, links: LINKS, channel: 'C0' };
  const said = () => [...chat.messages.values()].map(({ text }) => text);
  return { lab, chat, threads, ports, said };
}

describe('the thread of a change', () => {
  it('is told in as many messages as it has parts, and in no call more when nothing has changed since', async () => {
    const { chat, ports } = await applied();
    await tellThread(CHANGE, ports);
    expect(chat.calls).toEqual(['post C0', 'post 1.0', 'post 1.0', 'post 1.0']);
    await tellThread(CHANGE, ports);
    expect(chat.calls).toHaveLength(4);
  });

  it('that broke off goes on with what is missing, and posts nothing twice', async () => {
    const { chat, ports, said } = await applied();
    chat.failures.post = [undefined, undefined, 'later'];
    await expect(tellThread(CHANGE, ports)).rejects.toMatchObject({ failure: 'later' });
    expect(said()).toHaveLength(2);
    await tellThread(CHANGE, ports);
    expect(said()).toHaveLength(4);
    expect(new Set(said()).size).toBe(4);
  });

  it('is told in words alone where Slack does not take a layout', async () => {
    const { chat, ports } = await applied();
    chat.failures.post = [undefined, 'never'];
    await tellThread(CHANGE, ports);
    const [root, plan, progress] = [...chat.messages.values()];
    expect([root?.blocks.length === 0, plan?.blocks.length === 0, progress?.blocks.length === 0]).toEqual([false, true, false]);
    expect(plan?.text).toContain('orders');
  });

  it('posts a message anew that somebody deleted, and leaves the first one be', async () => {
    const { lab, chat, ports } = await applied();
    await tellThread(CHANGE, ports);
    const { length } = chat.calls;
    // What is on record by now makes every message say something else.
    const record = lab.store.get.bind(lab.store);
    lab.store.get = async (changeId) => {
      const found = await record(changeId);
      return found && { ...found, request: { ...found.request, target: { cluster: 'lab', database: 'renamed' }, requestedBy: 'bob' } };
    };
    chat.failures.edit = ['gone', 'gone'];
    await tellThread(CHANGE, ports);
    expect(chat.calls.slice(length)).toEqual(['edit 1.0', 'edit 2.0', 'post 1.0', 'edit 3.0', 'edit 4.0']);
    await tellThread(CHANGE, ports);
    expect(chat.calls.slice(length + 5)).toEqual([]);
  });

  it('that somebody else tells at the same moment is left to the next look', async () => {
    const { ports, threads } = await applied();
    await tellThread(CHANGE, {
      ...ports,
      threads: {
        threadOf: (id) => threads.threadOf(id),
        claimTask: async () => true,
        saveThread: async (id, thread) => thread.revision === 1 && threads.saveThread(id, thread),
      },
    }).then(
      () => expect.unreachable(),
      (error: unknown) => expect(error).toMatchObject({ name: 'ChatError', failure: 'later' }),
    );
  });

  it('is nowhere when nobody asked for it in chat and no channel is configured', async () => {
    const { chat, ports } = await applied();
    const { channel: _, ...without } = ports;
    await tellThread(CHANGE, without);
    expect(chat.calls).toEqual([]);
  });

  it('is nothing for a change that is not on record', async () => {
    const { chat, ports } = await applied();
    await tellThread('chg-unknown', ports);
    expect(chat.calls).toEqual([]);
  });
});

describe('following changes', () => {
  const enough = () => 120_000;
  const both = new Map<string, Tell>([
    ['chg-orders', tellThread],
    ['chg-carts', tellThread],
  ]);

  it('tells every change', async () => {
    const { ports, said } = await applied([...both.keys()]);
    await follow(both, ports, enough);
    expect(said()).toHaveLength(8);
  });

  it('that cannot be told in one channel tells the others, and does not ask to be repeated', async () => {
    const { chat, ports, said } = await applied([...both.keys()]);
    chat.failures.post = ['never'];
    await follow(both, ports, enough);
    expect(said()).toHaveLength(4);
  });

  it('that meets a fault of ours in one thread tells the others, and does not ask to be repeated', async () => {
    const { lab, ports, said } = await applied([...both.keys()]);
    const get = lab.store.get.bind(lab.store);
    lab.store.get = async (changeId) => {
      const record = await get(changeId);
      return changeId === 'chg-orders' && record ? ({ ...record, timeline: undefined } as never) : record;
    };
    await follow(both, ports, enough);
    expect(said()).toHaveLength(4);
  });

  it('asks to be repeated when the record cannot be read, after it tried to tell the others', async () => {
    const { lab, ports, said } = await applied([...both.keys()]);
    const get = lab.store.get.bind(lab.store);
    lab.store.get = async (changeId) => (changeId === 'chg-orders' ? Promise.reject(new Error('throttled')) : get(changeId));
    await expect(follow(both, ports, enough)).rejects.toThrow('throttled');
    expect(said()).toHaveLength(4);
  });

  it('shares a file that does not fit last of all, and what cannot be shared keeps no message back', async () => {
    const { chat, lab, ports, said } = await applied();
    const get = lab.store.get.bind(lab.store);
    const steps = Array.from({ length: 400 }, (_, at) => ({
      name: 'Rebind policy',
      command: `bind db db:7 endpoint 7:${at + 1} policy all-nodes`,
    }));
    lab.store.get = async (changeId) => {
      const record = await get(changeId);
      const timeline = record?.timeline.map((event) => (event.type === 'plan' ? { ...event, plan: { ...event.plan, steps } } : event));
      return record && { ...record, ...(timeline && { timeline }) };
    };
    chat.failures.share = ['later'];
    await expect(tellThread(CHANGE, ports)).rejects.toMatchObject({ failure: 'never' });
    expect(said()).toHaveLength(4);
    await tellThread(CHANGE, ports);
    await tellThread(CHANGE, ports);
    expect(chat.files.map(({ text }) => text.includes('endpoint 7:400'))).toEqual([true]);
  });

  it('begins no thread that it may have no time to tell, and asks to be repeated', async () => {
    const { ports, said } = await applied([...both.keys()]);
    const left = [120_000, 59_000];
    await expect(follow(both, ports, () => left.shift() ?? 0)).rejects.toMatchObject({ failure: 'later' });
    expect(said()).toHaveLength(4);
    await follow(both, ports, enough);
    expect(said()).toHaveLength(8);
  });

  it('asks to be repeated while the chat takes no messages, after it tried to tell the others', async () => {
    const { chat, ports, said } = await applied([...both.keys()]);
    chat.failures.post = ['later'];
    await expect(follow(both, ports, enough)).rejects.toMatchObject({ name: 'ChatError', failure: 'later' });
    expect(said()).toHaveLength(4);
    await follow(both, ports, enough);
    expect(said()).toHaveLength(8);
  });
});
