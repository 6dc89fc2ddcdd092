import type { SyncerMode } from '../../lambdas/contracts/words.ts';
import { runWrite } from './behaviour.ts';
import {
  commandNumber,
  findDatabase,
  noteChange,
  type SimulatedCluster,
  type SimulatedDatabase,
  type SimulatedEndpoint,
  setMode,
} from './cluster.ts';
import type { FaultEffect } from './faults.ts';
import { forgetJob, type JobEnd, startJob } from './jobs.ts';
import { grow, type ReplicationTurn, type SimulatedReplication, turn } from './replication.ts';
import { type Update, update } from './update.ts';

/** Something a fault left for later. It happens when command number `at` arrives, before that command runs. */
export type Consequence = { at: number } & (
  | { kind: 'write'; argv: string[] }
  | { kind: 'update'; database: number; settings: Update }
  | { kind: 'end-change'; database: number; status: string; job: string; end: JobEnd }
  | { kind: 'restore-mode'; database: number; syncerMode: SyncerMode }
  | { kind: 'restore-endpoints'; database: number; endpoints: SimulatedEndpoint[] }
  | { kind: 'lose-proxies'; database: number }
  | { kind: 'turn'; database: number; set: ReplicationTurn; recoverAfter?: number }
  | { kind: 'restore-relations'; database: number; relations: SimulatedReplication }
);

/** Lets happen what is due now. */
export function settle(cluster: SimulatedCluster): void {
  for (const { relations } of cluster.databases) if (relations) grow(relations);
  const now = commandNumber(cluster);
  const due = (cluster.consequences ?? []).filter(({ at }) => at <= now);
  cluster.consequences = (cluster.consequences ?? []).filter(({ at }) => at > now);
  for (const consequence of due) happen(cluster, consequence);
}

/** Makes the write after so many further commands. */
export function postpone(cluster: SimulatedCluster, argv: string[], commands: number): void {
  schedule(cluster, { at: commandNumber(cluster) + commands + 1, kind: 'write', argv });
}

/** Makes the update of a request after so many further commands. */
export function postponeUpdate(cluster: SimulatedCluster, database: number, settings: Update, commands: number): void {
  schedule(cluster, { at: commandNumber(cluster) + commands + 1, kind: 'update', database, settings });
}

/**
 * Records what follows from the effects on a command that was carried out.
 * @param before - the command's database as it was before, where it has one.
 */
export function follow(cluster: SimulatedCluster, argv: string[], effects: FaultEffect[], before: SimulatedDatabase | undefined): void {
  for (const effect of effects) {
    if (effect.kind === 'replication') {
      const { database, set, commands = 0, recoverAfter } = effect;
      const at = commandNumber(cluster) + commands + 1;
      schedule(cluster, { at, kind: 'turn', database, set, ...(recoverAfter !== undefined && { recoverAfter }) });
    }
    if (!before || (effect.kind !== 'busy' && effect.kind !== 'fall-back')) continue;
    const at = commandNumber(cluster) + effect.commands + 1;
    if (effect.kind === 'busy') startChange(cluster, argv, before, effect);
    else if (effect.what === 'mode') schedule(cluster, { at, kind: 'restore-mode', database: before.id, syncerMode: before.syncerMode });
    else if (effect.what === 'policy')
      schedule(cluster, { at, kind: 'restore-endpoints', database: before.id, endpoints: before.endpoints });
    else schedule(cluster, { at, kind: 'lose-proxies', database: before.id });
  }
}

function schedule(cluster: SimulatedCluster, consequence: Consequence): void {
  cluster.consequences = [...(cluster.consequences ?? []), consequence];
}

/** Keeps the database busy with a job for so many further commands. @param before - the database as it was before the command. */
export function startChange(
  cluster: SimulatedCluster,
  argv: string[],
  before: SimulatedDatabase,
  { commands, job = 'forgotten', error }: { commands: number; job?: JobEnd['status']; error?: string },
): void {
  const database = findDatabase(cluster, `db:${before.id}`);
  if (!database) return;
  const machine = argv[0] === 'bind' ? 'SMBindEndpoint' : 'SMUpdateBDB';
  Object.assign(database, { status: 'active-change-pending', execState: { state: 'running', machine } });
  schedule(cluster, {
    at: commandNumber(cluster) + commands + 1,
    kind: 'end-change',
    database: before.id,
    status: before.status,
    job: startJob(cluster, before.id, machine).uid,
    end: { status: job, ...(error !== undefined && { error }) },
  });
}

function happen(cluster: SimulatedCluster, consequence: Consequence): void {
  if (consequence.kind === 'write') {
    runWrite(cluster, consequence.argv);
    return;
  }
  const database = findDatabase(cluster, `db:${consequence.database}`);
  if (database) happenTo(cluster, database, consequence);
}

function happenTo(cluster: SimulatedCluster, database: SimulatedDatabase, consequence: Exclude<Consequence, { kind: 'write' }>): void {
  switch (consequence.kind) {
    case 'update':
      update(cluster, database, consequence.settings);
      return;
    case 'end-change':
      database.status = consequence.status;
      delete database.execState;
      forgetJob(cluster, consequence.job, consequence.end);
      return;
    case 'restore-mode':
      setMode(database, consequence.syncerMode);
      noteChange(cluster, database);
      return;
    case 'restore-endpoints':
      database.endpoints = consequence.endpoints;
      noteChange(cluster, database);
      return;
    case 'lose-proxies':
      for (const endpoint of database.endpoints) endpoint.nodes = endpoint.nodes.slice(0, 1);
      return;
    case 'turn':
      turnReplication(cluster, database, consequence);
      return;
    case 'restore-relations':
      database.relations = restored(database.relations, consequence.relations);
  }
}

function turnReplication(
  cluster: SimulatedCluster,
  database: SimulatedDatabase,
  { set, recoverAfter }: { set: ReplicationTurn; recoverAfter?: number },
): void {
  if (!database.relations) return;
  if (recoverAfter !== undefined) {
    const at = commandNumber(cluster) + recoverAfter;
    schedule(cluster, { at, kind: 'restore-relations', database: database.id, relations: structuredClone(database.relations) });
  }
  turn(database.relations, set);
}

/** Flags were set by commands, so recovering does not take them back. */
function restored(now: SimulatedReplication | undefined, before: SimulatedReplication): SimulatedReplication {
  const copy = structuredClone(before);
  for (const name of ['crdt', 'replica'] as const) {
    const [relation, present] = [copy[name], now?.[name]];
    if (!relation) continue;
    delete relation.distributed;
    if (present?.distributed !== undefined) relation.distributed = present.distributed;
  }
  return copy;
}
