import { describe, expect, it } from 'vitest';
import { SqliteRolloutStore } from '../../../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../../../lambdas/adapters/sqlite/threads.ts';
import { work } from '../../../../lambdas/chatops/work.ts';
import type { ChatCommand, CommandTask, DecisionTask, RolloutAsk } from '../../../../lambdas/contracts/chat-task.ts';
import { StepError } from '../../../../lambdas/contracts/errors.ts';
import type { ChangeRequestInput } from '../../../../lambdas/contracts/request.ts';
import { RolloutFile } from '../../../../lambdas/contracts/rollout-file.ts';
import type { OpenRolloutInput } from '../../../../lambdas/contracts/rollout-steps.ts';
import type { ChatPorts } from '../../../../lambdas/runtime/chat-ports.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { gates } from '../../../support/gates.ts';
import { Lab } from '../../../support/lab.ts';
import { RecordingChat } from '../../../support/recording-chat.ts';
import { LINKS } from './render/stories.ts';

const APPLY: ChatCommand = {
  verb: 'apply',
  target: { cluster: 'lab', database: 'orders' },
  wanted: { syncerMode: 'distributed' },
  reason: 'CHG-1',
};
/** As somebody has configured it, in few words. */
const EU_NIGHT = RolloutFile.parse({ name: 'eu-night', select: { clusters: ['*'] }, gates: { approve: ['after-canary'] } });

const task = (command: ChatCommand = APPLY, id = 'a'): CommandTask => ({
  kind: 'command',
  id: id.repeat(32),
  user: 'U0ALICE',
  channel: 'C0',
  at: '2026-12-01T23:59:59Z',
  words: command.verb,
  command,
  responseUrl: 'https://hooks.slack.com/commands/T0/1/planted',
});

const PRESS: DecisionTask = {
  kind: 'decision',
  id: 'b'.repeat(32),
  user: 'U0ALICE',
  channel: 'C0',
  at: '2026-12-01T23:59:59Z',
  message: '1.0',
  verdict: 'approve',
  changeId: 'chg-1',
  planHash: 'f'.repeat(64),
};

function desk(how: Partial<ChatPorts> = {}) {
  const chat = new RecordingChat();
  const started: [string, ChangeRequestInput][] = [];
  const begun: OpenRolloutInput[] = [];
  const lab = new Lab(clusterWith());
  const ports: ChatPorts = {
    ...lab.ports(),
    chat,
    threads: new SqliteThreads(':memory:'),
    links: LINKS,
    settings: { team: 'T0', operators: ['alice@example.com'] },
    clusters: ['lab'],
    rollouts: new SqliteRolloutStore(':memory:', lab.clock),
    starter: { start: async (changeId, request) => void started.push([changeId, request]) },
    rolloutStarter: { start: async (input) => void begun.push(input), isRunning: async () => true },
    rolloutFiles: { names: ['eu-night'], read: async () => EU_NIGHT },
    inspector: { inspect: async () => ({ cluster: 'lab', databases: [] }) },
    ...how,
  };
  return { chat, started, begun, ports };
}

describe('a task from chat', () => {
  it('is done once, whoever delivers it again', async () => {
    const { chat, started, ports } = desk();
    await work(task(), 'first delivery', ports);
    await work(task(), 'second delivery', ports);
    expect([started.length, chat.calls.filter((call) => call.startsWith('post')).length]).toEqual([1, 1]);
  });

  it('that failed goes on when the same delivery is repeated: one thread, one change', async () => {
    const { chat, started, ports } = desk();
    let isUp = false;
    const starter: ChatPorts['starter'] = {
      start: async (...change) => {
        if (!isUp) throw new Error('throttled');
        started.push(change);
      },
    };
    await expect(work(task(), 'delivery', { ...ports, starter })).rejects.toThrow('throttled');
    expect(chat.answers).toEqual([expect.stringContaining('It is tried a few times')]);
    isUp = true;
    await work(task(), 'delivery', { ...ports, starter });
    expect([started.length, chat.messages.size]).toEqual([1, 1]);
  });

  it('that can never be done in this channel is answered, and not repeated', async () => {
    const { chat, started, ports } = desk();
    chat.failures.post = ['never'];
    await work(task(), 'delivery', ports);
    expect([started, chat.answers]).toEqual([[], [expect.stringContaining('That cannot be done')]]);
  });
});

describe('trouble', () => {
  it('that no repetition helps against is said once, and the thread tells that nothing began', async () => {
    const refusing = { start: async () => Promise.reject(new StepError('InvalidInputError', 'it is the name of another change')) };
    const { chat, ports } = desk({ starter: refusing });
    await work(task(), 'delivery', ports);
    expect(chat.answers).toEqual(['That cannot be done: it is the name of another change.']);
    expect(chat.messages.get('1.0')?.text).toContain('could not be started: it is the name of another change');
  });

  it('of others is told by its name alone, which may hold what is none of a person’s business', async () => {
    const failing = { start: async () => Promise.reject(new Error('User: arn:aws:sts::111111111111:assumed-role/x is not authorized')) };
    const { chat, ports } = desk({ starter: failing });
    await expect(work(task(), 'delivery', ports)).rejects.toThrow('not authorized');
    expect(chat.answers.join()).not.toContain('arn:');
  });

  it.each(['later', 'never'] as const)('with a press is told to the one who pressed, when it may pass %s', async (failure) => {
    const { chat, ports } = desk();
    await ports.threads.saveThread('chg-1', {
      revision: 1,
      root: { channel: 'C0', ts: '1.0' },
      told: { approval: { ts: '2.0', digest: 'd' } },
      shared: [],
    });
    chat.failures.user = [failure];
    const worked = work({ ...PRESS, message: '2.0' }, 'delivery', ports).then(
      () => 'done',
      () => 'repeated',
    );
    expect(await worked).toBe(failure === 'later' ? 'repeated' : 'done');
    expect(chat.answers).toEqual([expect.stringContaining(failure === 'later' ? 'did not work yet' : 'cannot be done')]);
  });
});

describe('a change that is asked for', () => {
  it('needs an approval on its way to distributed, whatever its cluster asks for, in the name of the one who asked', async () => {
    const { started, ports } = desk();
    await work(task(), 'delivery', ports);
    expect(started).toEqual([
      [
        'chg-orders-20261201-aaaaaaaa',
        { target: APPLY.target, wanted: APPLY.wanted, requestedBy: 'alice@example.com', reason: 'CHG-1', approval: { required: true } },
      ],
    ]);
  });

  it('needs none on its way back', async () => {
    const { started, ports } = desk();
    await work(task({ verb: 'rollback', target: APPLY.target, wanted: { syncerMode: 'centralized' } }), 'delivery', ports);
    expect(started[0]?.[1]).toEqual({ target: APPLY.target, wanted: { syncerMode: 'centralized' }, requestedBy: 'alice@example.com' });
  });

  it('of a cluster that is not configured is not begun', async () => {
    const { chat, started, ports } = desk();
    await work(task({ ...APPLY, target: { cluster: 'lap', database: 'orders' } }), 'delivery', ports);
    expect([started, chat.messages.size]).toEqual([[], 0]);
    expect(chat.answers).toEqual(['Nothing was started: no cluster lap is configured; there is lab.']);
  });

  it('that does not fit the configured defaults is refused before it has a thread', async () => {
    const { chat, started, ports } = desk({ defaults: { verification: { samples: 60, intervalSeconds: 60, deadlineSeconds: 1 } } });
    await work(task(), 'delivery', ports);
    expect([started, chat.messages.size]).toEqual([[], 0]);
    expect(chat.answers[0]).toContain('verification.deadlineSeconds');
  });
});

describe('a look at a cluster', () => {
  it('that cannot be read is answered in its thread', async () => {
    const inspect = async () => Promise.reject(new StepError('ClusterUnreachableError', 'no answer <!channel>'));
    const { chat, ports } = desk({ inspector: { inspect } });
    await work(task({ verb: 'inspect', cluster: 'lab' }), 'delivery', ports);
    expect([...chat.messages.values()].at(-1)?.text).toBe('Could not be read: no answer &lt;!channel&gt; (ClusterUnreachableError)');
  });

  it('that failed for another reason is repeated', async () => {
    const { ports } = desk({ inspector: { inspect: async () => Promise.reject(new Error('throttled')) } });
    await expect(work(task({ verb: 'inspect', cluster: 'lab' }), 'delivery', ports)).rejects.toThrow('throttled');
  });
});

describe('a press', () => {
  it('of a message that is not the approval message of its change decides nothing', async () => {
    const { chat, ports } = desk();
    await work(PRESS, 'delivery', ports);
    expect(chat.answers).toEqual(['This is not the approval message of that change or rollout: nothing was decided.']);
  });

  const told = (approval?: string) => ({
    revision: 1,
    root: { channel: 'C0', ts: '1.0' },
    told: approval === undefined ? {} : { approval: { ts: approval, digest: 'd' } },
    shared: [],
  });

  it('of an older copy of the question decides nothing, and takes its buttons away', async () => {
    const { chat, ports } = desk();
    await ports.threads.saveThread('chg-1', told('3.0'));
    await work({ ...PRESS, message: '2.0' }, 'delivery', ports);
    expect(chat.answers).toEqual([expect.stringContaining('An older copy of the question')]);
    expect(chat.messages.get('2.0')).toEqual({ text: expect.stringContaining('An older copy'), blocks: [] });
  });

  it('within the moment in which its message is noted decides nothing, and says so', async () => {
    const { chat, ports } = desk();
    await ports.threads.saveThread('chg-1', told());
    await work({ ...PRESS, message: '2.0' }, 'delivery', ports);
    expect(chat.answers).toEqual([expect.stringContaining('press again')]);
    expect(chat.messages.size).toBe(0);
  });
});

describe('an operator', () => {
  it.each(['alice', 'alice@example.com', 'a.lice@example.com'])(
    'may be named by %s, whatever else the person is called',
    async (operator) => {
      const people = { alice: ['alice@example.com', 'a.lice@example.com'] };
      const { started, ports } = desk({ settings: { team: 'T0', operators: [operator] }, gates: gates({ people }) });
      await work(task(), 'delivery', ports);
      expect(started).toHaveLength(1);
    },
  );
});

describe('a rollout that is asked for', () => {
  const ask = (words: RolloutAsk): ChatCommand => ({ verb: 'rollout', ask: words });
  const START = ask({ action: 'start', name: 'eu-night', reason: 'CHG-9' });

  it('asks for its approval whatever its file says, in the name of the one who asked', async () => {
    const { begun, chat, ports } = desk();
    await work(task(START), 'delivery', ports);
    expect(begun).toEqual([
      {
        rolloutId: 'rol-eu-night-20261201-aaaaaaaa',
        run: 0,
        planOnly: false,
        file: {
          ...EU_NIGHT,
          requestedBy: 'alice@example.com',
          reason: 'CHG-9',
          gates: { ...EU_NIGHT.gates, approve: ['rollout', 'after-canary'] },
        },
      },
    ]);
    expect(chat.messages.get('1.0')?.text).toBe(
      ':hourglass_flowing_sand: Rollout *eu-night* → distributed: starting — asked by alice@example.com: CHG-9',
    );
  });

  it('asks nobody on the way back unless its file does', async () => {
    const back = RolloutFile.parse({ ...EU_NIGHT, wanted: { syncerMode: 'centralized' }, onStop: 'stop', gates: {} });
    const { begun, ports } = desk({ rolloutFiles: { names: ['eu-night'], read: async () => back } });
    await work(task(START), 'delivery', ports);
    expect(begun[0]?.file).toMatchObject({ gates: { approve: [] } });
  });

  it('under a name that is not configured is not begun', async () => {
    const { begun, chat, ports } = desk();
    await work(task(ask({ action: 'start', name: 'eu-nigth<!here>' })), 'delivery', ports);
    expect([begun, chat.messages.size]).toEqual([[], 0]);
    expect(chat.answers).toEqual(['Nothing was started: no rollout eu-nigth&lt;!here&gt; is configured; there is eu-night.']);
  });

  it.each([START, ask({ action: 'plan', name: 'eu-night' }), ask({ action: 'control', control: 'abort', rolloutId: 'rol-1' })])(
    'or steered, is for operators only: %j',
    async (command) => {
      const { begun, chat, ports } = desk({ settings: { team: 'T0', operators: ['carol'] } });
      await work(task(command), 'delivery', ports);
      expect([begun, chat.messages.size]).toEqual([[], 0]);
      expect(chat.answers).toEqual([expect.stringContaining('alice@example.com is not among the operators')]);
    },
  );

  it('that cannot be started says so in its thread', async () => {
    const refusing = { start: async () => Promise.reject(new StepError('InvalidInputError', 'taken')), isRunning: async () => false };
    const { chat, ports } = desk({ rolloutStarter: refusing });
    await work(task(START), 'delivery', ports);
    expect(chat.messages.get('1.0')?.text).toContain('could not be started: taken');
    expect(chat.answers).toEqual(['That cannot be done: taken.']);
  });

  it('whose file cannot be read is not begun', async () => {
    const read = async () => Promise.reject(new StepError('InvalidInputError', 'eu.yaml:3:5: expected a number'));
    const { begun, chat, ports } = desk({ rolloutFiles: { names: ['eu-night'], read } });
    await work(task(START), 'delivery', ports);
    expect([begun, chat.messages.size, chat.answers]).toEqual([[], 0, ['That cannot be done: eu.yaml:3:5: expected a number.']]);
  });

  it.each([ask({ action: 'show', rolloutId: 'rol-unknown' }), ask({ action: 'control', control: 'pause', rolloutId: 'rol-unknown' })])(
    'about and is not on record, is answered: %j',
    async (command) => {
      const { chat, ports } = desk();
      await work(task(command), 'delivery', ports);
      expect(chat.answers).toEqual(['No rollout rol-unknown is on record.']);
    },
  );
});
