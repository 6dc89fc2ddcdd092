import fc from 'fast-check';
import type { Control } from '../../lambdas/contracts/rollout.ts';
import type { Fault, FaultEffect, ForeignSettings } from '../../lib/simulator/faults.ts';
import { alertRaised, fullSync, lagRises, outOfSync, peerGoesDown, syncBecomes } from '../../lib/simulator/replication-faults.ts';
import { mode, node, policy, rladminEffects, soon } from './rladmin-effects.ts';
import { type Pick, pick } from './rollout-chaos-files.ts';

/** A fault of the simulator, on one cluster; databases in it are counted from 0. */
export interface ScriptedFault {
  readonly cluster: number;
  readonly fault: Fault;
}

/** When something happens: at a command, counted over all clusters; at an event of a rollout; or so many seconds after the beginning. */
export type Moment =
  | { readonly command: number; readonly when: 'before' | 'after' }
  | { readonly event: 'planned' | 'wave-began' | 'bake-began' | 'wave-passed' | 'stopped'; readonly nth: number }
  | { readonly second: number };

/** What happens beside what commands do. `seconds`: after so many it is over; without, it stays. */
export type Incident =
  | { readonly kind: 'silence'; readonly at: Pick; readonly seconds?: number | undefined }
  | { readonly kind: 'lose-proxies'; readonly at: Pick }
  | { readonly kind: 'node-down'; readonly at: Pick; readonly node: number }
  | { readonly kind: 'change'; readonly at: Pick; readonly set: ForeignSettings }
  | { readonly kind: 'drop'; readonly at: Pick }
  | { readonly kind: 'alarm'; readonly seconds?: number | undefined }
  | { readonly kind: 'crash' }
  | { readonly kind: 'ask'; readonly control: Control };
export interface Trouble {
  readonly moment: Moment;
  readonly incident: Incident;
}

/** Ids of databases are counted from 1 on each cluster. */
const database = fc.integer({ min: 1, max: 5 });
const settings: fc.Arbitrary<ForeignSettings> = fc.oneof(
  fc.record({ syncerMode: mode }),
  fc.record({ policy }),
  fc.record({ policy, syncerMode: mode }),
  fc.constant({ status: 'active-change-pending' }),
  fc.constant({ name: 'renamed' }),
);

const ofRladmin: fc.Arbitrary<FaultEffect> = fc.oneof(
  ...rladminEffects(database, settings),
  fc.record({ kind: fc.constant('drop-database' as const), database }),
);
const timing = fc.record({ commands: soon, recoverAfter: fc.integer({ min: 1, max: 60 }) }, { requiredKeys: ['commands'] });
const ofReplication: fc.Arbitrary<FaultEffect> = fc.oneof(
  fc.tuple(database, fc.integer({ min: 1, max: 9_000 }), timing).map(([id, lagMs, when]) => lagRises(id, lagMs, when)),
  fc.tuple(database, timing).map(([id, when]) => outOfSync(id, 'no route to host', when)),
  fc.tuple(database, timing).map(([id, when]) => fullSync(id, when)),
  fc.tuple(database, timing).map(([id, when]) => syncBecomes(id, 'stopped', when)),
  fc.tuple(database, timing).map(([id, when]) => peerGoesDown(id, 'rs-2.example.net', when)),
  fc.tuple(database, timing).map(([id, when]) => alertRaised(id, 'syncer_general_error', when)),
  fc.constantFrom(401, 404, 429, 500, 503).map((status): FaultEffect => ({ kind: 'status', status, applied: false })),
);
const times = fc.constantFrom<(number | 'always')[]>(1, 1, 2, 5, 'always');
const scripted = (on: fc.Arbitrary<string>, effect: fc.Arbitrary<FaultEffect>, max: number): fc.Arbitrary<ScriptedFault> =>
  fc.record({ cluster: fc.nat({ max: 4 }), fault: fc.record({ on, nth: fc.integer({ min: 1, max }), times, effect }) });

export const faults: fc.Arbitrary<ScriptedFault[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: scripted(fc.constantFrom('^tune', '^bind', '^tune .*distributed', '^tune .*centralized'), ofRladmin, 3) },
    { weight: 1, arbitrary: scripted(fc.constantFrom('^status', '^info', '^(status|info|tune|bind)'), ofRladmin, 30) },
    { weight: 1, arbitrary: scripted(fc.constantFrom('^GET', '^GET /v1/bdbs/\\d', '^tune'), ofReplication, 20) },
  ),
  { minLength: 1, maxLength: 5 },
);

const moment: fc.Arbitrary<Moment> = fc.oneof(
  fc.record({ command: fc.integer({ min: 5, max: 90 }), when: fc.constantFrom('before' as const, 'after' as const) }),
  fc.record({
    event: fc.constantFrom('planned' as const, 'wave-began' as const, 'bake-began' as const, 'wave-passed' as const, 'stopped' as const),
    nth: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({ second: fc.integer({ min: 1, max: 1_500 }) }),
);
const seconds = fc.option(fc.integer({ min: 5, max: 1_200 }), { nil: undefined });

const incident: fc.Arbitrary<Incident> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('silence' as const), at: pick, seconds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose-proxies' as const), at: pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('node-down' as const), at: pick, node }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), at: pick, set: settings }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), at: pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('alarm' as const), seconds }) },
  { weight: 4, arbitrary: fc.constant<Incident>({ kind: 'crash' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      control: fc.constantFrom(
        'pause' as const,
        'pause' as const,
        'pause' as const,
        'abort' as const,
        'undo-wave' as const,
        'undo-all' as const,
      ),
    }),
  },
);

export const troubles: fc.Arbitrary<Trouble[]> = fc.array(fc.record({ moment, incident }), { minLength: 1, maxLength: 4 });
