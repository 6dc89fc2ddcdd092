import { StateMachine } from 'aws-local-stepfunctions';
import type { StepErrorName } from '../../lambdas/contracts/errors.ts';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { type Ports, providePorts } from '../../lambdas/runtime/ports.ts';
import { handler as beginChange } from '../../lambdas/steps/begin-change.ts';
import { handler as completeChange } from '../../lambdas/steps/complete-change.ts';
import { handler as inspectStatus } from '../../lambdas/steps/inspect-status.ts';
import { handler as rebindPolicy } from '../../lambdas/steps/rebind-policy.ts';
import { handler as tuneSyncer } from '../../lambdas/steps/tune-syncer.ts';
import { handler as verifyInfo } from '../../lambdas/steps/verify-info.ts';
import definition from './definitions/change.asl.json' with { type: 'json' };

type Handler = (event: never, context: never) => Promise<unknown>;

/** The functions of the definition, by the name at the end of their ARN. */
const FUNCTIONS: Record<string, Handler> = {
  inspectstatus: inspectStatus as Handler,
  beginchange: beginChange as Handler,
  rebindpolicy: rebindPolicy as Handler,
  tunesyncer: tuneSyncer as Handler,
  verifyinfo: verifyInfo as Handler,
  completechange: completeChange as Handler,
};

export interface LocalRun {
  readonly changeId: string;
  readonly request: ChangeRequestInput;
  readonly ports: Ports;
  /** Told when the workflow begins to wait, and for how many seconds. */
  readonly onWait?: (state: string, seconds: number) => void;
  /** Told of every state that is entered: what Step Functions bills as a transition. */
  readonly onState?: (state: string) => void;
  /** Asks the change to stop. A step under way ends first; a wait is cut short. */
  readonly stop?: AbortSignal;
  /** Called with the plan's hash before the lock is taken. Throws to stop there. */
  readonly beforeBegin?: (planHash: string) => Promise<void>;
  /** Shorter pauses for tests, in milliseconds by state. */
  readonly overrides?: { waitTimeOverrides?: Record<string, number>; retryIntervalOverrides?: Record<string, number> };
  /** Replaces the handler of a state in tests. */
  readonly intercept?: (state: string, run: (event: unknown) => Promise<unknown>) => (event: unknown) => Promise<unknown>;
}

const copy = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

/** Calls a step as Lambda does: what goes in and comes out has been JSON. */
const call = async (run: Handler, event: unknown): Promise<unknown> => copy(await run(copy(event) as never, {} as never));

/** How many steps run now: a wait is only cut short while none does. */
interface Activity {
  running: number;
}

function taskHandlers(
  { beforeBegin, intercept = (_state, run) => run }: LocalRun,
  activity: Activity,
  completed: (output: unknown) => void,
) {
  const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task') as [string, { Resource: string }][];
  return Object.fromEntries(
    tasks.map(([name, { Resource }]) => {
      const run = FUNCTIONS[Resource.split(':').at(-1) ?? ''];
      if (!run) throw new Error(`no function for ${Resource}`);
      const handler = intercept(name, async (event) => {
        if (name === 'Begin change') await beforeBegin?.((event as { change: { plan: { hash: string } } }).change.plan.hash);
        const output = await call(run, event);
        if (name === 'Complete change') completed(output);
        return output;
      });
      const counted = async (event: unknown) => {
        activity.running += 1;
        try {
          return await handler(event);
        } finally {
          activity.running -= 1;
        }
      };
      return [name, counted];
    }),
  );
}

/** A wait on the way forward, in which a change that is asked to stop goes straight to its rollback. */
interface Waiting {
  readonly change: Record<string, unknown>;
}

const ROLLBACK = 'Restore centralized';
const STOPPED = { Error: 'ChangeCancelledError' satisfies StepErrorName, Cause: 'somebody asked for this change to stop' };

/**
 * Runs the definition from a state on, until it ends or is stopped in a wait.
 * @returns the wait that was cut short, if one was.
 */
async function execute(run: LocalRun, handlers: object, activity: Activity, startAt: string, input: unknown): Promise<Waiting | undefined> {
  const { changeId, request, ports, onWait, onState, stop } = run;
  // The definition is checked by the tests; checking it again costs every start a tenth of a second.
  const machine = new StateMachine({ ...definition, StartAt: startAt } as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: handlers as never, ...run.overrides },
    context: { Execution: { Id: changeId, Name: changeId, Input: request, StartTime: ports.clock.now().toISOString() } } as never,
  });
  let waiting: Waiting | undefined;
  const cutShort = () => {
    if (waiting && activity.running === 0) execution.abort();
  };
  stop?.addEventListener('abort', cutShort);
  const failed = execution.result.then(
    () => undefined,
    (error: unknown) => error,
  );
  for await (const event of execution.eventLogs) {
    if (event.type !== 'StateEntered') continue;
    const { name, type, input: change } = event.state as { name: string; type: string; input: Record<string, unknown> };
    onState?.(name);
    const isWait = type === 'Wait';
    waiting = isWait && !('failure' in change) ? { change } : undefined;
    if (isWait) onWait?.(name, secondsOf(name, change));
    // Asked to stop while a step was running: the wait after it is cut short as well.
    if (stop?.aborted) cutShort();
  }
  stop?.removeEventListener('abort', cutShort);
  const error = await failed;
  if (error instanceof Error && error.name === 'ExecutionAbortedError') return waiting;
  // A failed execution is an outcome like any other, and its report says which; anything else is a fault of ours.
  if (error && !isFailState(error)) throw error;
  return undefined;
}

/**
 * Runs one change on this machine: the definition that was synthesised for Step Functions, over the same steps.
 * @returns the change's report; undefined when not even its record could be written.
 */
export async function runLocally(run: LocalRun): Promise<ChangeReport | undefined> {
  providePorts(run.ports);
  let report: ChangeReport | undefined;
  const activity = { running: 0 };
  const handlers = taskHandlers(run, activity, (output) => {
    report = (output as { report: ChangeReport }).report;
  });
  const stopped = await execute(run, handlers, activity, definition.StartAt, run.request);
  if (stopped) await execute(run, handlers, activity, ROLLBACK, { ...stopped.change, failure: STOPPED });
  return report;
}

/** Every Fail state of the definition carries an outcome; errors of the engine itself are named `States.…`. */
const isFailState = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  Object.values(OUTCOMES).some((end) => 'executionError' in end && end.executionError === (error.cause as Error).name);

function secondsOf(wait: string, change: Record<string, unknown>): number {
  const { SecondsPath } = (definition.States as Record<string, { SecondsPath?: string }>)[wait] ?? {};
  const { request } = change as { request?: { verification?: Record<string, number> } };
  return request?.verification?.[SecondsPath?.split('.').at(-1) ?? ''] ?? 0;
}
