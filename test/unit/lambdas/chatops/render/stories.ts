/** Changes as they really go, seen at every moment at which something of them was put on record. */

import type { ThreadSource } from '../../../../../lambdas/chatops/render/thread.ts';
import type { Gate } from '../../../../../lambdas/contracts/approval.ts';
import type { ChangeRequestInput } from '../../../../../lambdas/contracts/request.ts';
import type { ChangeStore } from '../../../../../lambdas/ports/change-store.ts';
import type { Links } from '../../../../../lambdas/runtime/chat-ports.ts';
import type { FaultEffect } from '../../../../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../../../../lib/simulator/fleets.ts';
import { activeActive, replicaOf } from '../../../../../lib/simulator/replication.ts';
import type { TestGates } from '../../../../support/gates.ts';
import { CHANGE_ID, Lab } from '../../../../support/lab.ts';
import { RestLab } from '../../../../support/rest-lab.ts';

export const LINKS: Links = {
  runbook: 'https://example.com/runbook.md',
  record: (changeId) => `\`syncshift show ${changeId}\``,
  command: (words) => `syncshift ${words}`,
};

/** Everything by which a store changes what is on record. */
const WRITING = ['open', 'append', 'acquireLock', 'claimWrite', 'disclaimWrite', 'complete', 'requestCancel', 'saveGate', 'clear'] as const;

/** Looks at a change after each thing that is put on record. */
function watched(store: ChangeStore): ThreadSource[] {
  const moments: ThreadSource[] = [];
  const look = async (): Promise<void> => {
    const record = await store.get(CHANGE_ID);
    if (!record) return;
    const gate = await store.gate(CHANGE_ID);
    const locked = (await store.locks()).some(({ changeId }) => changeId === CHANGE_ID);
    moments.push(structuredClone({ record, ...(gate && { gate }), locked, links: undefined }) as unknown as ThreadSource);
  };
  for (const name of WRITING) {
    const original = store[name].bind(store) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(store, {
      [name]: async (...args: unknown[]) => {
        const result = await original(...args);
        await look();
        return result;
      },
    });
  }
  return moments;
}

interface Plot {
  readonly request?: Partial<ChangeRequestInput>;
  readonly database?: DatabaseOptions;
  readonly fault?: { readonly on: string; readonly effect: FaultEffect };
  readonly gates?: TestGates;
  /** Replication is watched over the REST API. */
  readonly isWatched?: boolean;
  readonly onGate?: (lab: Lab, gate: Gate) => Promise<unknown>;
  /** Done before a step runs. */
  readonly before?: Record<string, (lab: Lab) => unknown>;
  readonly atEnd?: (lab: Lab) => Promise<unknown>;
}

const ASKED = { requestedBy: 'alice@example.com', reason: 'CHG-1234: more throughput for orders' };
const GATED = { ...ASKED, approval: { required: true } };
const LOST_PROXIES = { on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } } as const;

const PLOTS = {
  applied: { request: ASKED },
  'applied and verified': { request: ASKED, database: { relations: { replica: replicaOf(2) } }, isWatched: true },
  'Active-Active': {
    request: GATED,
    database: { relations: { crdt: activeActive() } },
    isWatched: true,
    onGate: (lab, gate) => lab.decide(gate, 'bob'),
  },
  'two approvers': {
    request: { ...ASKED, approval: { required: true, approvals: 2 } },
    onGate: async (lab, gate) => {
      await lab.decide(gate, 'bob', 'approve', 'looks right');
      await lab.decide(gate, 'carol');
    },
  },
  'break-glass': {
    request: GATED,
    gates: { rules: { breakGlass: ['dora'] } },
    onGate: (lab, gate) => lab.decide(gate, 'dora', 'break-glass', 'the site is down'),
  },
  rejected: { request: GATED, onGate: (lab, gate) => lab.decide(gate, 'bob', 'reject', 'not on a Friday') },
  expired: { request: GATED, onGate: async (lab) => lab.clock.advance(90_000) },
  cancelled: {
    request: GATED,
    onGate: (lab) => lab.store.requestCancel(CHANGE_ID, { by: 'alice', via: 'machine', reason: 'wrong database' }),
  },
  'cancelled after a write': {
    request: ASKED,
    before: { 'Tune syncer': (lab) => lab.store.requestCancel(CHANGE_ID, { by: 'alice', via: 'machine' }) },
  },
  'rolled back': { request: { ...ASKED, rollback: { restoreProxyPolicy: true } }, fault: LOST_PROXIES },
  'needs an operator': { request: ASKED, fault: { on: '^tune.*distributed', effect: { kind: 'no-effect' } } },
  'needs an operator, cleared': {
    request: ASKED,
    fault: { on: '^tune.*distributed', effect: { kind: 'no-effect' } },
    atEnd: (lab) => lab.store.clear(CHANGE_ID, 'erin'),
  },
  refused: { request: ASKED, database: { masters: [2, 2], replicas: [3, 3] } },
  'no such database': { request: { ...ASKED, target: { cluster: 'lab', database: 'nothing' } } },
  unchanged: { request: ASKED, database: { policy: 'all-nodes', syncerMode: 'distributed' } },
  planned: { request: { ...ASKED, planOnly: true } },
  drifted: {
    request: GATED,
    onGate: (lab, gate) => lab.decide(gate, 'bob'),
    before: {
      'Begin change': (lab) => {
        for (const endpoint of lab.database.endpoints) endpoint.policy = 'all-nodes';
      },
    },
  },
  'window to come': {
    request: { ...GATED, window: { opensAt: '2026-12-01T12:00:00Z', closesAt: '2026-12-01T16:00:00Z' } },
    onGate: (lab, gate) => lab.decide(gate, 'bob'),
  },
  'window missed': { request: { ...ASKED, window: { opensAt: '2026-11-01T12:00:00Z', closesAt: '2026-11-01T16:00:00Z' } } },
} satisfies Record<string, Plot>;

export type StoryName = keyof typeof PLOTS;
export const STORIES = Object.keys(PLOTS) as StoryName[];

/** The wait for a window takes no time in a lab, so its clock makes up for it. */
function advanceTo(lab: Lab, event: unknown): void {
  const until = (event as { change?: { window?: { until?: string } } }).change?.window?.until;
  if (until !== undefined) lab.clock.advance((Date.parse(until) - lab.clock.now().getTime()) / 1000);
}

/** Runs a change to its end. @returns what was on record, moment by moment. */
export async function tell(name: StoryName): Promise<ThreadSource[]> {
  const { request, database, fault, gates = {}, isWatched, onGate, before = {}, atEnd }: Plot = PLOTS[name];
  const cluster = clusterWith(database, { faults: fault ? [fault] : [] });
  const lab = isWatched ? await RestLab.open(cluster, 'rladmin') : new Lab(cluster);
  try {
    lab.gates = gates;
    const moments = watched(lab.store);
    let asked: Promise<unknown> = Promise.resolve();
    await lab.run(
      request,
      (state, step) => async (event) => {
        if (state === 'Change window') advanceTo(lab, event);
        await before[state]?.(lab);
        return step(event);
      },
      CHANGE_ID,
      (gate) => {
        asked = Promise.resolve(onGate?.(lab, gate));
      },
    );
    await asked;
    await atEnd?.(lab);
    return moments.map((moment) => ({ ...moment, links: LINKS }));
  } finally {
    if (lab instanceof RestLab) await lab.close();
  }
}
