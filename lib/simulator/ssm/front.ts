import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { hitsOn } from '../faults.ts';
import type { CommandDocument } from './document.ts';
import { ServiceFailure } from './failure.ts';
import type { SsmEffect, SsmFault } from './faults.ts';
import { type Input, lineOf } from './input.ts';
import type { Invocation } from './invocation.ts';
import { OPERATIONS, type Registry, type SimulatedInstance } from './operations.ts';

export interface SsmFrontOptions {
  /** By name. */
  documents: Record<string, CommandDocument>;
  instances: SimulatedInstance[];
  faults?: SsmFault[];
  /**
   * How long a question waits for a script that runs, in milliseconds, so that a caller whose clock is not the machine's does not
   * outrun it. @default 10000
   */
  holdMs?: number;
  /** @default 'spaced' */
  spelling?: Registry['spelling'];
}

/** A call that was understood. */
export interface LoggedCall {
  operation: string;
  input: Input;
  /** Of the signature. */
  region: string;
  /** Name of the error, where one answered. */
  error?: string;
}

export interface SsmFront {
  /** For `endpoint` of a client, or `AWS_ENDPOINT_URL_SSM`. */
  readonly endpoint: string;
  /** Oldest first. */
  readonly calls: readonly LoggedCall[];
  /** Commands that were accepted, oldest first. */
  readonly invocations: readonly Invocation[];
  /** May be added to. */
  readonly faults: SsmFault[];
  /** May be changed: an agent goes offline, a node joins. */
  readonly instances: SimulatedInstance[];
  close(): Promise<void>;
}

/** Serves Run Command of Systems Manager; what it runs is run by a real shell. */
export async function startSsmFront(options: SsmFrontOptions): Promise<SsmFront> {
  const { documents, instances, holdMs = 10_000, spelling = 'spaced' } = options;
  const faults = structuredClone(options.faults ?? []);
  const registry: Registry = { documents, instances, invocations: [], holdMs, spelling };
  const calls: LoggedCall[] = [];
  const server = createServer((request, response) => serve({ registry, faults, calls }, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    for (const invocation of registry.invocations) invocation.kill();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, calls, invocations: registry.invocations, faults, instances, close };
}

interface Service {
  registry: Registry;
  faults: SsmFault[];
  calls: LoggedCall[];
}

async function serve(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request).catch(() => undefined);
  if (body === undefined) return;
  try {
    const { operation, input, region } = understood(request, body);
    const effects = hitsOn(service.faults, lineOf(operation, input));
    const call: LoggedCall = { operation, input, region };
    service.calls.push(call);
    const result = await carriedOut(service, operation, input, effects).catch((error: unknown) => failureOf(error));
    if (result instanceof ServiceFailure) call.error = result.type;
    if (effects.some((effect) => effect.kind === 'close' || (effect.kind === 'lost-answer' && effect.how === 'close')))
      response.socket?.destroy();
    else if (result instanceof ServiceFailure) fail(response, result);
    else reply(response, 200, result);
  } catch (error) {
    fail(response, failureOf(error));
  }
}

function understood(request: IncomingMessage, body: string): { operation: string; input: Input; region: string } {
  const operation = /^AmazonSSM\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
  if (!Object.hasOwn(OPERATIONS, operation)) throw new ServiceFailure('UnknownOperationException');
  if (!request.headers['content-type']?.startsWith('application/x-amz-json-1.1')) throw new ServiceFailure('SerializationException');
  const region = /Credential=[^/]+\/\d{8}\/([^/]+)\/ssm\/aws4_request/.exec(request.headers.authorization ?? '')?.[1];
  if (region === undefined) throw new ServiceFailure('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const input: unknown = parsed(body);
  if (typeof input !== 'object' || input === null) throw new ServiceFailure('SerializationException');
  return { operation, input: input as Input, region };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function carriedOut({ registry }: Service, operation: string, input: Input, effects: SsmEffect[]): Promise<unknown> {
  for (const effect of effects) {
    if (effect.kind === 'slow') await wait(effect.ms);
    if (effect.kind === 'error') throw new ServiceFailure(effect.type, effect.message ?? effect.type, effect.status);
    if (effect.kind === 'close') return undefined;
  }
  const result = await OPERATIONS[operation]?.(registry, input, effects);
  if (effects.some((effect) => effect.kind === 'lost-answer' && effect.how === 'error'))
    throw new ServiceFailure('InternalServerError', 'the service is having a moment', 500);
  return result;
}

const failureOf = (error: unknown): ServiceFailure =>
  error instanceof ServiceFailure ? error : new ServiceFailure('InternalServerError', String(error), 500);

const fail = (response: ServerResponse, { type, message, status }: ServiceFailure): void =>
  reply(response, status, { __type: type, Message: message, message });

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
