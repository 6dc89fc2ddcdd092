import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../../../../lambdas/adapters/sqlite/threads.ts';
import type { CommandTask } from '../../../../../lambdas/contracts/chat-task.ts';
import type { ChatPorts } from '../../../../../lambdas/runtime/chat-ports.ts';
import { LocalChanges } from '../../../../../lib/local/chat/changes.ts';
import { Following } from '../../../../../lib/local/chat/following.ts';
import { LocalTasks } from '../../../../../lib/local/chat/tasks.ts';
import { clusterWith } from '../../../../../lib/simulator/fleets.ts';
import { Lab } from '../../../../support/lab.ts';
import { RecordingChat } from '../../../../support/recording-chat.ts';

const STATUS: CommandTask = {
  kind: 'command',
  id: 'a'.repeat(32),
  user: 'U0ALICE',
  channel: 'C0',
  at: '2026-12-01T02:00:00Z',
  words: 'status',
  command: { verb: 'status' },
  responseUrl: 'https://hooks.slack.com/commands/T0/1/planted',
};

function desk() {
  const chat = new RecordingChat();
  const lab = new Lab(clusterWith());
  const logged: string[] = [];
  const log = (says: string) => void logged.push(says);
  const changes = new LocalChanges(lab.ports(), log);
  const ports: ChatPorts = {
    ...lab.ports(),
    chat,
    threads: new SqliteThreads(':memory:'),
    links: { runbook: 'runbook.md', record: (changeId) => changeId, command: (words) => words },
    channel: 'C0',
    settings: { team: 'T0', operators: ['alice@example.com'] },
    clusters: ['lab'],
    rollouts: new SqliteRolloutStore(':memory:', lab.clock),
    starter: changes,
    rolloutStarter: { start: async () => {}, isRunning: async () => false },
    rolloutFiles: { names: [], read: () => Promise.reject(new Error('there are no rollouts')) },
    inspector: { inspect: async () => ({ cluster: 'lab', databases: [] }) },
  };
  return { chat, lab, logged, log, changes, ports };
}

describe('changes of a process that is being stopped', () => {
  it('are begun no longer', async () => {
    const { lab, changes } = desk();
    await changes.stopAll();
    const request = { target: { cluster: 'lab', database: 'orders' }, wanted: { syncerMode: 'distributed' } } as const;
    await expect(changes.start('chg-late', request)).rejects.toMatchObject({ name: 'ChangeCancelledError' });
    expect([changes.running, lab.writes]).toEqual([[], []]);
  });
});

describe('tasks of a process that is being stopped', () => {
  it('are taken up no longer, and those that wait for another try are given up', async () => {
    const { chat, ports, log, logged } = desk();
    chat.failures.user = ['later', 'later'];
    const never = new Promise<void>(() => undefined);
    const tasks = new LocalTasks(() => ports, { sleep: () => never }, log);
    await tasks.handOver(STATUS);
    await expect.poll(() => logged.join()).toContain('tried again in 2 s');
    await tasks.close();
    expect(logged.at(-1)).toContain('given up');
    await expect(tasks.handOver({ ...STATUS, id: 'b'.repeat(32) })).rejects.toThrow('being stopped');
  });
});

describe('following changes on one machine', () => {
  it('goes on after a fault in one thread, says it once, and tells the others', async () => {
    const { lab, ports, logged, log } = desk();
    await lab.run({ requestedBy: 'alice' }, undefined, 'chg-broken');
    await lab.run({ requestedBy: 'alice', wanted: { syncerMode: 'centralized' } }, undefined, 'chg-whole');
    const get = lab.store.get.bind(lab.store);
    lab.store.get = async (changeId) => {
      const record = await get(changeId);
      return changeId === 'chg-broken' && record
        ? ({ ...record, report: { ...record.report, outcome: 'of a newer version' } } as never)
        : record;
    };
    const following = new Following(ports, log);
    await following.look();
    await following.look();
    expect(logged.filter((line) => line.includes('chg-broken'))).toHaveLength(1);
    expect(await ports.threads.threadOf('chg-whole')).toMatchObject({ told: { verdict: expect.anything() } });
  });

  it('tells that a lock was cleared, after the change has ended', async () => {
    const { lab, chat, ports, log } = desk();
    lab.cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'no-effect' } });
    await lab.run({ requestedBy: 'alice' }, undefined, 'chg-needy');
    const following = new Following(ports, log);
    await following.look();
    const said = () => [...chat.messages.values()].map(({ blocks }) => JSON.stringify(blocks)).join('\n');
    expect(said()).toContain('The lock is kept');
    await lab.store.clear('chg-needy', 'erin');
    await following.look();
    expect(said()).not.toContain('The lock is kept');
    expect(said()).toContain('lock cleared by erin');
  });

  it('leaves changes alone that ended before it began and that nobody followed', async () => {
    const { lab, chat, ports, log } = desk();
    await lab.run({ requestedBy: 'alice' }, undefined, 'chg-old');
    const following = new Following(ports, log);
    await following.begin();
    await following.look();
    expect(chat.calls).toEqual([]);
  });
});
