import { describe, expect, it } from 'vitest';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import { CHANNEL, ChatLab, type ChatLabOptions, COMMON } from '../support/chat-lab.ts';
import { CENTRALIZE, sent } from '../support/lab.ts';
import { saidIn } from '../support/slack/channels.ts';
import { twoDatabases } from '../support/two-databases.ts';

const RULES = { approvers: ['bob', 'carol', 'alice'] };
const open = (options: Partial<ChatLabOptions> = {}) => ChatLab.open({ cluster: clusterWith(), gates: { rules: RULES }, ...options });

const hasButtons = ({ slack }: ChatLab): boolean =>
  slack.messages.some((message) => JSON.stringify(saidIn(message).blocks).includes('"actions"'));
const decisions = async ({ lab, begun }: ChatLab) =>
  ((await lab.store.get(begun.at(-1) ?? ''))?.timeline ?? []).flatMap((event) =>
    event.type === 'decision' ? [{ by: event.by, via: event.via, verdict: event.verdict, refused: event.refused !== undefined }] : [],
  );

/** alice asks for a change, and the thread asks for an approval. */
async function asked(chat: ChatLab, words = 'apply lab/orders --to distributed --reason "CHG-1234"') {
  const { length } = chat.begun;
  expect(await chat.asks(chat.alice, words)).toContain('on it');
  await chat.until(() => chat.begun.length > length);
  return chat.untilAsked();
}

describe('a change that is asked for in chat', () => {
  it('is planned, approved by another person, followed and proven in one thread', async () => {
    const chat = await open();
    const question = await asked(chat);
    expect(chat.told().join('\n')).toContain('rladmin bind db db:7 endpoint 7:1 policy all-master-shards');
    expect(chat.lab.writes).toEqual([]);
    expect(await chat.bob.presses(question.ts, 'approve')).toMatchObject({ status: 200, body: '' });
    await chat.untilTold('applied');
    expect(chat.lab.database.syncerMode).toBe('distributed');
    const [root = '', approval = '', progress = '', verdict = ''] = chat.told();
    expect(root).toContain('*lab/orders* → distributed: applied — asked by alice@example.com: CHG-1234');
    expect(approval).toMatch(/Approvals: 1 of 1[\s\S]*approved by bob/);
    expect(progress).toMatch(/Rebind policy: done[\s\S]*Tune syncer: done[\s\S]*Verify info: done; 6 samples/);
    expect(verdict).toMatch(/\*applied\*[\s\S]*samples: 6 of 6 good/);
    expect(hasButtons(chat)).toBe(false);
    expect(await decisions(chat)).toEqual([{ by: 'bob', via: 'slack', verdict: 'approve', refused: false }]);
  });

  it('keeps to its thread: one message in the channel, four in all, each edited at most once for each step', async () => {
    const chat = await open();
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await chat.untilTold('applied');
    expect(chat.slack.timeline(CHANNEL)).toHaveLength(1);
    expect(chat.slack.messages).toHaveLength(4);
    const steps = (await chat.lab.store.get(chat.begun[0] ?? ''))?.timeline.filter(({ type }) => type === 'step-started').length ?? 0;
    for (const { versions } of chat.slack.messages) expect(versions.length).toBeLessThanOrEqual(steps + 1);
  });

  it('ends rejected for the reason that is given in the form', async () => {
    const chat = await open();
    const question = await asked(chat);
    await chat.bob.presses(question.ts, 'reject');
    await chat.until(() => chat.bob.form);
    const form = chat.bob.form;
    if (!form) throw new Error('no form is open');
    expect(await chat.bob.submits(form, { reason: '  ' })).toMatchObject({ status: 200 });
    expect(form.errors).toMatchObject({ reason: expect.stringContaining('reason') });
    await chat.bob.submits(form, { reason: 'not <!channel> on a Friday' });
    await chat.untilTold('rejected');
    expect(chat.told().join('\n')).toContain('not <!channel> on a Friday');
    expect(JSON.stringify(chat.slack.calls)).not.toContain('not <!channel>');
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
  });

  it('ends expired when nobody decides in time, and its buttons are gone', async () => {
    const chat = await open();
    const question = await asked(chat);
    chat.lab.clock.advance(86_401);
    await chat.untilTold('expired');
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
    await expect(chat.bob.presses(question.ts, 'approve')).rejects.toThrow('there is no button');
  });

  it('is rolled back when it cannot be proven good, which the channel hears of too', async () => {
    const chat = await open({
      cluster: clusterWith({}, { faults: [{ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } }] }),
    });
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await chat.untilTold('rolled-back');
    expect(sent(chat.lab).at(-1)).toBe(CENTRALIZE);
    const verdict = chat.slack.timeline(CHANNEL).at(-1);
    expect(verdict?.isBroadcast).toBe(true);
    expect(JSON.stringify(verdict && saidIn(verdict))).toContain('https://runbook.example.com#rolled-back');
  });

  it('that needs an operator says so with the state of the database and what to do', async () => {
    const chat = await open({ cluster: clusterWith({}, { faults: [{ on: '^tune.*distributed', effect: { kind: 'no-effect' } }] }) });
    await chat.bob.presses((await asked(chat)).ts, 'approve');
    await chat.untilTold('needs-operator');
    const verdict = chat.told().at(-1) ?? '';
    expect(verdict).toContain('ChangeNotAppliedError');
    expect(verdict).toContain(`syncshift clear ${chat.begun[0]}`);
    expect(verdict).toContain('https://runbook.example.com#needs-operator');
    expect(await chat.lab.lock()).toBeDefined();
  });

  it('is cancelled at its gate by one word in chat', async () => {
    const chat = await open();
    await asked(chat);
    await chat.asks(chat.carol, `cancel ${chat.begun[0]} --reason "wrong database"`);
    await chat.untilTold('refused');
    expect(chat.whispersTo(chat.carol).at(-1)).toContain('is asked to stop');
    expect(chat.told().join('\n')).toMatch(/Stopped by\* carol:\s+> wrong database/);
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
  });

  it('goes on only after as many different people approved as are asked for', async () => {
    const chat = await open({ gates: { rules: { ...RULES, required: true, approvals: 2 } } });
    const question = await asked(chat);
    await chat.bob.presses(question.ts, 'approve');
    await chat.until(() => chat.told().join('\n').includes('1 of 2'));
    await chat.bob.presses(question.ts, 'approve');
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('it counts once'));
    expect(chat.lab.writes).toEqual([]);
    await chat.carol.presses(question.ts, 'approve');
    await chat.untilTold('applied');
    expect(chat.told().join('\n')).toMatch(/Approvals: 2 of 2[\s\S]*approved by bob[\s\S]*approved by carol/);
  });

  it('is not approved by whoever asked for it, and only that person is told', async () => {
    const chat = await open();
    const question = await asked(chat);
    const before = chat.told();
    await chat.alice.presses(question.ts, 'approve');
    await chat.until(() => chat.whispersTo(chat.alice).at(-1)?.includes('asked for it and may not approve it'));
    await chat.quiet();
    expect(chat.told()).toEqual(before);
    expect([chat.lab.writes, await decisions(chat)]).toEqual([[], [{ by: 'alice', via: 'slack', verdict: 'approve', refused: true }]]);
  });

  it('is not approved by somebody who is no approver; where none are named, the operators are', async () => {
    const chat = await open({ gates: {} });
    const question = await asked(chat);
    await chat.bob.presses(question.ts, 'approve');
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('not among the approvers'));
    await chat.carol.presses(question.ts, 'approve');
    await chat.untilTold('applied');
  });

  it('can be approved in another way as well, which its thread tells', async () => {
    const chat = await open();
    await asked(chat);
    const gate = await chat.lab.store.gate(chat.begun[0] ?? '');
    if (!gate) throw new Error('it has no gate');
    await chat.lab.decide(gate, 'bob');
    await chat.untilTold('applied');
    expect(chat.told().join('\n')).toContain('approved by bob');
  });
});

describe('the way back', () => {
  it('asks nobody, shows its plan and ends centralized', async () => {
    const chat = await open({ cluster: clusterWith({ syncerMode: 'distributed', policy: 'all-master-shards' }) });
    await chat.asks(chat.alice, 'rollback lab/orders');
    await chat.untilTold('applied');
    expect(sent(chat.lab)).toEqual([CENTRALIZE]);
    expect(chat.told()[1]).toContain(`rladmin ${CENTRALIZE}`);
  });
});

describe('a plan', () => {
  it('is shown in a thread to anybody of the workspace, and changes nothing', async () => {
    const chat = await open();
    await chat.asks(chat.bob, 'plan lab/orders --to distributed');
    await chat.untilTold('planned');
    expect(chat.told().join('\n')).toContain('rladmin tune db db:7 syncer_mode distributed');
    expect([chat.lab.writes, hasButtons(chat)]).toEqual([[], false]);
  });

  it('says what stands in the way', async () => {
    const chat = await open({ cluster: clusterWith({ masters: [2, 2], replicas: [3, 3] }) });
    await chat.asks(chat.alice, 'apply lab/orders --to distributed');
    await chat.untilTold('refused');
    expect(chat.told().join('\n')).toContain('placement leaves nothing to distribute to');
  });
});

describe('looking around', () => {
  it('shows a cluster in a thread', async () => {
    const chat = await open();
    await chat.asks(chat.bob, 'inspect lab');
    await chat.until(() => chat.slack.messages.length === 2);
    expect(chat.told()[0]).toContain('/syncshift inspect lab');
    expect(chat.told()[1]).toMatch(/orders +db:7 +C1/);
  });

  it('shows a large cluster as a summary, with the whole list as a file', async () => {
    const cluster = clusterWith();
    for (let id = 20; id < 80; id += 1) addDatabase(cluster, { id, name: `cache-${id}` });
    const chat = await open({ cluster });
    await chat.asks(chat.bob, 'inspect lab');
    await chat.until(() => chat.slack.messages.length > 1 && chat.slack.filesOf(CHANNEL, chat.root().ts).length === 1);
    expect(chat.told()[1]).toContain('61 databases');
    expect(chat.slack.filesOf(CHANNEL, chat.root().ts)[0]?.text).toMatch(/orders +db:7[\s\S]*cache-79 +db:79/);
  });

  it('says that there is no such database', async () => {
    const chat = await open();
    await chat.asks(chat.bob, 'inspect lab/nothing');
    await chat.until(() => chat.slack.messages.length === 2);
    expect(chat.told()[1]).toContain('has no database nothing');
  });

  it('tells one person how changes stand', async () => {
    const chat = await open();
    await asked(chat);
    await chat.asks(chat.bob, 'status');
    await chat.until(() =>
      chat
        .whispersTo(chat.bob)
        .at(-1)
        ?.includes(chat.begun[0] ?? '-'),
    );
    await chat.asks(chat.bob, `status ${chat.begun[0]}`);
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('waits for approval'));
    await chat.asks(chat.bob, 'status chg-unknown');
    await chat.until(() => chat.whispersTo(chat.bob).at(-1)?.includes('No change chg-unknown is on record'));
  });

  it('answers wrong words at once, with a suggestion and the usage', async () => {
    const chat = await open();
    expect(await chat.asks(chat.alice, 'aply lab/orders --to distributed')).toContain('Did you mean apply?');
    expect(await chat.asks(chat.alice, 'help')).toContain('inspect');
    await chat.quiet();
    expect(chat.slack.messages).toEqual([]);
  });
});

describe('several changes at once', () => {
  it('each stay in their own thread', async () => {
    const chat = await open({ cluster: twoDatabases() });
    const first = await asked(chat);
    const second = await asked(chat, 'apply lab/carts --to distributed --reason "CHG-2"');
    expect(second.ts).not.toBe(first.ts);
    await chat.bob.presses(second.ts, 'approve');
    await chat.untilTold('applied');
    expect(chat.told().join('\n')).not.toContain('orders');
    const other = chat.slack.textOf(CHANNEL, first.thread ?? '');
    expect(other).toContain('waits for approval');
    expect(other).not.toContain('carts');
  });
});

describe('a change that nobody asked for in chat', () => {
  it('is told in the common channel, where its approval is asked for', async () => {
    const chat = await open({ channel: COMMON });
    chat.begun.push('chg-nightly');
    const running = chat.lab.run({ requestedBy: 'alice', reason: 'schedule', approval: { required: true } }, undefined, 'chg-nightly');
    const question = await chat.untilAsked(COMMON);
    await chat.bob.presses(question.ts, 'approve');
    expect((await running).outcome).toBe('applied');
    await chat.untilTold('applied', COMMON);
    expect(chat.slack.timeline(CHANNEL)).toEqual([]);
  });

  it('is told nowhere when there is no such channel', async () => {
    const chat = await open();
    expect((await chat.lab.run({ requestedBy: 'alice' }, undefined, 'chg-nightly')).outcome).toBe('applied');
    await chat.quiet();
    expect(chat.slack.messages).toEqual([]);
  });
});
