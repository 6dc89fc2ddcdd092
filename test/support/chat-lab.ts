import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { SlackChat } from '../../lambdas/adapters/slack/slack-chat.ts';
import { SqliteRolloutStore } from '../../lambdas/adapters/sqlite/rollout-store.ts';
import { SqliteThreads } from '../../lambdas/adapters/sqlite/threads.ts';
import { inspectDatabases } from '../../lambdas/chatops/inspect-databases.ts';
import { SLACK_PATH, type SlackSettings } from '../../lambdas/contracts/chat-settings.ts';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { ChatPorts } from '../../lambdas/runtime/chat-ports.ts';
import { Following } from '../../lib/local/chat/following.ts';
import { FollowingRollouts } from '../../lib/local/chat/following-rollouts.ts';
import { LocalRollouts } from '../../lib/local/chat/rollouts.ts';
import { listen } from '../../lib/local/chat/server.ts';
import { LocalTasks } from '../../lib/local/chat/tasks.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { rolloutsInVirtualTime } from './chat-rollouts.ts';
import type { TestGates } from './gates.ts';
import { Lab, VirtualClock } from './lab.ts';
import { type Message, saidIn, visibleIn } from './slack/channels.ts';
import type { Person } from './slack/person.ts';
import { SlackWorkspace } from './slack/workspace.ts';

export const TEAM = 'T012AB3C4';
export const CHANNEL = 'C012AB3CD';
export const COMMON = 'C0COMMON1';
export const BOT_TOKEN = 'xoxb-planted-token';
export const SIGNING_SECRET = 'planted-signing-secret';

/** Moves when somebody sleeps; a pause below a second takes a moment of real time as well, so that others come to their turn. */
class PatientClock extends VirtualClock {
  override sleep = async (seconds: number): Promise<void> => {
    if (seconds < 1) await wait(3);
    else this.advance(seconds);
  };
}

export interface ChatLabOptions extends Partial<Pick<SlackSettings, 'operators' | 'channel'>> {
  readonly cluster: SimulatedCluster;
  readonly gates?: TestGates;
  /** Rollouts that are configured, by their names. */
  readonly rollouts?: Readonly<Record<string, RolloutFile>>;
}

/**
 * ChatOps between a stand-in for Slack and a simulated cluster, each reached as the product reaches it: requests arrive over HTTP and are
 * signed, messages leave over HTTP, changes run in virtual time.
 */
export class ChatLab {
  readonly lab: Lab;
  readonly slack: SlackWorkspace;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
  readonly logged: string[] = [];
  readonly rollouts: SqliteRolloutStore;
  /** Changes that were begun, in order. */
  readonly begun: string[] = [];
  /** Done before a state of a change is run. */
  readonly before: Record<string, () => Promise<void>> = {};
  /** Called before a task is tried again, with the pause that it takes. */
  onPause: (seconds: number) => Promise<void> = async () => {};
  readonly #following: Following;
  readonly #followingRollouts: FollowingRollouts;
  #closed = false;

  private constructor(lab: Lab, ports: ChatPorts, slack: SlackWorkspace, people: Record<'alice' | 'bob' | 'carol', Person>) {
    const log = (says: string) => void this.logged.push(says);
    this.lab = lab;
    this.slack = slack;
    this.alice = people.alice;
    this.bob = people.bob;
    this.carol = people.carol;
    this.rollouts = ports.rollouts as SqliteRolloutStore;
    this.#following = new Following(ports, log);
    this.#followingRollouts = new FollowingRollouts(ports, log);
  }

  /** Closed when the test is over. */
  static async open({
    cluster,
    gates = {},
    operators = ['alice', 'carol'],
    channel,
    rollouts: files = {},
  }: ChatLabOptions): Promise<ChatLab> {
    const lab = new Lab(cluster, 7, new PatientClock());
    lab.gateEverySeconds = 0.1;
    lab.gates = {
      ...gates,
      people: { alice: ['alice@example.com'], bob: ['bob@example.com'], carol: ['carol@example.com'], ...gates.people },
    };
    const now = lab.clock.now;
    const slack = await SlackWorkspace.open({ team: TEAM, botToken: BOT_TOKEN, signingSecret: SIGNING_SECRET, now });
    slack.addChannel({ id: CHANNEL, name: 'databases' });
    slack.addChannel({ id: COMMON, name: 'operations' });
    const person = (name: string) => slack.addPerson({ id: `U0${name.toUpperCase()}`, email: `${name}@example.com`, name });
    const people = { alice: person('alice'), bob: person('bob'), carol: person('carol') };
    const rollouts = new SqliteRolloutStore(':memory:', lab.clock);
    const world = { ...lab.ports(), rollouts, alarms: { raised: async () => [] }, clusters: ['lab'] };
    const ports: ChatPorts = {
      ...world,
      threads: new SqliteThreads(':memory:'),
      chat: new SlackChat({
        apiUrl: slack.apiUrl,
        token: async () => BOT_TOKEN,
        patience: {
          sleep: async (seconds) => {
            lab.clock.advance(seconds);
            await wait(3);
          },
        },
      }),
      links: {
        runbook: 'https://runbook.example.com',
        record: (changeId) => `https://record.example.com/${changeId}`,
        command: (words) => `syncshift ${words}`,
      },
      ...(channel !== undefined && { channel }),
      settings: { team: TEAM, operators },
      rolloutStarter: new LocalRollouts(
        world,
        (says) => chat.logged.push(says),
        rolloutsInVirtualTime(lab, (state) => chat.before[state]?.()),
      ),
      rolloutFiles: {
        names: Object.keys(files),
        read: async (name) => files[name] ?? Promise.reject(new Error(`no rollout ${name}`)),
      },
      starter: {
        start: async (changeId, request) => {
          if (chat.begun.includes(changeId)) return;
          chat.begun.push(changeId);
          const intercept = (state: string, run: (event: unknown) => Promise<unknown>) => async (event: unknown) => {
            await chat.before[state]?.();
            return run(event);
          };
          lab.run(request, intercept, changeId).catch((error: unknown) => chat.logged.push(String(error)));
        },
      },
      inspector: { inspect: (asked) => inspectDatabases(asked, lab.ports()) },
    };
    const chat = new ChatLab(lab, ports, slack, people);
    const sleep = async (seconds: number) => {
      lab.clock.advance(seconds);
      await chat.onPause(seconds);
    };
    const tasks = new LocalTasks(
      () => ports,
      { sleep },
      (says) => chat.logged.push(says),
    );
    const settings = { team: TEAM, apiUrl: slack.apiUrl };
    const log = (says: string, facts?: object) => chat.logged.push(`${says} ${JSON.stringify(facts ?? {})}`);
    const server = await listen({ signingSecret: async () => SIGNING_SECRET, settings, now, handOver: tasks.handOver, log }, 0);
    slack.receiverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${SLACK_PATH}`;
    const followed = chat.#follow();
    onTestFinished(() => chat.#close(server, followed));
    return chat;
  }

  async #follow(): Promise<void> {
    await this.#following.begin();
    await this.#followingRollouts.begin();
    while (!this.#closed) {
      await this.#following.look();
      await this.#followingRollouts.look();
      await wait(3);
    }
  }

  async #close(server: Server, followed: Promise<void>): Promise<void> {
    this.#closed = true;
    await followed;
    server.close();
    server.closeAllConnections();
    await once(server, 'close').catch(() => undefined);
    await this.slack.close();
  }

  /** Somebody gives a command, which is answered in time. @returns what only that person sees. */
  async asks(person: Person, words: string, channel = CHANNEL): Promise<string> {
    const { status, body, seconds } = await person.types(`/syncshift ${words}`, channel);
    expect(status).toBe(200);
    expect(seconds).toBeLessThan(3);
    return body;
  }

  /** The first message of the latest thread. */
  root(channel = CHANNEL): Message {
    const root = this.slack.timeline(channel).findLast(({ thread }) => thread === undefined);
    if (!root) throw new Error(`nothing was posted in ${channel}`);
    return root;
  }

  /** What people read in the latest thread, message by message. */
  told(channel = CHANNEL): string[] {
    return this.slack.thread(channel, this.root(channel).ts).map((message) => visibleIn(saidIn(message)));
  }

  /** The message that has buttons. */
  approval(channel = CHANNEL): Message | undefined {
    return this.slack
      .thread(channel, this.root(channel).ts)
      .find((message) => JSON.stringify(saidIn(message).blocks).includes('"actions"'));
  }

  async untilAsked(channel = CHANNEL): Promise<Message> {
    await expect.poll(() => this.slack.messages.length > 0 && this.approval(channel), { timeout: 10_000, interval: 5 }).toBeTruthy();
    const message = this.approval(channel);
    if (!message) throw new Error('nobody is asked');
    // Nobody presses within the moment in which it is noted that the message was posted.
    await this.quiet();
    return message;
  }

  /** Until the latest change has ended in this way and its thread shows the verdict. */
  async untilTold(outcome: Outcome, channel = CHANNEL): Promise<void> {
    const report = async () => (await this.lab.store.get(this.begun.at(-1) ?? ''))?.report;
    await expect.poll(async () => (await report())?.outcome, { timeout: 10_000, interval: 5 }).toBe(outcome);
    await this.quiet();
    expect(this.told(channel).at(-1)).toContain(this.begun.at(-1));
  }

  async until(says: () => unknown): Promise<void> {
    await expect.poll(says, { timeout: 10_000, interval: 5 }).toBeTruthy();
  }

  /** Until nothing more is told: a few looks in which no call is made. */
  async quiet(): Promise<void> {
    // A thread that cannot be told is tried again with every look, so there may never be any.
    for (let calls = -1, looks = 0; calls !== this.slack.calls.length && looks < 50; looks += 1) {
      calls = this.slack.calls.length;
      await wait(60);
    }
  }

  whispersTo(person: Person): string[] {
    return person.whispers.map(({ text }) => text);
  }
}
