import type { ApprovalVerdict } from '../../lambdas/contracts/approval.ts';
import type { ChangeReport, Lock } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { Control, RolloutRecord, RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile, type RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import type { OpenRolloutInput } from '../../lambdas/contracts/rollout-steps.ts';
import type { Answer } from '../../lambdas/gates/answers.ts';
import { askRollout } from '../../lambdas/gates/ask-rollout.ts';
import { decideRollout } from '../../lambdas/gates/decide-rollout.ts';
import type { RolloutPorts } from '../../lambdas/rollout/step.ts';
import changeDefinition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import rolloutDefinition from '../../lib/local/definitions/rollout.asl.json' with { type: 'json' };
import { runLocally } from '../../lib/local/engine.ts';
import { allStates } from '../../lib/local/execution.ts';
import { isAlive } from '../../lib/local/process.ts';
import { takeUpRollout } from '../../lib/local/rollout/recover.ts';
import { runRolloutLocally } from '../../lib/local/rollout/run.ts';
import { databaseOf, type SimulatedCluster, type SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import { groupsOf } from '../../lib/simulator/fleet.ts';
import { gates, type TestGates } from './gates.ts';
import { RolloutClock } from './rollout-clock.ts';
import { RolloutClusters } from './rollout-clusters.ts';
import { RolloutProcess } from './rollout-process.ts';
import { type Place, RolloutRules } from './rollout-rules.ts';
import { type OnRolloutEvent, RaisedByHand, StoreFolder, WatchedChangeStore, WatchedRolloutStore } from './rollout-stores.ts';
import type { Trouble } from './rollout-trouble.ts';
import { statesOfChanges, statesOfRollouts } from './rollout-waits.ts';

export interface RolloutLabProps {
  readonly fleet: SimulatedCluster[];
  /** Replication is watched over the REST API of each cluster, so that kinds, groups and traffic are known. @default true */
  readonly watched?: boolean;
  readonly gates?: TestGates;
}

export const ROLLOUT_ID = 'rol-test';

const none = (states: Parameters<typeof allStates>[0]): Record<string, number> =>
  Object.fromEntries(Object.keys(allStates(states)).map((state) => [state, 0]));
const NO_WAITS = { change: none(changeDefinition), rollout: none(rolloutDefinition) };
/** How often to look for decisions and what somebody asks, in real time. */
const EVERY_MS = 5;

/**
 * A fleet of simulated clusters in memory behind the product's own adapters, and the workflows over it in virtual time. What must hold at
 * every moment is looked at by `rules`.
 */
export class RolloutLab {
  readonly clock = new RolloutClock();
  readonly alarms = new RaisedByHand();
  readonly rules: RolloutRules;
  readonly clusters: RolloutClusters;
  readonly store: WatchedChangeStore;
  readonly rollouts: WatchedRolloutStore;
  /** What is configured of the gates. */
  gates: TestGates;
  /** Real milliseconds that a wait of the rollout's own workflow takes, by state; none unless said. */
  readonly waits: Record<string, number> = {};
  /** Runs that somebody had to begin by asking, such as to resume a rollout that is paused. */
  readonly begun: Promise<RolloutRecord>[] = [];
  /** Steps of rollouts that failed, with their errors: what a workflow outlives should be seen all the same. */
  readonly failures: string[] = [];
  readonly #watched: boolean;
  readonly #folder = new StoreFolder();
  #process = new RolloutProcess();

  constructor({ fleet, watched = true, gates: configured = {} }: RolloutLabProps) {
    this.gates = configured;
    this.#watched = watched;
    this.rules = new RolloutRules(groupsOf(fleet));
    this.clusters = new RolloutClusters(fleet, this.clock, this.rules);
    this.store = new WatchedChangeStore(this.#folder.file, this.clock, this.rules);
    this.rollouts = new WatchedRolloutStore(this.#folder.file, this.clock);
  }

  /** Nothing that the lab runs may be under way any more. */
  close(): void {
    this.#process.kill();
    this.rollouts.close();
    this.store.close();
    this.#folder.remove();
  }

  /** The process that the workflows run in now: after it was killed, a new one. */
  get process(): RolloutProcess {
    if (this.#process.isDead) this.#process = new RolloutProcess();
    return this.#process;
  }

  /** Kills the process that the workflows run in, as a power cut would. */
  crash(): void {
    this.#process.kill();
  }

  /** Lets something happen at a command. */
  at(trouble: Trouble): void {
    this.clusters.troubles.add(trouble);
  }

  /** Lets something happen at an event of a rollout, before it goes on: what is waited for here must not need the rollout to go on. */
  on(listener: OnRolloutEvent): void {
    this.rollouts.listeners.push(listener);
  }

  cluster(name: string): SimulatedCluster {
    return this.clusters.named(name);
  }

  database(place: Place): SimulatedDatabase {
    const [cluster = '', id = ''] = place.split('/db:');
    return databaseOf(this.cluster(cluster), Number(id));
  }

  async locks(): Promise<Lock[]> {
    return this.store.locks();
  }

  async targets(rolloutId = ROLLOUT_ID): Promise<RolloutTarget[]> {
    return this.rollouts.targets(rolloutId);
  }

  ports(process = this.process): RolloutPorts {
    return {
      store: process.guard(this.store),
      rollouts: process.guard(this.rollouts),
      clock: process.guard(this.clock),
      alarms: process.guard(this.alarms),
      holder: process.holder,
      defaults: {},
      gates: gates(this.gates),
      clusters: this.clusters.names,
      cluster: async (name, observe) => this.clusters.overRladmin(name, process, observe),
      health: async (name, observe) => (this.#watched ? process.guard(this.clusters.overRest(name, observe)) : undefined),
      isCancelled: () => false,
    };
  }

  /**
   * Begins a rollout and lets it run until it has ended or is paused. Its limits become rules.
   * @throws Crashed when the process is killed; `takeUp` goes on with it.
   */
  async rollOut(file: RolloutFileInput, rolloutId = ROLLOUT_ID, planOnly = false): Promise<RolloutRecord> {
    this.rules.limits.set(rolloutId, RolloutFile.parse(file).concurrency);
    return this.#run({ rolloutId, run: 0, file, planOnly });
  }

  /** Goes on with a rollout whose process is gone, as a command line does that is told to. */
  async takeUp(rolloutId = ROLLOUT_ID): Promise<RolloutRecord> {
    const { process } = this;
    const run = await Promise.race([takeUpRollout(this.ports(process), rolloutId, this.#changeWaits(process)), process.death]);
    return this.#run({ rolloutId, run, planOnly: false });
  }

  /** Asks a rollout for something, as an account of this machine. One that does not run is begun, and is among `begun` then. */
  ask(control: Control, rolloutId = ROLLOUT_ID, reason?: string): Promise<Answer> {
    const starter = {
      start: async (input: OpenRolloutInput) => void this.begun.push(this.#run(input)),
      isRunning: async ({ status, holder }: RolloutRecord) => status === 'running' && isAlive(holder) !== false,
    };
    const identity = { id: 'olga', via: 'machine' } as const;
    const { store, clock, gates: configured, rollouts } = this.ports();
    const ports = { store, clock, gates: configured, rollouts, starter };
    return askRollout(ports, { rolloutId, control, identity, ...(reason !== undefined && { reason }) });
  }

  /** Decides on the plan of a rollout as it is on record. A rollout that waits for a decision waits in real time. */
  async decide(verdict: ApprovalVerdict, who = 'bob', rolloutId = ROLLOUT_ID): Promise<Answer> {
    const planHash = (await this.rollouts.get(rolloutId))?.plan?.hash ?? '';
    const identity = { id: who, via: 'machine' } as const;
    return decideRollout(this.ports(), { rolloutId, verdict, planHash, identity, reason: `${who} has looked at it` });
  }

  async #run({ rolloutId, run, file, planOnly }: OpenRolloutInput): Promise<RolloutRecord> {
    const { process, clock } = this;
    const { rollout } = NO_WAITS;
    const running = runRolloutLocally({
      rolloutId,
      run,
      ...(file !== undefined && { file: file as RolloutFileInput }),
      planOnly,
      ports: this.ports(process),
      everyMs: EVERY_MS,
      overrides: { waitTimeOverrides: { ...rollout, ...this.waits }, retryIntervalOverrides: rollout },
      intercept: statesOfRollouts(clock, process, (state, error) => {
        this.failures.push(`${state}: ${String(error)}`);
        throw error;
      }),
      changes: this.#changeWaits(process),
    });
    return Promise.race([running, process.death]);
  }

  /** Changes, and recoveries of them, in virtual time. */
  #changeWaits(process: RolloutProcess) {
    const { change } = NO_WAITS;
    const overrides = { waitTimeOverrides: change, retryIntervalOverrides: change };
    return { overrides, intercept: statesOfChanges(this.clock, process) };
  }

  /** Runs one change by itself, to distributed unless the request says otherwise. @throws Crashed when the process is killed. */
  async change(
    place: Place,
    request: Partial<ChangeRequestInput> = {},
    changeId = `chg_${place.replace(/\W/g, '-')}`,
  ): Promise<ChangeReport> {
    const { process } = this;
    const [cluster = '', database = ''] = place.split('/');
    const running = runLocally({
      changeId,
      request: { target: { cluster, database }, wanted: { syncerMode: 'distributed' }, ...request },
      ports: this.ports(process),
      overrides: { waitTimeOverrides: NO_WAITS.change, retryIntervalOverrides: NO_WAITS.change },
      intercept: statesOfChanges(this.clock, process),
    });
    const report = await Promise.race([running, process.death]);
    if (!report) throw new Error('the change left no report');
    return report;
  }
}
