import type { FaultEffect } from './faults.ts';
import type { ReplicationTurn } from './replication.ts';

/** When a turn comes, and whether it passes. */
export interface TurnTiming {
  /** Commands after the faulted one that still see things as they were. @default 0 */
  commands?: number;
  /** Everything about replication is as before after so many further commands. @default it stays */
  recoverAfter?: number;
}

const turnOf =
  (database: number, timing: TurnTiming) =>
  (set: ReplicationTurn): FaultEffect => ({ kind: 'replication', database, set, ...timing });

/** Lag rises to a level and, when it grows, further with every command; the sources stay in sync. */
export const lagRises = (database: number, lagMs: number, timing: TurnTiming & { growthMs?: number } = {}): FaultEffect => {
  const { growthMs, ...rest } = timing;
  return turnOf(database, rest)({ sources: { lagMs, ...(growthMs !== undefined && { growth: { lagMs: growthMs } }) } });
};

/** One source, or every one, loses its connection. */
export const outOfSync = (database: number, lastError: string, timing: TurnTiming & { source?: number } = {}): FaultEffect => {
  const { source, ...rest } = timing;
  return turnOf(database, rest)({ ...(source !== undefined && { source }), sources: { status: 'out-of-sync', lastError } });
};

/** A full sync starts: a snapshot comes in, a tenth with every command unless said. */
export const fullSync = (database: number, timing: TurnTiming & { rdbSize?: number; perCommand?: number } = {}): FaultEffect => {
  const { rdbSize = 500_000_000, perCommand = rdbSize / 10, ...rest } = timing;
  const sources = { status: 'syncing', rdbSize, rdbTransferred: perCommand, growth: { rdbTransferred: perCommand } };
  return turnOf(database, rest)({ sources });
};

/** The syncer gives up for good, or someone pauses it. */
export const syncBecomes = (database: number, sync: 'stopped' | 'paused' | 'disabled' | 'enabled', timing: TurnTiming = {}): FaultEffect =>
  turnOf(database, timing)({ sync });

/** A participating cluster can no longer be reached; what the syncer makes of that is a fault of its own. */
export const peerGoesDown = (database: number, name: string, timing: TurnTiming = {}): FaultEffect =>
  turnOf(database, timing)({ peer: { name, up: false } });

/** @param alert - name without prefix, like `syncer_connection_error` or `high_syncer_lag`. */
export const alertRaised = (database: number, alert: string, timing: TurnTiming = {}): FaultEffect =>
  turnOf(database, timing)({ alerts: [alert] });

export const unavailable = (database: number, timing: TurnTiming = {}): FaultEffect => turnOf(database, timing)({ available: false });

/** Whatever ailed replication is over, as when a rollback helps. */
export const healed = (database: number, timing: TurnTiming = {}): FaultEffect => turnOf(database, timing)({ healed: true });
