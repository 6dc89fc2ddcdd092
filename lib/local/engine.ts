import type { Gate } from '../../lambdas/contracts/approval.ts';
import type { StepErrorName } from '../../lambdas/contracts/errors.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { RecoverChangeOutput } from '../../lambdas/contracts/steps.ts';
import { providePorts } from '../../lambdas/runtime/ports.ts';
import changeDefinition from './definitions/change.asl.json' with { type: 'json' };
import recoverDefinition from './definitions/recover-change.asl.json' with { type: 'json' };
import { type Activity, execute, type Handlers, type LocalExecution, type Start, taskHandlers, type Waiting } from './execution.ts';
import { functionOf, isGate, type Task } from './functions.ts';
import { awaitDecision } from './gate.ts';

export interface LocalRun extends LocalExecution {
  readonly request: ChangeRequestInput;
  /** Which run of the change this is. @default 0, the first */
  readonly run?: number;
  /** Called with the plan's hash before anybody is asked, and before the lock is taken. Throws to stop there. */
  readonly beforeBegin?: (planHash: string) => Promise<void>;
  /** Told that the change waits for an approval. */
  readonly onGate?: (gate: Gate) => void;
  /** How often to look for a decision, in seconds. @default 1 */
  readonly gateEverySeconds?: number;
}

export interface LocalRecovery extends LocalExecution {
  /** The run that is known to be dead. */
  readonly deadRun: number;
  /** How the change was cut short, in words. */
  readonly why: string;
}

/** What an integration with a task token is called with. */
const payloadOf = (parameters: unknown): Record<string, unknown> => {
  const { token: _, ...payload } = (parameters as { Payload: Record<string, unknown> }).Payload;
  return payload;
};

/** A gate's function, and then the wait for its decision, which nobody else makes on one machine. */
function gateHandler(task: Task, { changeId, ports, run = 0, onGate, gateEverySeconds = 1 }: LocalRun) {
  const ask = functionOf(task);
  return async (parameters: unknown): Promise<unknown> => {
    await ask({ run, ...payloadOf(parameters) });
    await awaitDecision({ changeId, ports, onGate, everySeconds: gateEverySeconds });
    return {};
  };
}

/** States before which the plan is shown to whoever runs the change: asking others for an approval comes after that. */
const COMMITTING = new Set(['Approval gate', 'Change window', 'Begin change']);

function changeHandlers(run: LocalRun, activity: Activity, completed: (output: unknown) => void): Handlers {
  const { beforeBegin, intercept = (_state, handler) => handler } = run;
  const handle = (state: string, task: Task) => {
    if (isGate(task))
      return intercept(
        state,
        agreed(gateHandler(task, run), (event) => payloadOf(event)),
      );
    const call = functionOf(task);
    const handler = async (event: unknown) => {
      const output = await call({ run: run.run ?? 0, ...(event as object) });
      if (state === 'Complete change') completed(output);
      return output;
    };
    return intercept(state, COMMITTING.has(state) ? agreed(handler, (event) => event) : handler);
  };
  const agreed =
    (handler: (event: unknown) => Promise<unknown>, inputOf: (event: unknown) => unknown) =>
    async (event: unknown): Promise<unknown> => {
      await beforeBegin?.((inputOf(event) as { change: { plan: { hash: string } } }).change.plan.hash);
      return handler(event);
    };
  return taskHandlers(changeDefinition, handle, activity);
}

const STOPPED = { Error: 'ChangeCancelledError' satisfies StepErrorName, Cause: 'somebody asked for this change to stop' };

/** Where a change goes on that was stopped in a wait: before the lock it only ends, after it is undone. */
const afterStop = ({ change }: Waiting): Pick<Start, 'startAt' | 'input'> =>
  'begun' in change
    ? { startAt: 'Restore centralized', input: { ...change, failure: STOPPED } }
    : { startAt: 'Complete change', input: { ...change, stopped: STOPPED } };

/**
 * Runs one change on this machine: the definition that was synthesised for Step Functions, over the same steps.
 * @returns the change's report; undefined when not even its record could be written.
 */
export async function runLocally(run: LocalRun): Promise<ChangeReport | undefined> {
  providePorts(run.ports);
  let report: ChangeReport | undefined;
  const activity = { running: 0 };
  const handlers = changeHandlers(run, activity, (output) => {
    report = (output as { report: ChangeReport }).report;
  });
  const start = { definition: changeDefinition, execution: { Name: run.changeId, Input: run.request } };
  const stopped = await execute({ ...start, startAt: changeDefinition.StartAt, input: run.request }, run, handlers, activity);
  if (stopped) await execute({ ...start, ...afterStop(stopped) }, run, handlers, activity);
  return report;
}

/** What became of a change that was recovered. */
export interface Recovered {
  /** How it ended, unless there was nothing to recover. */
  readonly report?: ChangeReport;
  /** What the recovery found, in words. */
  readonly says: string;
}

type Found = RecoverChangeOutput;

/**
 * Recovers a change whose process is known to be dead: takes it over, and rolls back what it may have written.
 * @returns a report that asks for an operator when the recovery itself failed.
 */
export async function recoverLocally(run: LocalRecovery): Promise<Recovered> {
  const { changeId, ports, why, deadRun, intercept = (_state, handler) => handler } = run;
  providePorts(ports);
  let report: ChangeReport | undefined;
  let found: Found | undefined;
  const handle = (state: string, task: Task) => {
    const call = functionOf(task);
    return intercept(state, async (event) => {
      const output = await call({ deadRun, ...(event as object) });
      if (state === 'Complete change') ({ report } = output as { report: ChangeReport });
      if (state === 'Recover change') found = output as Found;
      return output;
    });
  };
  const activity = { running: 0 };
  const input = { changeId, why, force: true };
  await execute(
    {
      definition: recoverDefinition,
      startAt: recoverDefinition.StartAt,
      input,
      execution: { Name: ports.holder.description, Input: input },
    },
    run,
    taskHandlers(recoverDefinition, handle, activity),
    activity,
  );
  if (!report && found?.recovery.next === 'nothing') return { says: found.recovery.says };
  return { says: found?.recovery.says ?? 'it could not be taken over', report: report ?? notRecovered(changeId, found) };
}

const notRecovered = (changeId: string, found: Found | undefined): ChangeReport => ({
  changeId,
  outcome: 'needs-operator',
  target: found?.request?.target ?? { cluster: '', database: '' },
  steps: [],
  error: { name: 'NeedsOperator', message: 'the recovery failed before the end of the change was on record; its story has the reason' },
});
