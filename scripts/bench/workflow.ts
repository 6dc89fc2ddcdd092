import { newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { oneByOne, type Runner } from '../../lambdas/adapters/rladmin/runner.ts';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { decide } from '../../lambdas/gates/decide.ts';
import { gatesOf } from '../../lambdas/runtime/gates.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import { runLocally } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { answer } from '../../lib/simulator/rladmin.ts';
import type { Figure } from './figure.ts';

/** Public prices of eu-west-1 in US dollars, arm64, on demand. */
const PRICE = { transition: 25e-6, gigabyteSecond: 13.3334e-6, invocation: 0.2e-6, tableWrite: 0.705e-6, tableRead: 0.141e-6 };
const MEMORY_GB = 0.5;
/** Taken for a step on AWS: its commands travel through Run Command, at about three seconds each, and a start that is cold. */
const SECONDS_PER_JOURNEY = 3;
const SECONDS_PER_START = 0.6;

interface Counted {
  readonly transitions: number;
  readonly steps: number;
  readonly journeys: number;
  readonly tableWrites: number;
}

/** The same runner, telling of each journey: one for the reads of a reading, one for a write. */
const counting = (runner: Runner, travels: () => void): Runner => ({
  ...runner,
  reading: (...about) => {
    travels();
    return runner.reading(...about);
  },
  write: (...about) => {
    travels();
    return runner.write(...about);
  },
});

/** An approval that is given as soon as it is asked for, and a window that is open. */
const BOTH_GATES = {
  requestedBy: 'alice',
  approval: { required: true },
  window: { opensAt: '2026-12-01T01:00:00Z', closesAt: '2026-12-01T05:00:00Z' },
};

/**
 * Runs one change of six samples and counts what it is made of.
 * @param asked - what the request says of gates.
 */
async function countChange(asked: Partial<ChangeRequestInput>): Promise<Counted> {
  const cluster = clusterWith();
  let now = Date.parse('2026-12-01T02:00:00Z');
  const clock = {
    now: () => new Date(now),
    sleep: async (seconds: number) => {
      now += seconds * 1000;
    },
  };
  const store = new SqliteChangeStore(':memory:', clock);
  let [transitions, steps, journeys] = [0, 0, 0];
  const run = async (command: readonly string[]) => {
    const { stdout, stderr, exitCode } = answer(cluster, [...command]);
    return { ended: 'exited', exitCode, stdout, stderr } as const;
  };
  const dialect = newDialect();
  const ports: Ports = {
    store,
    clock,
    holder: { description: 'bench', host: 'bench' },
    defaults: {},
    gates: gatesOf(Configuration.parse({ clusters: { lab: { transport: 'exec', rladmin: ['rladmin'] } } }), '.'),
    cluster: async (name) => new RladminCluster({ name, runner: counting(oneByOne(run), () => journeys++), clock, dialect }),
    health: async () => undefined,
    isCancelled: () => false,
  };
  await runLocally({
    changeId: 'chg-bench',
    request: {
      ...asked,
      target: { cluster: 'lab', database: 'orders' },
      wanted: { syncerMode: 'distributed' },
      verification: { settleSeconds: 0, intervalSeconds: 0 },
    },
    ports,
    onGate: ({ request: { changeId, plan } }) =>
      void decide(ports, { changeId, identity: { id: 'bob', via: 'machine' }, verdict: 'approve', planHash: plan.hash }),
    onState: () => {
      transitions += 1;
    },
    intercept: (_state, step) => (event) => {
      steps += 1;
      return step(event);
    },
  });
  const record = await store.get('chg-bench');
  return { transitions, steps, journeys, tableWrites: (record?.timeline.length ?? 0) + 10 };
}

/** State transitions of one change and what they, and everything else that is billed for it, cost. */
export async function benchWorkflow(): Promise<Figure[]> {
  return [...(await figuresOf('one change', {})), ...(await figuresOf('one change with both gates', BOTH_GATES))];
}

async function figuresOf(name: string, asked: Partial<ChangeRequestInput>): Promise<Figure[]> {
  const { transitions, steps, journeys, tableWrites } = await countChange(asked);
  const seconds = steps * SECONDS_PER_START + journeys * SECONDS_PER_JOURNEY;
  const cost =
    transitions * PRICE.transition +
    seconds * MEMORY_GB * PRICE.gigabyteSecond +
    steps * PRICE.invocation +
    tableWrites * (PRICE.tableWrite + PRICE.tableRead);
  const about = `${name}, six samples`;
  return [
    { name: `${about}: state transitions`, unit: '', value: transitions, budget: 45 },
    { name: `${about}: Lambda calls`, unit: '', value: steps },
    { name: `${about}: journeys to the cluster`, unit: '', value: journeys, note: 'each one Run Command, or one set of REST calls' },
    {
      name: `${about}: estimated cost on AWS`,
      unit: 'USD',
      value: cost,
      budget: 0.003,
      note: `${seconds.toFixed(0)} s of Lambda at ${SECONDS_PER_JOURNEY} s a journey, ${tableWrites} writes to the table; logs and the monthly price of key, alarms and dashboard not included`,
    },
  ];
}
