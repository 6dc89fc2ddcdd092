import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultEffect } from '../faults.ts';
import type { RestAnswer } from './answer.ts';

const PAGE = '<!DOCTYPE html><html><head><title>Sign in to continue</title></head><body>Your session has expired.</body></html>';

/** Puts an answer on the wire, with everything that its faults do to it there. */
export async function send(response: ServerResponse, { reply, effects, delayMs, stateId }: RestAnswer, target: string): Promise<void> {
  const hit = <Kind extends FaultEffect['kind']>(kind: Kind): Extract<FaultEffect, { kind: Kind }> | undefined =>
    effects.find((effect): effect is Extract<FaultEffect, { kind: Kind }> => effect.kind === kind);
  await wait(delayMs);
  if (hit('hang')) return;
  if (hit('drop') || hit('no-answer') || hit('lost')) {
    response.socket?.destroy();
    return;
  }
  const redirect = hit('redirect');
  if (redirect) {
    response.writeHead(redirect.status ?? 307, { location: new URL(target, redirect.to).href }).end();
    return;
  }
  if (hit('html')) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
    return;
  }
  const huge = hit('huge');
  const right = reply.body === undefined ? '' : JSON.stringify(reply.body);
  const body = huge ? '' : shortened(right, effects);
  response.writeHead(reply.status, {
    'cluster-state-id': String(stateId),
    ...(right !== '' && { 'content-type': 'application/json' }),
    ...(reply.status === 401 && { 'www-authenticate': 'Basic realm="cluster"' }),
  });
  if (huge) await fill(response, huge.bytes);
  const trickle = hit('trickle');
  if (trickle) await dribble(response, body, trickle.ms);
  else response.end(body);
}

function shortened(body: string, effects: FaultEffect[]): string {
  const garbage = effects.find((effect) => effect.kind === 'garbage');
  if (garbage) return garbage.truncateAt === undefined ? (garbage.text ?? 'Segment 4 of 9 received') : body.slice(0, garbage.truncateAt);
  return effects.some(({ kind }) => kind === 'truncated') ? body.slice(0, Math.floor(body.length / 2)) : body;
}

const BLOCK = 'x'.repeat(65_536);

/** One JSON string of so many bytes; stops when the caller has had enough. */
async function fill(response: ServerResponse, bytes: number): Promise<void> {
  response.write('"');
  for (let sent = 2; sent < bytes && !response.destroyed; sent += BLOCK.length) {
    const block = BLOCK.slice(0, Math.min(BLOCK.length, bytes - sent));
    if (!response.write(block)) await drained(response);
  }
  response.write('"');
}

async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['drain', 'close', 'error'];
  for (const event of events) response.on(event, resolve);
  await promise;
  for (const event of events) response.off(event, resolve);
}

const PIECES = 8;

async function dribble(response: ServerResponse, body: string, ms: number): Promise<void> {
  const length = Math.max(1, Math.ceil(body.length / PIECES));
  for (let at = 0; at < body.length && !response.destroyed; at += length) {
    response.write(body.slice(at, at + length));
    await wait(ms);
  }
  response.end();
}
