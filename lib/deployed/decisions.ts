import { LambdaClient } from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';
import { DecisionMessage } from '../../lambdas/contracts/decision-message.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { isStepErrorName, StepError } from '../../lambdas/contracts/errors.ts';
import { parse } from '../../lambdas/contracts/parse.ts';
import { isRolloutId } from '../../lambdas/contracts/rollout.ts';
import { ConfigurationError } from '../config/load.ts';
import { clientSettings, regionOf } from './connection.ts';
import { decisionsUrlOf, findDecisionsUrl, regionIn } from './decisions-url.ts';
import { inOneSentence, problemOf, wasNeverSent } from './faults.ts';
import { isObject, parsedJson, partOf } from './json.ts';
import { patiently } from './patience.ts';
import { stateMachineOf } from './state-machine.ts';
import { realTiming, type Timing } from './timing.ts';

const PATIENCE_MS = 60_000;
/** A little longer than the function may run. */
const ANSWER_MS = 35_000;
/** Room for a gate as large as the store keeps one. */
const LARGEST_ANSWER_BYTES = 262_144;

const DecisionAnswer = z.looseObject({
  accepted: z.boolean(),
  /** One sentence for people. */
  says: z.string(),
});
export type DecisionAnswer = z.infer<typeof DecisionAnswer>;

const subjectOf = ({ changeId }: DecisionMessage): string => `${isRolloutId(changeId) ? 'rollout' : 'change'} ${changeId}`;

type SignerSettings = ConstructorParameters<typeof SignatureV4>[0];

export interface DecisionsProps {
  readonly url: URL;
  /** Region that requests are signed for. */
  readonly region: string;
  /** Whoever decides, as AWS knows them. */
  readonly credentials: SignerSettings['credentials'];
  readonly sha256: SignerSettings['sha256'];
  readonly fetch: typeof fetch;
  readonly timing: Timing;
  readonly say?: (text: string) => void;
}

/** An answer that is not a decision, in the form in which errors of the SDK are told apart. */
class AnswerError extends Error {
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

/**
 * Hands over a decision, until it is answered: it counts once for each person, so repeating it is safe.
 * @throws StepError as the function names it, `InvalidInputError` also when the message is none.
 * @throws ConfigurationError when the function cannot be reached or does not let us in, and when nobody knows whether the decision counts.
 */
export async function decide(message: DecisionMessage, props: DecisionsProps): Promise<DecisionAnswer> {
  const { timing, say } = props;
  const body = JSON.stringify(parse(DecisionMessage, message, 'InvalidInputError'));
  let mayHaveCounted = false;
  try {
    return await patiently(() => attempt(body, props), {
      timing,
      limitMs: PATIENCE_MS,
      ...(say && { say }),
      onError: (error) => {
        mayHaveCounted ||= !wasNeverSent(error);
      },
    });
  } catch (error) {
    if (mayHaveCounted && !(error instanceof StepError))
      throw new ConfigurationError(
        `whether the decision on ${subjectOf(message)} counts is not known (${problemOf(error)}); say it again: it counts once for each person`,
        { cause: error },
      );
    throw inOneSentence(error, `deciding on ${subjectOf(message)}`);
  }
}

async function attempt(body: string, props: DecisionsProps): Promise<DecisionAnswer> {
  const { url, fetch } = props;
  const headers = await signedHeaders(body, props);
  const init: RequestInit = { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) };
  try {
    const response = await fetch(url, init);
    return answerIn(response.status, await limitedText(response), url);
  } catch (error) {
    // All that fetch itself says of a network is that it failed.
    throw error instanceof TypeError && error.cause ? error.cause : error;
  }
}

async function signedHeaders(body: string, { url, region, credentials, sha256, timing }: DecisionsProps): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256 });
  const request = {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  };
  const signed = await signer.sign(request, { signingDate: new Date(timing.now()) });
  // The client sends the host by itself.
  const { host: _, ...headers } = signed.headers;
  return headers;
}

/** @throws AnswerError when it is longer than any answer of ours. */
async function limitedText({ body, status }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > LARGEST_ANSWER_BYTES) throw new AnswerError('AnswerTooLarge', status < 500 ? 400 : status, 'the answer does not end');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function answerIn(status: number, text: string, { host }: URL): DecisionAnswer {
  const document = parsedJson(text);
  const answer = DecisionAnswer.safeParse(document);
  if (status === 200 && answer.success) return answer.data;
  const ours = partOf(document, 'error');
  if (status >= 400 && status < 500 && status !== 429 && isObject(ours)) throw refusal(String(ours.name), oneLine(String(ours.message)));
  const said = oneLine(String(partOf(document, 'Message') ?? partOf(document, 'message') ?? `status ${status}`));
  if (status === 403) throw notLetIn(said);
  if (status >= 500 || status === 429) throw new AnswerError('DecisionsUnavailable', status, said);
  throw new ConfigurationError(`what answers at ${host} is not the function "${DEPLOYED.decisions}" (status ${status})`);
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 500);

const refusal = (name: string, message: string): Error =>
  isStepErrorName(name) ? new StepError(name, message) : new ConfigurationError(`the decision was refused: ${message}`);

/** AWS turned the caller away before the function saw anything. */
function notLetIn(said: string): Error {
  if (/signature|security token|expired|credential/i.test(said)) return new AnswerError('InvalidSignatureException', 403, said);
  return new ConfigurationError(
    `the AWS identity in use may not decide: it needs lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function "${DEPLOYED.decisions}" (${said})`,
  );
}

/**
 * Hands over a decision to the function that is deployed in the account and region of the environment; see `decide` for errors.
 * @throws ConfigurationError when there is no such function.
 */
export async function decideInAws(message: DecisionMessage, say?: (text: string) => void): Promise<DecisionAnswer> {
  const named = decisionsUrlOf(process.env);
  const client = new LambdaClient(clientSettings(stateMachineOf(process.env)?.region));
  try {
    const own = (): Promise<string> => regionOf(client, 'looking for the function that takes decisions');
    const url = named ?? (await findDecisionsUrl(client, realTiming, await own()));
    const { credentials, sha256 } = client.config;
    const region = regionIn(url) ?? (await own());
    return await decide(message, { url, region, credentials, sha256, fetch, timing: realTiming, ...(say && { say }) });
  } finally {
    client.destroy();
  }
}
