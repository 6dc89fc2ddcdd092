import { randomBytes } from 'node:crypto';
import type { RolloutGate, RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import type { OpenRolloutInput } from '../../../lambdas/contracts/rollout-steps.ts';
import { newRolloutId } from '../../../lambdas/domain/rollout/rollout-id.ts';
import { decideInAws } from '../../deployed/decisions.ts';
import { LostSightError } from '../../deployed/errors.ts';
import { patiently } from '../../deployed/patience.ts';
import { type DeployedRollouts, withDeployedRolloutWorkflow } from '../../deployed/rollout-workflow.ts';
import { withDeployedRollouts } from '../../deployed/store.ts';
import { realTiming } from '../../deployed/timing.ts';
import { EXIT, NotFollowedError } from '../errors.ts';
import type { Output } from '../output.ts';
import type { RolloutDesk } from './desk.ts';
import { type Following, followRollout } from './follow.ts';
import { PAUSED } from './outcome.ts';
import type { Controlled, RolloutAsk, RolloutRunner, RunnerProps, StartRun } from './runner.ts';
import { type PlanView, type RolloutView, readPlanView, readView } from './view.ts';
import type { Stores } from './watch.ts';

/** A lost network, or credentials that somebody has to renew: the rollout does not depend on either. */
const PATIENCE_MS = 5 * 60_000;

/** What is deployed, as a runner reaches it. */
export interface Reach {
  use<T>(act: (stores: Stores, workflow: Workflow) => Promise<T>): Promise<T>;
  readonly decide: typeof decideInAws;
  /** Least pause between two looks. */
  readonly lookMs: number;
  /** The end of an execution may be told before what its last step wrote can be seen, and before the next one has begun. */
  readonly settledAfterMs: number;
}
type Workflow = Pick<DeployedRollouts, 'start' | 'endOf' | 'region'>;

const inAws: Reach = {
  use: (act) => withDeployedRollouts((stores) => withDeployedRolloutWorkflow((workflow) => act(stores, workflow))),
  decide: decideInAws,
  lookMs: 3_000,
  settledAfterMs: 30_000,
};

/** Says how the execution of a rollout was cut short, once it has been gone for a while. */
function whyLeftIn(workflow: Workflow, { settledAfterMs }: Reach, output: Output): Following['whyLeft'] {
  let goneSince: { readonly run: number; readonly at: number } | undefined;
  return async ({ request: { rolloutId }, run }) => {
    const status = await workflow.endOf(rolloutId, run);
    if (status === undefined) {
      goneSince = undefined;
      return undefined;
    }
    if (goneSince?.run !== run) goneSince = { run, at: Date.now() };
    if (Date.now() - goneSince.at < settledAfterMs) return undefined;
    const resume = output.invocation(`rollout resume ${rolloutId}`);
    return { says: `its execution has the status ${status}; go on with: ${resume}`, exitCode: PAUSED };
  };
}

interface Followed {
  readonly rolloutId: string;
  readonly isNew?: boolean;
}

/** Runs rollouts in the workflow that is deployed. */
export class DeployedRunner implements RolloutRunner {
  readonly #output: Output;
  readonly #reach: Reach;

  constructor({ output }: Pick<RunnerProps, 'output'>, reach: Reach = inAws) {
    this.#output = output;
    this.#reach = reach;
  }

  async plan(file: RolloutFile): Promise<PlanView> {
    const rolloutId = newRolloutId(file.name, new Date(), randomBytes(4).toString('hex'));
    return this.#started({ rolloutId, file, planOnly: true }, ({ rollouts }, record) => readPlanView(rollouts, record, rollouts));
  }

  async start({ rolloutId, file, agreedHash }: StartRun): Promise<RolloutView> {
    const agreed = agreedHash === undefined ? {} : { agreedHash };
    return this.#started({ rolloutId, file, planOnly: false, ...agreed }, ({ rollouts }, record) => readView(rollouts, record));
  }

  async control({ rolloutId, control, reason }: RolloutAsk): Promise<Controlled> {
    const asked = { action: control, changeId: rolloutId, ...(reason !== undefined && { reason }) };
    return { answer: await this.#reach.decide(asked) };
  }

  watch(rolloutId: string): Promise<RolloutView> {
    return this.#reach.use(async (stores, workflow) => readView(stores.rollouts, await this.#follow(stores, workflow, { rolloutId })));
  }

  async #started<View>(
    asked: Omit<OpenRolloutInput, 'run'>,
    read: (stores: Stores, record: RolloutRecord) => Promise<View>,
  ): Promise<View> {
    const { rolloutId, planOnly } = asked;
    const output = this.#output;
    return this.#reach.use(async (stores, workflow) => {
      await notLost(rolloutId, output, () => workflow.start({ ...asked, run: 0 }, (text) => output.notice(text)));
      output.progress(`${planOnly ? 'plan' : 'rollout'} ${rolloutId} runs in AWS, ${workflow.region}`);
      return read(stores, await this.#follow(stores, workflow, { rolloutId, isNew: true }));
    });
  }

  #follow({ store, rollouts }: Stores, workflow: Workflow, followed: Followed): Promise<RolloutRecord> {
    const output = this.#output;
    const patience = { timing: realTiming, limitMs: PATIENCE_MS, say: (text: string) => output.notice(text) };
    const look: Following['look'] = (watch) => patiently(() => watch.look(), patience);
    return followRollout({
      ...followed,
      store,
      rollouts,
      output,
      everyMs: this.#reach.lookMs,
      look,
      whyLeft: whyLeftIn(workflow, this.#reach, output),
    });
  }
}

/** Starts something; that nobody knows whether it began is an error which says how to find out. */
async function notLost(rolloutId: string, output: Output, start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (!(error instanceof LostSightError)) throw error;
    const goOn = `follow it with: ${output.invocation(`rollout watch ${rolloutId}`)}`;
    throw new NotFollowedError(`${error.message}; if it runs it goes on in AWS; ${goOn}`, EXIT.outOfSight, { cause: error });
  }
}

/** Every target of a rollout, where the caller may read the table; whoever only decides may not. */
async function viewOf(rolloutId: string): Promise<PlanView | undefined> {
  try {
    return await withDeployedRollouts(async ({ rollouts }) => {
      const record = await rollouts.get(rolloutId);
      return record && (await readPlanView(rollouts, record, rollouts));
    });
  } catch {
    return undefined;
  }
}

/** Decisions on deployed rollouts, by whoever the credentials of the environment belong to. */
export function deployedRolloutDesk(): RolloutDesk {
  return {
    look: async (rolloutId) => {
      const gate = (await decideInAws({ action: 'look', changeId: rolloutId })).gate as RolloutGate | undefined;
      if (!gate) return undefined;
      const view = await viewOf(rolloutId);
      return { gate, ...(view && { view }) };
    },
    decide: ({ rolloutId, verdict, ...decision }) => decideInAws({ action: verdict, changeId: rolloutId, ...decision }),
    close: () => {},
  };
}
