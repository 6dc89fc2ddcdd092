import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { FaultEffect } from '../../lib/simulator/faults.ts';
import { addDatabase, clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { Lab } from '../support/lab.ts';

/** The commands of a change from C1 to D2 up to its first sample, by number. The cluster has no quorum-only node. */
const FLOW = [
  'status extra all', // 1: Inspect status
  'info db db:7',
  'cluster running_actions',
  'info cluster',
  'status extra all', // 5: Begin change
  'info db db:7',
  'bind db db:7 endpoint 7:1 policy all-master-shards', // 7: Rebind policy
  'status extra all',
  'info db db:7',
  'status extra all', // 10: Tune syncer
  'info db db:7',
  'tune db db:7 syncer_mode distributed', // 12
  'status extra all',
  'info db db:7',
  'status extra all', // 15: first sample
  'info db db:7',
];
const BIND = 7;
const TUNE = 12;
const READS = FLOW.map((_, index) => index + 1).filter((number) => number !== BIND && number !== TUNE);
const upTo = (last: number) => READS.filter((number) => number <= last);
const from = (first: number) => FLOW.map((_, index) => index + 1).filter((number) => number >= first);

function labWith(effect: FaultEffect, number: number, options: DatabaseOptions = {}): Lab {
  const cluster = clusterWith(options, { faults: [{ on: '.', nth: number, effect }] });
  addDatabase(cluster, { id: 8, name: 'neighbour', masters: [1, 3], replicas: [3, 1] });
  return new Lab(cluster);
}

type Row = readonly [rows: string, effect: FaultEffect, numbers: readonly number[], outcome: Outcome];

const foreign = (set: Extract<FaultEffect, { kind: 'foreign-change' }>['set']): FaultEffect => ({
  kind: 'foreign-change',
  database: 7,
  when: 'before',
  set,
});

/** What has to come of each, by the rows of docs/failures.md. */
const TABLE: readonly Row[] = [
  // A read may fail once: it is repeated, and nothing else happens.
  ['A12 B20', { kind: 'hang', applied: false }, READS, 'applied'],
  ['G09', { kind: 'fail' }, READS, 'applied'],
  ['A20', { kind: 'no-answer' }, READS, 'applied'],
  ['B01 GR8', { kind: 'garbage', applied: false }, READS, 'applied'],
  ['A21 B02', { kind: 'garbage', applied: false, truncateAt: 300 }, READS, 'applied'],
  ['A08', { kind: 'slow', ms: 30_000 }, from(1), 'applied'],

  // A write is decided by state: the text of its answer proves nothing.
  ['C06 C07 D03', { kind: 'fail' }, [BIND, TUNE], 'rolled-back'],
  ['D05', { kind: 'fail', text: 'usage: rladmin …' }, [BIND, TUNE], 'rolled-back'],
  ['C01 D04', { kind: 'fail-but-applied' }, [BIND, TUNE], 'applied'],
  ['C03 D02', { kind: 'no-effect' }, [BIND, TUNE], 'needs-operator'],
  ['A23 GR1', { kind: 'no-answer' }, [BIND, TUNE], 'applied'],
  ['A15 GR3', { kind: 'lost' }, [BIND, TUNE], 'rolled-back'],
  ['A13', { kind: 'hang', applied: true }, [BIND, TUNE], 'applied'],
  ['A13', { kind: 'hang', applied: false }, [BIND, TUNE], 'rolled-back'],
  ['A20 U2', { kind: 'garbage', applied: true }, [BIND, TUNE], 'applied'],
  ['A20 U2', { kind: 'garbage', applied: false }, [BIND, TUNE], 'rolled-back'],
  ['B21 C02', { kind: 'busy', commands: 4 }, [BIND, TUNE], 'applied'],
  ['C08 D20', { kind: 'busy', commands: 10_000 }, [BIND, TUNE], 'needs-operator'],
  ['D01', { kind: 'delayed', commands: 6 }, [BIND, TUNE], 'applied'],
  ['C03 D02', { kind: 'delayed', commands: 10_000 }, [BIND, TUNE], 'needs-operator'],

  // What was proven may fall back later.
  ['C15', { kind: 'fall-back', commands: 2, what: 'policy' }, [BIND], 'needs-operator'],
  ['C15', { kind: 'fall-back', commands: 9, what: 'policy' }, [BIND], 'needs-operator'],
  ['C04', { kind: 'fall-back', commands: 0, what: 'proxies' }, [BIND], 'rolled-back'],
  ['C04', { kind: 'fall-back', commands: 2, what: 'proxies' }, [BIND], 'rolled-back'],
  ['E13', { kind: 'fall-back', commands: 2, what: 'mode' }, [TUNE], 'rolled-back'],
  ['E13', { kind: 'fall-back', commands: 6, what: 'mode' }, [TUNE], 'rolled-back'],
  ['C05', { kind: 'fall-back', commands: 4, what: 'proxies' }, [TUNE], 'rolled-back'],

  // The cluster is no longer calm.
  ['B16', { kind: 'node-down', node: 3 }, upTo(5), 'refused'],
  ['C17 H08', { kind: 'node-down', node: 3 }, from(6), 'needs-operator'],
  ['B16', { kind: 'maintenance', node: 3 }, upTo(5), 'refused'],
  ['H09', { kind: 'maintenance', node: 3 }, from(6), 'needs-operator'],

  // Somebody else changes the same database.
  ['H02 GR4', foreign({ policy: 'all-nodes' }), [2, 3, 4, 5], 'drifted'],
  ['GR4 F09', foreign({ policy: 'all-nodes' }), from(9), 'needs-operator'],
  ['H02 GR4', foreign({ exclude: [3] }), [2, 3, 4, 5], 'drifted'],
  ['H02 GR4', foreign({ syncerMode: 'distributed' }), [3, 4, 5, 6], 'drifted'],
  ['H03', foreign({ name: 'renamed' }), [3, 4, 5], 'drifted'],
  ['H03', foreign({ name: 'renamed' }), [8, 10, 13, 15], 'needs-operator'],
  ['B17', foreign({ status: 'recovery' }), upTo(5), 'refused'],
  ['B06', { kind: 'drop-database', database: 7 }, upTo(6), 'refused'],
  ['G04', { kind: 'drop-database', database: 7 }, from(8), 'needs-operator'],
];

const cases = TABLE.flatMap(([rows, effect, numbers, outcome]) =>
  numbers.map((number) => [outcome, `${effect.kind} ${JSON.stringify(effect)}`, number, FLOW[number - 1] ?? '', rows, effect] as const),
);

describe('one fault in a change from C1 to D2', () => {
  it('meets the commands that this table counts', async () => {
    const lab = labWith({ kind: 'slow', ms: 0 }, 1);
    await lab.run();
    expect(lab.cluster.commands.slice(0, FLOW.length).map(({ argv }) => argv.join(' '))).toEqual(FLOW);
  });

  it.each(cases)('ends %s after %s at command %i, %s (%s)', async (outcome, _effect, number, _command, _rows, effect) => {
    const lab = labWith(effect, number);
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe(outcome);
  });
});

/** Faults of the one write of a rollback, after a verification that failed. */
const ROLLBACK_TABLE: readonly (readonly [string, FaultEffect, Outcome])[] = [
  ['F01', { kind: 'slow', ms: 1 }, 'rolled-back'],
  ['F02', { kind: 'fail' }, 'needs-operator'],
  ['D04', { kind: 'fail-but-applied' }, 'rolled-back'],
  ['F03 D02', { kind: 'no-effect' }, 'needs-operator'],
  ['GR1', { kind: 'no-answer' }, 'rolled-back'],
  ['GR3', { kind: 'lost' }, 'needs-operator'],
  ['A13', { kind: 'hang', applied: true }, 'rolled-back'],
  ['A13', { kind: 'hang', applied: false }, 'needs-operator'],
  ['D20', { kind: 'busy', commands: 10_000 }, 'needs-operator'],
  ['F03', { kind: 'fall-back', commands: 3, what: 'mode' }, 'needs-operator'],
  ['F04', { kind: 'drop-database', database: 7 }, 'needs-operator'],
];

describe('one fault in a rollback', () => {
  it.each(ROLLBACK_TABLE)('%s: %j ends %s', async (_rows, effect, outcome) => {
    const lab = labWith({ kind: 'fall-back', commands: 4, what: 'proxies' }, TUNE);
    lab.cluster.faults.push({ on: '^tune.*centralized', effect });
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe(outcome);
  });
});

describe('a state that stays unreadable', () => {
  it.each(['garbage', 'hang', 'fail', 'no-answer'] as const)(
    'is never undone blindly: %s after the mode was set calls an operator',
    async (kind) => {
      const cluster = clusterWith();
      const effect = { kind, applied: false } as FaultEffect;
      cluster.faults.push({ on: '^(status|info)', nth: 12, times: 'always', effect });
      const lab = new Lab(cluster);
      const report = await lab.run();
      await expectSafe(lab, report);
      expect(report.outcome).toBe('needs-operator');
      expect(lab.database.syncerMode).toBe('distributed');
    },
  );

  it.each(['garbage', 'hang', 'fail', 'no-answer'] as const)('refuses the change before anything is written: %s', async (kind) => {
    const effect = { kind, applied: false } as FaultEffect;
    const lab = new Lab(clusterWith({}, { faults: [{ on: '^status', times: 'always', effect }] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('refused');
  });
});

describe('a database whose flag is set on a single proxy (D0)', () => {
  // Two readings come first: the step reads the mode before it sets it.
  const HOLD = 9;
  it.each([
    ['D03', { kind: 'fail' }, 'rolled-back'],
    ['D02', { kind: 'no-effect' }, 'needs-operator'],
    ['GR1', { kind: 'no-answer' }, 'applied'],
    ['A13', { kind: 'hang', applied: true }, 'applied'],
    ['C16', { kind: 'fall-back', commands: 2, what: 'mode' }, 'needs-operator'],
  ] as const)('%s: %j while the flag is cleared ends %s', async (_rows, effect, outcome) => {
    const lab = labWith(effect, HOLD, { syncerMode: 'distributed' });
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe(outcome);
  });
});
