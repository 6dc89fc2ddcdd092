import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { StepError } from '../../../lambdas/contracts/errors.ts';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import { ROLLOUT_OUTCOMES } from '../../../lambdas/contracts/rollout-outcomes.ts';
import type { OpenRolloutInput } from '../../../lambdas/contracts/rollout-steps.ts';
import { newRolloutId } from '../../../lambdas/domain/rollout/rollout-id.ts';
import { isUnderWay } from '../../../lambdas/domain/rollout/targets.ts';
import { askRollout } from '../../../lambdas/gates/ask-rollout.ts';
import { decideRollout, openGateOf } from '../../../lambdas/gates/decide-rollout.ts';
import type { RolloutStarter } from '../../../lambdas/ports/rollout-starter.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { storeFile } from '../../local/ports.ts';
import { type LocalRolloutPorts, localRolloutPorts } from '../../local/rollout/ports.ts';
import { takeUpRollout } from '../../local/rollout/recover.ts';
import { configurationFor } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Output } from '../output.ts';
import { currentIdentity } from '../person.ts';
import type { RolloutDesk } from './desk.ts';
import { type Following, followRollout, requireRollout } from './follow.ts';
import { isOrphan } from './orphan.ts';
import { PAUSED } from './outcome.ts';
import { runHere } from './run-here.ts';
import type { Controlled, RolloutAsk, RolloutRunner, RunnerProps, StartRun } from './runner.ts';
import { type PlanView, type RolloutView, readPlanView, readView } from './view.ts';

const LOOK_MS = 300;

/** Runs something with the rollouts of this machine. @throws ConfigurationError when they cannot be used. */
export async function withLocalRollouts<T>(loaded: LoadedConfiguration, use: (ports: LocalRolloutPorts) => Promise<T>): Promise<T> {
  const ports = localRolloutPorts({ loaded, keep: true });
  try {
    return await use(ports);
  } finally {
    ports.close();
  }
}

/** How the process that ran a rollout left it. */
async function whyLeft({ rollouts }: LocalRolloutPorts, record: RolloutRecord, output: Output): ReturnType<Following['whyLeft']> {
  if (!isOrphan(record)) return undefined;
  const { rolloutId } = record.request;
  const cutShort = (await rollouts.targets(rolloutId)).some(isUnderWay);
  return {
    says: `its process is gone (${record.holder.description}); go on with: ${output.invocation(`rollout resume ${rolloutId}`)}`,
    exitCode: cutShort ? ROLLOUT_OUTCOMES['needs-operator'].exitCode : PAUSED,
  };
}

/** Notes what has to be started: it is for this process to run it. */
class Noted implements RolloutStarter {
  input: OpenRolloutInput | undefined;
  isRunning = async (record: RolloutRecord): Promise<boolean> => record.status === 'running' && !isOrphan(record);
  start = async (input: OpenRolloutInput): Promise<void> => {
    this.input = input;
  };
}

const requireSameFile = ({ request }: RolloutRecord, file: RolloutFile): void => {
  if (!isDeepStrictEqual(request.file, JSON.parse(JSON.stringify(file))))
    throw new StepError(
      'InvalidInputError',
      `rolloutId: ${request.rolloutId} is the name of another rollout, which asked for something else`,
    );
};

/** Runs rollouts in this process. */
export class LocalRunner implements RolloutRunner {
  readonly #loaded: LoadedConfiguration;
  readonly #output: Output;

  constructor({ config, output }: RunnerProps) {
    this.#loaded = configurationFor(config);
    this.#output = output;
  }

  /** Over a store in memory: nothing of it is kept. */
  async plan(file: RolloutFile): Promise<PlanView> {
    const ports = localRolloutPorts({ loaded: this.#loaded, keep: false });
    const rolloutId = newRolloutId(file.name, new Date(), randomBytes(4).toString('hex'));
    try {
      const record = await runHere({ rolloutId, run: 0, file, planOnly: true, ports, output: this.#output });
      const isKept = existsSync(storeFile(this.#loaded));
      if (!isKept) return await readPlanView(ports.rollouts, record);
      return await withLocalRollouts(this.#loaded, (kept) => readPlanView(ports.rollouts, record, kept.rollouts));
    } finally {
      ports.close();
    }
  }

  /** Under the id of one that is there already it joins that, if it is the same. */
  start({ rolloutId, file, agreedHash }: StartRun): Promise<RolloutView> {
    return withLocalRollouts(this.#loaded, async (ports) => {
      const standing = await ports.rollouts.get(rolloutId);
      if (standing) return this.#join(ports, standing, file);
      const agreed = agreedHash === undefined ? {} : { agreedHash };
      this.#output.progress(`rollout ${rolloutId} runs here`);
      return readView(ports.rollouts, await runHere({ rolloutId, run: 0, file, ...agreed, ports, output: this.#output }));
    });
  }

  control({ rolloutId, control, reason }: RolloutAsk): Promise<Controlled> {
    return withLocalRollouts(this.#loaded, async (ports) => {
      const record = requireRollout(rolloutId, await ports.rollouts.get(rolloutId), this.#output);
      const isDead = isOrphan(record);
      const hint = this.#output.invocation(`rollout resume ${rolloutId}`);
      if (isDead && control === 'pause') throw new UsageError(`nothing to pause: its process is gone; go on with: ${hint}`);
      const starter = new Noted();
      const asked = { rolloutId, control, identity: currentIdentity(), ...(reason !== undefined && { reason }) };
      const answer = await askRollout({ ...ports, starter }, asked);
      if (!answer.accepted) return { answer };
      if (!isDead && !starter.input) return { answer };
      this.#output.progress(isDead ? `${answer.says}; first, changes that its process left under way are recovered` : answer.says);
      const run = isDead ? await takeUpRollout(ports, rolloutId) : starter.input?.run;
      if (run === undefined) return { answer };
      return { answer, view: await readView(ports.rollouts, await runHere({ rolloutId, run, ports, output: this.#output })) };
    });
  }

  watch(rolloutId: string): Promise<RolloutView> {
    return withLocalRollouts(this.#loaded, async (ports) => {
      const output = this.#output;
      const left = (record: RolloutRecord) => whyLeft(ports, record, output);
      const record = await followRollout({ ...ports, rolloutId, output, everyMs: LOOK_MS, whyLeft: left });
      return readView(ports.rollouts, record);
    });
  }

  async #join(ports: LocalRolloutPorts, standing: RolloutRecord, file: RolloutFile): Promise<RolloutView> {
    requireSameFile(standing, file);
    const { rolloutId } = standing.request;
    if (standing.status === 'ended') return readView(ports.rollouts, standing);
    if (standing.status === 'running' && !isOrphan(standing)) return this.watch(rolloutId);
    throw new UsageError(`rollout ${rolloutId} has begun already; go on with: ${this.#output.invocation(`rollout resume ${rolloutId}`)}`);
  }
}

/** Decisions on rollouts of this machine, by the account that this process runs under. */
export function localRolloutDesk(config: string | undefined): RolloutDesk {
  const ports = localRolloutPorts({ loaded: configurationFor(config), keep: true });
  const identity = currentIdentity();
  return {
    look: async (rolloutId) => {
      const record = await ports.rollouts.get(rolloutId);
      const gate = record && (await openGateOf(record, ports.rollouts));
      return gate && { gate, view: await readPlanView(ports.rollouts, record, ports.rollouts) };
    },
    decide: (decision) => decideRollout(ports, { ...decision, identity }),
    close: () => ports.close(),
  };
}
