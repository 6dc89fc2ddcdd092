import { isUtf8 } from 'node:buffer';
import type { ChatTask } from '../contracts/chat-task.ts';
import { StepError } from '../contracts/errors.ts';
import type { ReceptionDesk } from '../runtime/chat-desk.ts';
import { SLASH } from './command-line.ts';
import { escaped } from './escape.ts';
import { type Reading, readForm } from './payload.ts';
import { isSigned } from './signature.ts';

export type { ReceptionDesk } from '../runtime/chat-desk.ts';

export interface SlackRequest {
  readonly method: string;
  /** Their names in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes as they came: the signature is over them. */
  readonly rawBody: Buffer;
}

export interface SlackResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Slack sends is far smaller; who sends more is not Slack. */
export const LARGEST_BODY_BYTES = 100_000;

const NO_STORE = { 'cache-control': 'no-store' };
const sentence = (status: number, says: string): SlackResponse => ({
  status,
  headers: { ...NO_STORE, 'content-type': 'text/plain; charset=utf-8' },
  body: says,
});
const document = (value: object): SlackResponse => ({
  status: 200,
  headers: { ...NO_STORE, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});
/** Seen only by the one who asked. */
const whisper = (text: string): SlackResponse => document({ response_type: 'ephemeral', text });
const EMPTY: SlackResponse = { status: 200, headers: NO_STORE, body: '' };

/** The value of a header that is there once; of one that is there twice nobody knows which of them counts. */
function headerOf({ headers }: SlackRequest, name: string): string | undefined {
  const values = Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name ? (value ?? []) : []));
  return values.length === 1 ? values[0] : undefined;
}

const isForm = (request: SlackRequest): boolean =>
  /^application\/x-www-form-urlencoded *(?:;|$)/i.test(headerOf(request, 'content-type') ?? '');

/** What is wrong with a request as such, whatever it asks for. It is read no further than has to be. */
async function faultOf(request: SlackRequest, desk: ReceptionDesk): Promise<SlackResponse | undefined> {
  const { method, rawBody } = request;
  if (method !== 'POST') return { ...sentence(405, 'only POST is understood here'), headers: { ...NO_STORE, allow: 'POST' } };
  if (rawBody.length > LARGEST_BODY_BYTES) return sentence(413, `a request has at most ${LARGEST_BODY_BYTES} bytes`);
  const timestamp = headerOf(request, 'x-slack-request-timestamp');
  const signature = headerOf(request, 'x-slack-signature');
  if (!isSigned({ rawBody, timestamp, signature, signingSecret: await desk.signingSecret(), now: desk.now() }))
    return sentence(401, 'the signature of this request is missing, wrong or too old');
  if (!isForm(request)) return sentence(415, 'a request is application/x-www-form-urlencoded');
  if (!isUtf8(rawBody)) return sentence(400, 'the body is no text');
  return undefined;
}

/** What became of a command, for the one who gave it. */
function acknowledge(task: ChatTask): SlackResponse {
  if (task.kind !== 'command') return EMPTY;
  const isPrivate = task.command.verb === 'status' || task.command.verb === 'cancel';
  const where = isPrivate
    ? 'the answer comes here, and only you see it'
    : 'the answer comes in a thread here, or to you alone when nothing can be done';
  return whisper(`\`${SLASH} ${escaped(task.words)}\`: on it, ${where}.`);
}

/** Lambda may have taken a task although its answer was lost, so more is not known. */
function notTakenUp(task: ChatTask): SlackResponse {
  if (task.kind !== 'command') return sentence(503, 'this could not be taken up; try again');
  return whisper(
    `\`${SLASH} ${escaped(task.words)}\` could not be taken up: as far as is known, nothing was started. Look at \`${SLASH} status\`, then try again.`,
  );
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

/** Whoever knows where answers go may write there: that stays out of the log, whatever a message repeats. */
function reasonOf(error: unknown, task: ChatTask): string {
  const message = error instanceof Error ? error.message : '';
  return task.kind === 'command' ? message.replaceAll(task.responseUrl, '…') : message;
}

async function handOver(task: ChatTask, desk: ReceptionDesk): Promise<SlackResponse> {
  const facts = { task: task.id, kind: task.kind };
  try {
    await desk.handOver(task);
  } catch (error) {
    desk.log('a task from chat could not be handed over', { ...facts, errorName: nameOf(error), reason: reasonOf(error, task) });
    return notTakenUp(task);
  }
  desk.log('a task from chat was handed over', facts);
  return acknowledge(task);
}

function answer(reading: Exclude<Reading, { task: ChatTask }>): SlackResponse {
  if ('answer' in reading) return whisper(reading.answer);
  if ('errors' in reading) return document({ response_action: 'errors', errors: reading.errors });
  if ('ignored' in reading) return EMPTY;
  return sentence(reading.refused === 'foreign' ? 403 : 400, reading.says);
}

async function takeIn(request: SlackRequest, desk: ReceptionDesk): Promise<SlackResponse> {
  const fault = await faultOf(request, desk);
  if (fault) return fault;
  const form = new URLSearchParams(request.rawBody.toString('utf8'));
  // Slack looks now and then whether the certificate here is good.
  if (form.get('ssl_check') === '1') return EMPTY;
  const at = new Date(Number(headerOf(request, 'x-slack-request-timestamp')) * 1000).toISOString();
  const reading = readForm(form, { settings: desk.settings, at });
  return 'task' in reading ? handOver(reading.task, desk) : answer(reading);
}

/**
 * Takes in one request of Slack: checks that it is one, answers what can be answered at once, and hands the rest over. It decides nothing.
 * Never throws: what is wrong with a request is a status, and a fault of ours is 500 without details.
 */
export async function receive(request: SlackRequest, desk: ReceptionDesk): Promise<SlackResponse> {
  try {
    const response = await takeIn(request, desk);
    if (response.status >= 400) desk.log('a request was refused', { status: response.status, why: response.body });
    return response;
  } catch (error) {
    // The message of an error that is not ours may repeat what was sent.
    const reason = error instanceof StepError ? { reason: error.message } : {};
    desk.log('a request could not be taken in', { errorName: nameOf(error), ...reason });
    return sentence(500, 'a fault on this side');
  }
}
