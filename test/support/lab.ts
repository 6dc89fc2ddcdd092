import { newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { oneByOne, type RunCommand } from '../../lambdas/adapters/rladmin/runner.ts';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import type { ApprovalVerdict, Gate } from '../../lambdas/contracts/approval.ts';
import type { ChangeReport, Lock } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { Answer } from '../../lambdas/gates/answers.ts';
import { decide } from '../../lambdas/gates/decide.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import definition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import { type LocalRun, runLocally } from '../../lib/local/engine.ts';
import { databaseOf, type SimulatedCluster, type SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import { answer } from '../../lib/simulator/rladmin.ts';

import { gates, type TestGates } from './gates.ts';

export const CHANGE_ID = 'chg-test';

/** A clock that moves only when somebody sleeps or a command takes its time. */
export class VirtualClock implements Clock {
  #now = Date.parse('2026-12-01T02:00:00Z');

  now = (): Date => new Date(this.#now);

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }

  sleep = async (seconds: number): Promise<void> => this.advance(seconds);
}

/** What the cluster was told, and what it looked like when it was told. */
export interface SentWrite {
  readonly argv: readonly string[];
  readonly database: SimulatedDatabase | undefined;
  /** A reading before it, in this run, printed every endpoint of the database on two nodes under a multi-proxy policy. */
  readonly provenMultiProxy: boolean;
}

/** True when a printed status shows every endpoint of the database on two nodes under a multi-proxy policy. Reads text, not our parser's facts. */
function printsWide(status: string, databaseId: number): boolean {
  const rows = [...status.matchAll(/endpoint:(\d+):(\d+) +\*?node:(\d+) +(\S+)/g)].filter(
    ([, database]) => Number(database) === databaseId,
  );
  const endpoints = new Set(rows.map(([, , endpoint]) => endpoint));
  return (
    endpoints.size > 0 &&
    rows.every(([, , , , policy]) => policy !== 'single') &&
    [...endpoints].every((endpoint) => new Set(rows.filter((row) => row[2] === endpoint).map((row) => row[3])).size >= 2)
  );
}

/** A simulated cluster in memory behind the product's own rladmin adapter, and the workflow over it in virtual time. */
export class Lab {
  readonly clock: VirtualClock;
  readonly store: SqliteChangeStore;
  readonly writes: SentWrite[] = [];
  readonly #before: SimulatedDatabase[];
  readonly #stop = new AbortController();
  /** Real milliseconds that a wait of the workflow takes; none unless said. */
  readonly waits: Record<string, number> = {};
  /** What is configured of the gates. */
  gates: TestGates = {};
  /** How often a change looks for a decision. */
  gateEverySeconds = 60;

  readonly cluster: SimulatedCluster;
  readonly databaseId: number;

  constructor(cluster: SimulatedCluster, databaseId = 7, clock = new VirtualClock()) {
    this.clock = clock;
    this.store = new SqliteChangeStore(':memory:', clock);
    this.cluster = cluster;
    this.databaseId = databaseId;
    this.#before = structuredClone(cluster.databases);
  }

  get database(): SimulatedDatabase {
    return databaseOf(this.cluster, this.databaseId);
  }

  cancel(): void {
    this.#stop.abort();
  }

  /** Databases other than the changed one that are not as they were. */
  get touchedOthers(): SimulatedDatabase[] {
    return this.cluster.databases
      .filter(({ id }) => id !== this.databaseId)
      .filter((database) => JSON.stringify(database) !== JSON.stringify(this.#before.find(({ id }) => id === database.id)));
  }

  async lock(): Promise<Lock | undefined> {
    return (await this.store.locks())[0];
  }

  readonly #runner: RunCommand = async (command, limitSeconds) => {
    const argv = [...command];
    const before = this.cluster.databases.find(({ id }) => argv.includes(`db:${id}`));
    if (argv[0] === 'bind' || argv[0] === 'tune')
      this.writes.push({ argv, database: structuredClone(before), provenMultiProxy: this.#sawWide });
    const { stdout, stderr, exitCode, delayMs, hang } = answer(this.cluster, argv);
    if (stdout.includes(' SSL')) this.#sawWide = printsWide(stdout, this.databaseId);
    if (argv[0] === 'bind') this.#sawWide = false;
    this.clock.advance(hang ? limitSeconds : delayMs / 1000);
    const ended = hang ? 'timed-out' : exitCode === null ? 'killed' : 'exited';
    return { ended, exitCode, stdout, stderr };
  };
  #sawWide = false;

  ports(): Ports {
    const dialect = newDialect();
    return {
      store: this.store,
      clock: this.clock,
      holder: { description: 'test', host: 'test' },
      defaults: {},
      gates: gates(this.gates),
      cluster: async (name, observe) => new RladminCluster({ name, runner: oneByOne(this.#runner), clock: this.clock, dialect, observe }),
      health: async () => undefined,
      isCancelled: () => this.#stop.signal.aborted,
    };
  }

  /** Decides on the plan that a gate asks about, as an account of this machine. */
  decide(gate: Gate, who: string, verdict: ApprovalVerdict = 'approve', reason?: string): Promise<Answer> {
    const { changeId, plan } = gate.request;
    const identity = { id: who, via: 'machine' } as const;
    return decide(this.ports(), { changeId, identity, verdict, planHash: plan.hash, ...(reason !== undefined && { reason }) });
  }

  /** Runs a change to distributed unless the request says otherwise. */
  async run(
    request: Partial<ChangeRequestInput> = {},
    intercept?: LocalRun['intercept'],
    changeId = CHANGE_ID,
    onGate?: LocalRun['onGate'],
  ): Promise<ChangeReport> {
    const states = Object.keys(definition.States);
    const none = Object.fromEntries(states.map((state) => [state, 0]));
    const report = await runLocally({
      changeId,
      request: { target: { cluster: 'lab', database: 'orders' }, wanted: { syncerMode: 'distributed' }, ...request },
      ports: this.ports(),
      ...(onGate && { onGate }),
      gateEverySeconds: this.gateEverySeconds,
      stop: this.#stop.signal,
      overrides: { waitTimeOverrides: { ...none, ...this.waits }, retryIntervalOverrides: none },
      intercept: (state, run) => {
        const pausing = async (event: unknown) => {
          // The waits of the workflow are skipped, so the clock makes up for them here.
          if (state.startsWith('Verify')) this.clock.advance(10);
          return run(event);
        };
        return intercept ? intercept(state, pausing) : pausing;
      },
    });
    if (!report) throw new Error('the change left no report');
    return report;
  }
}

export const sent = (lab: Lab): string[] => lab.writes.map(({ argv }) => argv.join(' '));
export const DISTRIBUTE = 'tune db db:7 syncer_mode distributed';
export const CENTRALIZE = 'tune db db:7 syncer_mode centralized';
export const WIDEN = 'bind db db:7 endpoint 7:1 policy all-master-shards';
