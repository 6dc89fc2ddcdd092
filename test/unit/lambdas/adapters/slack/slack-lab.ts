import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Patience } from '../../../../../lambdas/adapters/slack/patience.ts';
import { SlackChat, type SlackChatProps } from '../../../../../lambdas/adapters/slack/slack-chat.ts';
import { ChatError } from '../../../../../lambdas/ports/chat.ts';
import type { Person } from '../../../../support/slack/person.ts';
import { SlackWorkspace } from '../../../../support/slack/workspace.ts';

export const TEAM = 'T012AB3C4';
export const CHANNEL = 'C012AB3CD';
export const TOKEN = 'xoxb-planted';
export const SIGNING_SECRET = 'planted-signing-secret';

export const MESSAGE = { text: 'Change chg-1', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Change *chg-1*' } }] };

/** A workspace with one channel and one person, and a chat whose waiting takes no time but the workspace's. */
export class SlackLab {
  readonly slack: SlackWorkspace;
  readonly alice: Person;
  /** Pauses of the chat, in seconds. */
  readonly slept: number[] = [];
  token = TOKEN;
  #now: { at: number };

  private constructor(slack: SlackWorkspace, now: { at: number }) {
    this.slack = slack;
    this.#now = now;
    slack.addChannel({ id: CHANNEL, name: 'databases' });
    this.alice = slack.addPerson({ id: 'U0ALICE', email: 'alice@example.com', name: 'alice' });
  }

  /** Closed when the test is over. */
  static async open(): Promise<SlackLab> {
    const now = { at: Date.parse('2026-12-01T10:00:00Z') };
    const slack = await SlackWorkspace.open({
      team: TEAM,
      botToken: TOKEN,
      signingSecret: SIGNING_SECRET,
      now: () => new Date(now.at),
    });
    onTestFinished(() => slack.close());
    return new SlackLab(slack, now);
  }

  chat(patience: Partial<Patience> = {}, props: Partial<SlackChatProps> = {}): SlackChat {
    const sleep = async (seconds: number) => {
      this.slept.push(seconds);
      this.passes(seconds);
    };
    const token = async () => this.token;
    return new SlackChat({ apiUrl: this.slack.apiUrl, token, patience: { sleep, ...patience }, ...props });
  }

  /** Time of the workspace. */
  passes(seconds: number): void {
    this.#now.at += seconds * 1000;
  }
}

/** An app that takes everything: what it is told, oldest first. */
export async function listeningApp(
  slack: SlackWorkspace,
  answer = '',
): Promise<{ headers: object; fields: URLSearchParams; body: string }[]> {
  const told: { headers: object; fields: URLSearchParams; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    told.push({ headers: request.headers, fields: new URLSearchParams(body), body });
    response.end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  slack.receiverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack`;
  return told;
}

/** The error that a call has to end in. */
export async function failureOf(call: Promise<unknown>): Promise<ChatError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown) => thrown,
  );
  if (error instanceof ChatError) return error;
  throw new Error('expected a ChatError', { cause: error });
}

/** Failure and message of the error that a call has to end in. */
export async function faultOf(call: Promise<unknown>): Promise<string> {
  const { failure, message } = await failureOf(call);
  return `${failure} - ${message}`;
}
