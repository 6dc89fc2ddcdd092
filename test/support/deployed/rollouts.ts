/** Rollouts over two deployed clusters: begun as the command line does it, steered by people at the address of the function for decisions. */
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, vi } from 'vitest';
import type { RolloutFileInput } from '../../../lambdas/contracts/rollout-file.ts';
import { withStepFunctions } from '../../../lib/deployed/connection.ts';
import { executionOf, withDeployedRolloutWorkflow } from '../../../lib/deployed/rollout-workflow.ts';
import type { SimulatedCluster } from '../../../lib/simulator/cluster.ts';
import type { Fault } from '../../../lib/simulator/faults.ts';
import { addDatabase, emptyCluster, nodesUpTo } from '../../../lib/simulator/fleets.ts';
import { replicaOf } from '../../../lib/simulator/replication.ts';
import type { Deployment } from '../deployment.ts';
import { type Caller, urlEvent } from './function-url.ts';
import type { RunningExecution } from './running-execution.ts';
import { executionOf as namedExecution, REGION } from './template.ts';
import type { Execution, Moment } from './workflow.ts';

/** `west` is changed over REST and tells its traffic; `east` over Run Command, and tells nothing beside its settings. */
export type Name = 'west' | 'east';

/** The canary of every rollout: the database with the least traffic that is known. */
export const CANARY = 'orders';

/** Two databases that are to be distributed. */
function clusterOf(names: readonly [string, string], faults: Fault[] = []): SimulatedCluster {
  const cluster = { ...emptyCluster(nodesUpTo(3)), faults };
  for (const [at, name] of names.entries())
    addDatabase(cluster, { id: at + 7, name, requestsPerSecond: at + 1, relations: { replica: replicaOf(2) } });
  return cluster;
}

export const freshClusters = (faults: Fault[] = []): Record<Name, SimulatedCluster> => ({
  west: clusterOf([CANARY, 'carts'], faults),
  east: clusterOf(['stock', 'users']),
});

/** A canary, then one wave over both clusters. */
export const FILE = {
  requestedBy: 'alice',
  reason: 'CHG-1234',
  select: { clusters: ['*'] },
  waves: { canary: 1, sizes: ['100%'] },
  bake: { seconds: 600, samples: 2 },
} satisfies Partial<RolloutFileInput>;

interface Said {
  readonly accepted: boolean;
  readonly says: string;
  readonly gate?: { readonly request: { readonly plan: { readonly hash: string; readonly targets: number } } };
}

export class DeployedRolloutDesk {
  /** Everything that was answered to anybody. */
  readonly answers: string[] = [];
  readonly #aws: Deployment<Name>;

  constructor(aws: Deployment<Name>) {
    this.#aws = aws;
    const endpoints = Object.entries(aws.aws.environment).filter(([name]) => name.startsWith('AWS_ENDPOINT_URL'));
    for (const [name, url] of endpoints) vi.stubEnv(name, url);
    vi.stubEnv('AWS_REGION', REGION);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'of-a-person');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of-a-person');
  }

  /** Starts a rollout over new clusters. */
  async start(rolloutId: string, file: Partial<RolloutFileInput> = {}, faults: Fault[] = []): Promise<void> {
    const clusters = freshClusters(faults);
    await Promise.all([this.#aws.fleet.replace('west', clusters.west), this.#aws.fleet.replace('east', clusters.east)]);
    const input = { rolloutId, run: 0, planOnly: false, file: { ...FILE, name: rolloutId.replace('rol-', ''), ...file } };
    expect(await withDeployedRolloutWorkflow((workflow) => workflow.start(input))).toBe('started');
  }

  /** Stops the execution of a run, as somebody may do who knows nothing of rollouts. */
  async stopExecution(rolloutId: string, run: number): Promise<void> {
    await withStepFunctions(({ client }) => client.send(new StopExecutionCommand({ executionArn: this.#arnOf(rolloutId, run) })));
  }

  /** How a run was left, as the command line sees it; undefined while it or the run that it handed over to goes on. */
  endSeen(rolloutId: string, run: number): Promise<string | undefined> {
    return withDeployedRolloutWorkflow((workflow) => workflow.endOf(rolloutId, run));
  }

  #arnOf(rolloutId: string, run: number): string {
    return namedExecution(this.#aws.synthesis.rollout, executionOf(rolloutId, run));
  }

  /** The execution of a run, once it has begun. */
  running(rolloutId: string, run: number): Promise<RunningExecution> {
    return this.#aws.aws.stepFunctions.execution(this.#arnOf(rolloutId, run));
  }

  async say(
    caller: Caller,
    message: { readonly action: string; readonly changeId: string; readonly [more: string]: unknown },
  ): Promise<Said> {
    const event = urlEvent(caller, { body: JSON.stringify(message) });
    const response = (await this.#aws.invoke(this.#aws.synthesis.decisions, event)) as { statusCode: number; body: string };
    this.answers.push(JSON.stringify(response));
    expect(response.statusCode, response.body).toBe(200);
    return JSON.parse(response.body) as Said;
  }

  /** Asks a rollout for something, which it takes up. */
  async ask(caller: Caller, action: string, changeId: string): Promise<void> {
    expect(await this.say(caller, { action, changeId })).toMatchObject({ accepted: true });
  }

  /** Until a run sleeps at its gate. @returns the plan that it asks about. */
  async atGate(rolloutId: string, run: number): Promise<string> {
    const ended = this.end(rolloutId, run).then(({ cause }) => Promise.reject(new Error(`it did not sleep: ${cause}`)));
    await Promise.race([(await this.running(rolloutId, run)).asleep, ended]);
    ended.catch(() => undefined);
    const record = await this.#aws.rolloutStore().get(rolloutId);
    return record?.plan?.hash ?? expect.fail(`${rolloutId} has no plan`);
  }

  /** Once a run is over. */
  async end(rolloutId: string, run: number): Promise<Execution> {
    const execution = this.#aws.rollouts.get(executionOf(rolloutId, run));
    return (await execution) ?? expect.fail(`run ${run} of ${rolloutId} was not started`);
  }

  /** The record of a rollout and its targets, by the names of their databases. */
  async standing(rolloutId: string) {
    const store = this.#aws.rolloutStore();
    const targets = await store.targets(rolloutId);
    const states = Object.fromEntries(targets.map(({ name, state }) => [name, state]));
    return { record: await store.get(rolloutId), targets, states };
  }

  /** Ids of the changes that are on record for a rollout, in the order in which they were started. */
  changesOf(rolloutId: string): string[] {
    return [...this.#aws.started.keys()].filter((changeId) => changeId.startsWith(`${rolloutId}_`));
  }

  /** Does something as soon as an execution comes to a moment: it, and whatever else of it comes to that moment, goes on afterwards. */
  once(name: string, { state, when }: Moment, happens: () => Promise<void>): void {
    const others = this.#aws.onMoment;
    let happening: Promise<void> | undefined;
    this.#aws.onMoment = async (of, moment) => {
      await others(of, moment);
      if (of !== name || moment.state !== state || moment.when !== when) return;
      happening ??= happens();
      await happening;
    };
  }
}
