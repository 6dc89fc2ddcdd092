import { setFlagsFromString } from 'node:v8';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../../lambdas/contracts/rollout-file.ts';
import type { JudgeRolloutOutput, RequestRolloutApprovalInput } from '../../../lambdas/contracts/rollout-steps.ts';
import { isStop } from '../../../lambdas/domain/rollout/controls.ts';
import type { RolloutPorts } from '../../../lambdas/rollout/step.ts';
import { providePorts } from '../../../lambdas/runtime/ports.ts';
import definition from '../definitions/rollout.asl.json' with { type: 'json' };
import { type Activity, allStates, execute, type Handlers, type LocalExecution, taskHandlers } from '../execution.ts';
import { functionOf, type Task } from '../functions.ts';
import { RolloutChanges } from './changes.ts';
import { awaitRolloutDecision } from './gate.ts';

export interface LocalRollout extends Pick<LocalExecution, 'onWait' | 'onState' | 'overrides' | 'intercept'> {
  readonly rolloutId: string;
  /** Which run of the rollout this is; 0 is the first. */
  readonly run: number;
  /** Of a new rollout: what it is to do. */
  readonly file?: RolloutFileInput;
  readonly planOnly?: boolean;
  /** Hash of the plan that was shown and agreed to: with another one, nothing begins. */
  readonly agreedHash?: string;
  readonly ports: RolloutPorts;
  /** Asks it to pause. */
  readonly stop?: AbortSignal;
  /** How often to look for a decision and for what somebody asks, in milliseconds. @default 500 */
  readonly everyMs?: number;
  /** Of the changes that it makes. */
  readonly changes?: Pick<LocalExecution, 'overrides' | 'intercept'>;
}

/** Steps leave much behind that is soon of no use: a young generation that does not grow takes a third less memory for the whole. */
const LITTLE_MEMORY = '--semi-space-growth-factor=1';

/** The states that do something else on one machine than to call a function. */
const CHANGE = 'Change database';
const GATE = 'Ask for approval';
const HAND_OVER = 'Go on in a new execution';
const JUDGE = 'Judge rollout';

interface Nested {
  readonly Name: string;
  readonly Input: Parameters<RolloutChanges['run']>[1];
}

interface Shared {
  readonly asked: LocalRollout;
  readonly changes: RolloutChanges;
  readonly everyMs: number;
  /** Told that the rollout goes on in another run. */
  readonly handOver: (run: number) => void;
}

const payloadOf = (parameters: unknown): object => (parameters as { Payload?: object }).Payload ?? (parameters as object);

function handlerOf(state: string, task: Task, { asked, changes, everyMs, handOver }: Shared): (event: unknown) => Promise<unknown> {
  const { rolloutId, ports } = asked;
  if (state === CHANGE)
    return async (event) => {
      const { Name, Input } = event as Nested;
      await changes.run(Name, Input);
      return {};
    };
  if (state === HAND_OVER)
    return async (event) => {
      handOver((event as { Input: { run: number } }).Input.run);
      return {};
    };
  const call = functionOf(task);
  if (state === GATE)
    return async (event) => {
      const { token: _, ...input } = payloadOf(event) as RequestRolloutApprovalInput;
      await call(input);
      await awaitRolloutDecision({ rolloutId, wave: input.wave, ports, everyMs });
      return {};
    };
  return call;
}

/** Looks from time to time whether somebody asks the rollout for something, and calls then. @returns what ends that. */
function onAsked({ rolloutId, ports }: LocalRollout, everyMs: number, call: () => void): () => void {
  const timer = setInterval(async () => {
    if (await ports.rollouts.asked(rolloutId).catch(() => undefined)) call();
  }, everyMs);
  return () => clearInterval(timer);
}

/** One execution of the definition. A wait that is cut short, because somebody asks for something, leads back to the judge. */
async function executeOnce(asked: LocalRollout, run: number, changes: RolloutChanges): Promise<number | undefined> {
  const {
    rolloutId,
    file,
    planOnly = false,
    agreedHash,
    ports,
    everyMs = 500,
    intercept = (_state, handler) => handler,
    ...execution
  } = asked;
  let next: number | undefined;
  const shared: Shared = {
    asked,
    changes,
    everyMs,
    handOver: (to) => {
      next = to;
    },
  };
  const input = { rolloutId, run, ...(file && run === 0 && { file, ...(agreedHash !== undefined && { agreedHash }) }), planOnly };
  let start = { startAt: definition.StartAt, input: input as object };
  for (;;) {
    const activity: Activity = { running: 0 };
    const handlers: Handlers = taskHandlers(
      { States: allStates(definition) },
      (state, task) => intercept(state, handlerOf(state, task, shared)),
      activity,
    );
    const wake = new AbortController();
    const forget = onAsked(asked, everyMs, () => wake.abort());
    try {
      const whole = { definition, execution: { Name: `${rolloutId}-r${run}`, Input: input }, ...start };
      const waiting = await execute(
        whole,
        { ...execution, ports: changes.ports, changeId: rolloutId, stop: wake.signal },
        handlers,
        activity,
      );
      if (!waiting) return next;
    } finally {
      forget();
    }
    start = { startAt: JUDGE, input: { rolloutId, run, judged: { moves: 0 } satisfies Partial<JudgeRolloutOutput> } };
  }
}

/** This process was asked to stop: the rollout pauses. What would end it is more than that. */
async function askForPause({ rolloutId, ports }: LocalRollout): Promise<void> {
  const { clock, holder, rollouts } = ports;
  const pending = await rollouts.asked(rolloutId);
  if (pending && isStop(pending.control)) return;
  await rollouts.ask(rolloutId, { control: 'pause', by: holder.description, via: 'machine', at: clock.now().toISOString() });
}

/**
 * Runs a rollout on this machine until it has ended or is paused: the definition that was synthesised for Step Functions, over the same
 * steps, its changes in this process.
 * @throws StepError `InvalidInputError` for a rollout that is none.
 */
export async function runRolloutLocally(asked: LocalRollout): Promise<RolloutRecord> {
  setFlagsFromString(LITTLE_MEMORY);
  const { rolloutId, ports, stop } = asked;
  const changes = new RolloutChanges({ ports, ...asked.changes });
  providePorts(changes.ports);
  const pause = () => void askForPause(asked).catch(() => {});
  stop?.addEventListener('abort', pause);
  try {
    for (let run: number | undefined = asked.run; run !== undefined; ) run = await executeOnce(asked, run, changes);
  } finally {
    stop?.removeEventListener('abort', pause);
  }
  const record = await ports.rollouts.get(rolloutId);
  if (!record) throw new Error(`rollout ${rolloutId} left no record`);
  return record;
}
