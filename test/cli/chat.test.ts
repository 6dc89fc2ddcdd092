import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Message, saidIn, visibleIn } from '../support/slack/channels.ts';
import type { Person } from '../support/slack/person.ts';
import { SlackWorkspace } from '../support/slack/workspace.ts';
import { type Ended, type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const CHANNEL = 'C012AB3CD';
const SECRETS = { SLACK_SECRET: 'planted-signing-secret', SLACK_TOKEN: 'xoxb-planted-token' };
const PATIENT = { timeout: 20_000, interval: 50 };

interface Chat {
  readonly slack: SlackWorkspace;
  readonly alice: Person;
  readonly bob: Person;
  readonly workplace: Workplace;
  told(): string[];
  question(): Promise<Message>;
  stop(): Promise<Ended>;
}

const slackSettings = (apiUrl: string) => ({
  team: 'T012AB3C4',
  credentials: { signingSecretEnv: 'SLACK_SECRET', botTokenEnv: 'SLACK_TOKEN' },
  operators: ['alice@example.com'],
  apiUrl,
});

/** A workplace whose configuration knows this Slack. */
function configured(slack: SlackWorkspace, channel: string | undefined): Workplace {
  const workplace = at();
  const configuration = JSON.parse(workplace.configuration()) as { clusters: { lab: object } };
  workplace.configure({
    ...configuration,
    clusters: { lab: { ...configuration.clusters.lab, approval: { approvers: ['alice@example.com', 'bob@example.com'] } } },
    chat: { slack: { ...slackSettings(slack.apiUrl), channel } },
  });
  return workplace;
}

/** `syncshift chat` in a process of its own, and a stand-in for Slack that it talks to. */
async function chatting(channel?: string): Promise<Chat> {
  const slack = await SlackWorkspace.open({ team: 'T012AB3C4', botToken: SECRETS.SLACK_TOKEN, signingSecret: SECRETS.SLACK_SECRET });
  slack.addChannel({ id: CHANNEL });
  const workplace = configured(slack, channel);
  const { process: child, ended } = workplace.start(['chat', '--port', '0'], SECRETS);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const address = /listens at (http:\/\/127\.0\.0\.1:\d+\/slack)/;
  while (!address.test(stderr)) await once(child.stderr ?? child, 'data', { signal: AbortSignal.timeout(20_000) });
  slack.receiverUrl = address.exec(stderr)?.[1];
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    await slack.close();
  });
  const thread = () => slack.messages.map((message) => visibleIn(saidIn(message)));
  const withButtons = () => slack.messages.find((message) => JSON.stringify(saidIn(message).blocks).includes('"actions"'));
  return {
    slack,
    workplace,
    alice: slack.addPerson({ id: 'U0ALICE', email: 'alice@example.com' }),
    bob: slack.addPerson({ id: 'U0BOB', email: 'bob@example.com' }),
    told: thread,
    question: async () => {
      await expect.poll(withButtons, PATIENT).toBeDefined();
      const message = withButtons();
      if (!message) throw new Error('nobody is asked');
      return message;
    },
    stop: async () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** A press counts once it is noted that the message was posted, a moment after it can be seen. */
async function approves(person: Person, { told }: Chat, { ts }: Message): Promise<void> {
  await expect
    .poll(
      async () => {
        await person.presses(ts, 'approve').catch(() => undefined);
        return told().join('\n');
      },
      { timeout: 20_000, interval: 500 },
    )
    .toContain('Approvals: 1 of 1');
}

describe('syncshift chat', () => {
  it('carries a change from the command in chat to the proof, and stops when it is told to', async () => {
    const chat = await chatting();
    const { body } = await chat.alice.types('/syncshift apply lab/orders --to distributed --reason CHG-1', CHANNEL);
    expect(body).toContain('on it');
    const question = await chat.question();
    expect(chat.workplace.cluster.writes()).toEqual([]);
    await approves(chat.bob, chat, question);
    await expect.poll(() => chat.told().at(-1), PATIENT).toContain('*applied*');
    expect(chat.workplace.cluster.database(7).mode).toBe('distributed');
    const { code, stdout, stderr } = await chat.stop();
    expect([code, stdout]).toEqual([0, 'stopped; no change runs here any more\n']);
    for (const secret of Object.values(SECRETS)) expect(stdout + stderr + JSON.stringify(chat.slack.messages)).not.toContain(secret);
  });

  it('shows every database of a cluster', async () => {
    const chat = await chatting();
    await chat.bob.types('/syncshift inspect lab', CHANNEL);
    await expect.poll(() => chat.told()[1], PATIENT).toMatch(/orders +db:7/);
  });

  it('ends a change that waits when it is stopped itself, and tells the thread', async () => {
    const chat = await chatting();
    await chat.alice.types('/syncshift apply lab/orders --to distributed', CHANNEL);
    await chat.question();
    expect((await chat.stop()).code).toBe(0);
    expect(chat.told()[0]).toContain('stopped on request');
    expect(chat.workplace.cluster.writes()).toEqual([]);
  });

  it('tells a plan, and that another process asked a change to stop', async () => {
    const chat = await chatting();
    await chat.alice.types('/syncshift plan lab/orders --to distributed', CHANNEL);
    await expect.poll(() => chat.told().at(-1), PATIENT).toContain('rladmin tune db db:7 syncer_mode distributed');
    await chat.alice.types('/syncshift apply lab/orders --to distributed', CHANNEL);
    const { value } = (saidIn(await chat.question()).blocks.find(({ type }) => type === 'actions') as { elements: { value: string }[] })
      .elements[0] ?? { value: '{}' };
    const { changeId } = JSON.parse(value) as { changeId: string };
    expect((await chat.workplace.run(['cancel', changeId, '--reason', 'by another way'])).code).toBe(0);
    await expect.poll(() => chat.told().join('\n'), PATIENT).toContain('by another way');
  });
});

describe('syncshift chat with a common channel', () => {
  it('tells what becomes of a change that another process runs', async () => {
    const chat = await chatting(CHANNEL);
    expect((await chat.workplace.apply()).document.outcome).toBe('applied');
    await expect.poll(() => chat.told().at(-1), PATIENT).toContain('*applied*');
    expect(chat.told()).toHaveLength(4);
  });
});

describe('syncshift chat does not begin', () => {
  it('without settings of Slack', async () => {
    const { code, stderr } = await at().run(['chat']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('chat.slack: expected the settings of a Slack app')]);
  });

  it('without its credentials, and names the variable', async () => {
    const workplace = at();
    const { clusters } = JSON.parse(workplace.configuration()) as { clusters: object };
    workplace.configure({ clusters, chat: { slack: slackSettings('https://slack.com/api/') } });
    const { code, stderr } = await workplace.run(['chat'], { SLACK_SECRET: 'planted-signing-secret' });
    expect(code).not.toBe(0);
    expect(stderr).toContain('the environment variable SLACK_TOKEN is not set');
    expect(stderr).not.toContain('planted');
    expect(stderr).not.toContain('fault of syncshift');
  });

  it('on a port that is taken', async () => {
    const chat = await chatting();
    const port = new URL(String(chat.slack.receiverUrl)).port;
    const { code, stderr } = await chat.workplace.run(['chat', '--port', port], SECRETS);
    expect(code).not.toBe(0);
    expect(stderr).toContain(port);
    expect(stderr).not.toContain('fault of syncshift');
  });

  it('on a port that is none', async () => {
    const { code, stderr } = await at().run(['chat', '--port', '70000']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected a port')]);
  });
});
