import { findDatabase, type LoggedCommand, type SimulatedCluster, targetOf } from '../cluster.ts';
import { follow, postponeUpdate, settle, startChange } from '../consequences.ts';
import { disturb, effectsOn, type FaultEffect, timingOf } from '../faults.ts';
import { update } from '../update.ts';
import { databaseObject } from './database.ts';
import { found, noSuchDatabase, noSuchPath, type RestReply, type RestRequest } from './message.ts';
import { read } from './read.ts';
import { wantedBy } from './write.ts';

/** A reply, and what happens to it on its way. */
export interface RestAnswer {
  reply: RestReply;
  effects: FaultEffect[];
  delayMs: number;
  /** The `cluster-state-id` header: grows with every change. */
  stateId: number;
}

const FIRST_STATE = 40;
const lineOf = (request: RestRequest): string[] => [request.method, request.target, ...(request.body === '' ? [] : [request.body])];

/** Answers one request, changes the cluster accordingly and logs the request among the commands. */
export function answerRest(cluster: SimulatedCluster, request: RestRequest, now: Date): RestAnswer {
  settle(cluster);
  const argv = lineOf(request);
  const effects = effectsOn(cluster, argv);
  disturb(cluster, effects, 'before');
  const { reply, applied } = request.method === 'GET' ? get(cluster, request, effects, now) : put(cluster, request, effects);
  disturb(cluster, effects, 'after');
  const said = distorted(reply, effects);
  log(cluster, request, said.status, applied, isSilent(effects));
  const delayMs = effects.reduce((sum, effect) => sum + (effect.kind === 'slow' ? effect.ms : 0), cluster.latencyMs ?? 0);
  return { reply: said, effects, delayMs, stateId: FIRST_STATE + (cluster.stateId ?? 0) };
}

/** Logs a request that never got as far as the cluster's state: sent elsewhere, or without valid credentials. */
export function logTurnedAway(cluster: SimulatedCluster, request: RestRequest, status: number): void {
  settle(cluster);
  log(cluster, request, status, false, false);
}

function log(cluster: SimulatedCluster, request: RestRequest, status: number, applied: boolean, silent: boolean): void {
  const exitCode = silent ? null : status < 300 ? 0 : 1;
  const entry: LoggedCommand = { argv: lineOf(request), exitCode, applied, status, node: request.node };
  cluster.commands.push(entry);
}

const isSilent = (effects: FaultEffect[]): boolean =>
  effects.some(({ kind }) => kind === 'drop' || kind === 'no-answer' || kind === 'lost' || kind === 'hang');

/** Faults of any way in, in the words of this one. */
function distorted(reply: RestReply, effects: FaultEffect[]): RestReply {
  for (const effect of effects) {
    if (effect.kind === 'fail' || effect.kind === 'fail-but-applied')
      return { status: 500, body: { error_code: 'internal_error', description: effect.text ?? 'the operation failed' } };
    if (effect.kind === 'status') return { status: effect.status, ...(effect.body !== undefined && { body: effect.body }) };
  }
  return reply;
}

interface Outcome {
  reply: RestReply;
  applied: boolean;
}

function get(cluster: SimulatedCluster, request: RestRequest, effects: FaultEffect[], now: Date): Outcome {
  disturb(cluster, effects, 'within');
  const reply = read(cluster, request, now);
  const target = targetOf(cluster, lineOf(request));
  follow(cluster, lineOf(request), effects, target && structuredClone(target));
  return { reply, applied: false };
}

function put(cluster: SimulatedCluster, request: RestRequest, effects: FaultEffect[]): Outcome {
  const url = new URL(request.target, 'https://cluster');
  const uid = /^\/v1\/bdbs\/(\d+)$/.exec(url.pathname)?.[1];
  const refusedWith = (reply: RestReply): Outcome => ({ reply, applied: false });
  if (request.method !== 'PUT' || uid === undefined) return refusedWith(noSuchPath());
  const database = findDatabase(cluster, `db:${uid}`);
  if (!database) return refusedWith(noSuchDatabase());
  const wanted = wantedBy(cluster, database, request);
  if ('refused' in wanted) return refusedWith(wanted.refused);
  const lost = effects.some(({ kind }) => kind === 'dry-run-lost');
  if (url.searchParams.has('dry_run') && !lost) return refusedWith(found(databaseObject(cluster, database)));
  const timing = timingOf(effects);
  const before = structuredClone(database);
  if (timing === 'now') {
    const flagOnly = effects.some(({ kind }) => kind === 'flag-only');
    const changed = update(cluster, database, wanted.settings, flagOnly);
    const commands = cluster.jobCommands ?? 1;
    if (changed && commands > 0 && !effects.some(({ kind }) => kind === 'busy'))
      startChange(cluster, lineOf(request), before, { commands });
    follow(cluster, lineOf(request), effects, before);
  }
  for (const effect of effects)
    if (timing === 'later' && effect.kind === 'delayed') postponeUpdate(cluster, database.id, wanted.settings, effect.commands);
  disturb(cluster, effects, 'within');
  return { reply: found(databaseObject(cluster, database)), applied: timing === 'now' };
}
