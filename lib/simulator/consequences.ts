import type { SyncerMode } from '../../lambdas/contracts/words.ts';
import { runWrite } from './behaviour.ts';
import { findDatabase, type SimulatedCluster, type SimulatedDatabase, type SimulatedEndpoint } from './cluster.ts';
import type { FaultEffect } from './faults.ts';

/** Something a fault left for later. It happens when command number `at` arrives, before that command runs. */
export type Consequence = { at: number } & (
  | { kind: 'write'; argv: string[] }
  | { kind: 'end-change'; database: number; status: string }
  | { kind: 'restore-mode'; database: number; syncerMode: SyncerMode }
  | { kind: 'restore-endpoints'; database: number; endpoints: SimulatedEndpoint[] }
  | { kind: 'lose-proxies'; database: number }
);

/** Number of the command that is being answered, from 1. */
const clock = (cluster: SimulatedCluster): number => cluster.commands.length + 1;

/** Lets happen what is due now. */
export function settle(cluster: SimulatedCluster): void {
  const due = (cluster.consequences ?? []).filter(({ at }) => at <= clock(cluster));
  cluster.consequences = (cluster.consequences ?? []).filter(({ at }) => at > clock(cluster));
  for (const consequence of due) happen(cluster, consequence);
}

/** Makes the write after so many further commands. */
export function postpone(cluster: SimulatedCluster, argv: string[], commands: number): void {
  schedule(cluster, { at: clock(cluster) + commands + 1, kind: 'write', argv });
}

/**
 * Records what follows from the effects on a command that was carried out.
 * @param before - the command's database as it was before.
 */
export function follow(cluster: SimulatedCluster, argv: string[], effects: FaultEffect[], before: SimulatedDatabase): void {
  for (const effect of effects) {
    if (effect.kind !== 'busy' && effect.kind !== 'fall-back') continue;
    const at = clock(cluster) + effect.commands + 1;
    if (effect.kind === 'busy') startChange(cluster, argv, at, before);
    else if (effect.what === 'mode') schedule(cluster, { at, kind: 'restore-mode', database: before.id, syncerMode: before.syncerMode });
    else if (effect.what === 'policy')
      schedule(cluster, { at, kind: 'restore-endpoints', database: before.id, endpoints: before.endpoints });
    else schedule(cluster, { at, kind: 'lose-proxies', database: before.id });
  }
}

function schedule(cluster: SimulatedCluster, consequence: Consequence): void {
  cluster.consequences = [...(cluster.consequences ?? []), consequence];
}

function startChange(cluster: SimulatedCluster, argv: string[], at: number, before: SimulatedDatabase): void {
  const machine = argv[0] === 'bind' ? 'SMBindEndpoint' : 'SMUpdateBDB';
  const database = findDatabase(cluster, `db:${before.id}`);
  if (database) Object.assign(database, { status: 'active-change-pending', execState: { state: 'running', machine } });
  schedule(cluster, { at, kind: 'end-change', database: before.id, status: before.status });
}

function happen(cluster: SimulatedCluster, consequence: Consequence): void {
  if (consequence.kind === 'write') {
    runWrite(cluster, consequence.argv);
    return;
  }
  const database = findDatabase(cluster, `db:${consequence.database}`);
  if (!database) return;
  switch (consequence.kind) {
    case 'end-change':
      database.status = consequence.status;
      delete database.execState;
      return;
    case 'restore-mode':
      database.syncerMode = consequence.syncerMode;
      return;
    case 'restore-endpoints':
      database.endpoints = consequence.endpoints;
      return;
    case 'lose-proxies':
      for (const endpoint of database.endpoints) endpoint.nodes = endpoint.nodes.slice(0, 1);
  }
}
