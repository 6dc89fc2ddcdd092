import middy from '@middy/core';
import * as z from 'zod';
import type { Gate, Identity } from '../contracts/approval.ts';
import { DecisionMessage } from '../contracts/decision-message.ts';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import { isRolloutId, type RolloutGate } from '../contracts/rollout.ts';
import { identityOf } from '../domain/iam-identity.ts';
import { ports } from '../runtime/ports.ts';
import { telemetry } from '../runtime/telemetry.ts';
import type { Answer } from './answers.ts';
import { askRollout, type RolloutControlPorts } from './ask-rollout.ts';
import { cancel, decide } from './decide.ts';
import { decideRollout, openGateOf } from './decide-rollout.ts';

/** A request at a function URL that lets in nobody whom IAM does not know, as far as it is read here. */
const SignedRequest = z.object({
  requestContext: z.object({
    http: z.object({ method: z.string() }),
    authorizer: z.object({ iam: z.object({ userArn: z.string().min(1) }) }),
  }),
  body: z.unknown().optional(),
  isBase64Encoded: z.boolean().default(false),
});

interface Response {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const respond = (statusCode: number, document: unknown): Response => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(document),
});

/** A reason of a thousand characters fits, whatever letters they are. */
const LONGEST_BODY = 8_192;

function readMessage({ body, isBase64Encoded, requestContext }: z.infer<typeof SignedRequest>): DecisionMessage {
  if (requestContext.http.method !== 'POST') throw new StepError('InvalidInputError', 'a decision is sent with POST');
  if (typeof body !== 'string' || body.length > LONGEST_BODY)
    throw new StepError('InvalidInputError', `body: expected a decision as JSON, at most ${LONGEST_BODY} characters`);
  let document: unknown;
  try {
    document = JSON.parse(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body);
  } catch (error) {
    throw new StepError('InvalidInputError', 'the body of the request is no JSON', { cause: error });
  }
  return parse(DecisionMessage, document, 'InvalidInputError');
}

interface Look extends Answer {
  readonly gate?: Gate | RolloutGate;
}

/** The ports of a function that was deployed with rollouts, as every one is. */
async function rolloutPorts(): Promise<RolloutControlPorts> {
  const { rollouts, starter, ...others } = await ports();
  if (!rollouts || !starter) throw new Error('this function was deployed without rollouts');
  return { ...others, rollouts, starter };
}

async function gateOf(id: string): Promise<Gate | RolloutGate | undefined> {
  if (!isRolloutId(id)) return (await ports()).store.gate(id);
  const { rollouts } = await rolloutPorts();
  const record = await rollouts.get(id);
  return record && openGateOf(record, rollouts);
}

/** What there is to decide on, for whoever may call. */
async function look(changeId: string): Promise<Look> {
  const gate = await gateOf(changeId);
  return gate
    ? { accepted: true, says: `plan ${gate.request.plan.hash}`, gate }
    : { accepted: false, says: `${isRolloutId(changeId) ? 'rollout' : 'change'} ${changeId} does not wait for an approval` };
}

async function actOnRollout(message: DecisionMessage, identity: Identity): Promise<Answer> {
  const { action, changeId: rolloutId } = message;
  if (action === 'look') return look(rolloutId);
  if (action === 'cancel') throw new StepError('InvalidInputError', 'action: a rollout is paused, aborted or undone, not cancelled');
  const { reason } = message;
  const ask = { rolloutId, identity, ...(reason !== undefined && { reason }) };
  if ('planHash' in message) {
    const { planHash, wave } = message;
    return decideRollout(await rolloutPorts(), { ...ask, verdict: message.action, planHash, ...(wave !== undefined && { wave }) });
  }
  return askRollout(await rolloutPorts(), { ...ask, control: message.action });
}

async function act(message: DecisionMessage, identity: Identity): Promise<Answer> {
  const { action, changeId } = message;
  if (isRolloutId(changeId)) return actOnRollout(message, identity);
  if (action === 'look') return look(changeId);
  const { reason } = message;
  const ask = { changeId, identity, ...(reason !== undefined && { reason }) };
  if (action === 'cancel') return cancel(await ports(), ask);
  if (!('planHash' in message)) throw new StepError('InvalidInputError', `action: ${action} is for rollouts`);
  return decide(await ports(), { ...ask, verdict: message.action, planHash: message.planHash });
}

/**
 * Takes decisions from people: who they are is what IAM found out about the signature of their request, and nothing that they send.
 * Answers 200 to every decision that was understood, whether it counts or not.
 */
export async function takeDecision(event: unknown): Promise<Response> {
  const request = SignedRequest.safeParse(event);
  // A request without an identity is none that the function URL lets through.
  if (!request.success) return respond(403, { error: { name: 'NotIdentified', message: 'the caller is not known to IAM' } });
  try {
    const message = readMessage(request.data);
    return respond(200, await act(message, identityOf(request.data.requestContext.authorizer.iam.userArn)));
  } catch (error) {
    if (error instanceof StepError && error.name === 'InvalidInputError')
      return respond(400, { error: { name: error.name, message: error.message } });
    throw error;
  }
}

export const handler = middy().use(telemetry).handler(takeDecision);
