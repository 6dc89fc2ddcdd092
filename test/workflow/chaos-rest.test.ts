import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../lib/simulator/faults.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { activeActive, relationsOf, replicaOf } from '../../lib/simulator/replication.ts';
import { alertRaised, fullSync, lagRises, outOfSync, peerGoesDown, syncBecomes } from '../../lib/simulator/replication-faults.ts';
import { expectSafe } from '../support/invariants.ts';
import { sent } from '../support/lab.ts';
import { RestLab } from '../support/rest-lab.ts';

const DB = 7;
const PEER = 'rs-b.example.net';
const applied = fc.boolean();
const soon = fc.nat({ max: 20 });
const mode = fc.constantFrom('centralized' as const, 'distributed' as const);
const policy = fc.constantFrom('single' as const, 'all-master-shards' as const, 'all-nodes' as const);
const timing = fc.record({ commands: soon, recoverAfter: fc.integer({ min: 1, max: 60 }) }, { requiredKeys: ['commands'] });

const ofReplication: fc.Arbitrary<FaultEffect> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9_000 }), timing).map(([lagMs, when]) => lagRises(DB, lagMs, when)),
  timing.map((when) => outOfSync(DB, 'no route to host', when)),
  timing.map((when) => fullSync(DB, when)),
  timing.map((when) => syncBecomes(DB, 'stopped', when)),
  timing.map((when) => peerGoesDown(DB, PEER, when)),
  timing.map((when) => alertRaised(DB, 'syncer_general_error', when)),
);
const ofHttp: fc.Arbitrary<FaultEffect> = fc.oneof(
  fc
    .tuple(fc.constantFrom(401, 403, 404, 406, 409, 429, 500, 502, 503), applied)
    .map(([status, done]): FaultEffect => ({ kind: 'status', status, applied: done && status >= 500 })),
  applied.map((done): FaultEffect => ({ kind: 'drop', applied: done })),
  applied.map((done): FaultEffect => ({ kind: 'html', applied: done })),
  fc.constantFrom<FaultEffect>({ kind: 'truncated' }, { kind: 'flag-only' }, { kind: 'no-effect' }),
  soon.map((commands): FaultEffect => ({ kind: 'busy', commands })),
  fc
    .tuple(soon, fc.constantFrom('mode' as const, 'policy' as const, 'proxies' as const))
    .map(([commands, what]): FaultEffect => ({ kind: 'fall-back', commands, what })),
);

const fault = fc.record({
  on: fc.constantFrom('^', '^GET', '^PUT', '^GET /v1/bdbs/7', '^(PUT .*sync_dist|tune)', '^(PUT .*policy|bind)'),
  nth: fc.integer({ min: 1, max: 40 }),
  times: fc.constantFrom<(number | 'always')[]>(1, 1, 2, 'always'),
  effect: fc.oneof(ofReplication, ofHttp),
});

const situation = fc.record({
  changedOver: fc.constantFrom('rest' as const, 'rladmin' as const),
  kind: fc.constantFrom('crdt' as const, 'replica' as const),
  database: fc.record({ policy, syncerMode: mode }),
  wanted: fc.record({ syncerMode: mode }),
  faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
});

/** Requests that set something and were carried out, rehearsals left out. */
const doneOver = ({ commands }: SimulatedCluster): string[] =>
  commands
    .filter(({ applied: wasApplied, argv }) => wasApplied && argv[0] === 'PUT')
    .map(({ argv }) => argv.join(' '))
    .filter((line) => !line.includes('dry_run'));

const RUNS = Number(process.env.CHAOS_RUNS ?? 120);
const SEED = process.env.CHAOS_RUNS === undefined ? 20_261_202 : undefined;
const VERIFICATION = { samples: 3, intervalSeconds: 10, deadlineSeconds: 120 };

describe('any replicating database, any faults of its API and of its replication', () => {
  it('ends safely, and is never called healthy when it is not', { timeout: 900_000 }, async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(situation, async ({ changedOver, kind, database, wanted, faults }) => {
        const relations = kind === 'crdt' ? { crdt: activeActive([PEER]) } : { replica: replicaOf(2) };
        const lab = await RestLab.open(clusterWith({ ...database, relations }, { faults: structuredClone(faults) }), changedOver);
        try {
          const report = await lab.run({ wanted, verification: VERIFICATION });
          seen.add(report.outcome);
          await expectSafe(lab, report, { foreign: faults.some(({ effect }) => effect.kind === 'fall-back') });
          const done = doneOver(lab.cluster);
          const forward = done.filter((line) => !line.endsWith('_dist":false}'));
          expect(new Set(forward).size, 'a write was carried out twice').toBe(forward.length);
          if (['refused', 'drifted', 'unchanged', 'planned'].includes(report.outcome)) expect([...done, ...sent(lab)]).toEqual([]);
          if (report.health === 'verified')
            // As it was at the last look: what happens after it, nobody can have known.
            for (const [, relation] of relationsOf(lab.lastShown)) {
              expect(relation.sync).toBe('enabled');
              expect(relation.sources.map(({ status }) => status)).toEqual(relation.sources.map(() => 'in-sync'));
            }
        } finally {
          await lab.close();
        }
      }),
      { numRuns: RUNS, ...(SEED !== undefined && { seed: SEED }) },
    );
    expect([...seen].sort()).toEqual(['applied', 'needs-operator', 'refused', 'rolled-back', 'unchanged']);
  });
});
