import { StateMachine } from 'aws-local-stepfunctions';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import type { Task } from './functions.ts';

export interface LocalExecution {
  readonly changeId: string;
  readonly ports: Ports;
  /** Cuts a wait on the way forward short. */
  readonly stop?: AbortSignal;
  /** Told when the workflow begins to wait, and until when. */
  readonly onWait?: (state: string, until: Date) => void;
  /** Told of every state that is entered: what Step Functions bills as a transition. */
  readonly onState?: (state: string) => void;
  /** Shorter pauses for tests, in milliseconds by state. */
  readonly overrides?: { waitTimeOverrides?: Record<string, number>; retryIntervalOverrides?: Record<string, number> };
  /** Replaces the handler of a state in tests. */
  readonly intercept?: (state: string, run: (event: unknown) => Promise<unknown>) => (event: unknown) => Promise<unknown>;
}

type States = Record<string, { readonly Type: string }>;

/** Every state of a definition, those inside its Maps as well: their names differ. */
export const allStates = ({ States }: { readonly States: States }): States =>
  Object.assign(
    {},
    States,
    ...Object.values(States).map((state) => ('ItemProcessor' in state ? allStates(state.ItemProcessor as { States: States }) : {})),
  );

/** One definition, and what an execution of it is started with. */
export interface Start {
  readonly definition: { readonly States: States };
  readonly startAt: string;
  readonly input: unknown;
  /** As its states find it under `$$.Execution`. */
  readonly execution: { readonly Name: string; readonly Input: unknown };
}

/** How many steps run now: a wait is only cut short while none does. */
export interface Activity {
  running: number;
}

export type Handlers = Record<string, (event: unknown) => Promise<unknown>>;

export function taskHandlers(
  { States }: { readonly States: States },
  handle: (state: string, task: Task) => (event: unknown) => Promise<unknown>,
  activity: Activity,
): Handlers {
  const tasks = Object.entries(States).filter((entry): entry is [string, Task] => entry[1].Type === 'Task');
  return Object.fromEntries(
    tasks.map(([state, task]) => {
      const handler = handle(state, task);
      const counted = async (event: unknown) => {
        activity.running += 1;
        try {
          return await handler(event);
        } finally {
          activity.running -= 1;
        }
      };
      return [state, counted];
    }),
  );
}

/** A wait on the way forward, in which a change that is asked to stop ends at once. */
export interface Waiting {
  readonly change: Record<string, unknown>;
}

/** The longest that a timer of a process can be set to, in seconds. */
const LONGEST_TIMER_SECONDS = 2_147_483;

/** A limit of weeks does not fit into a timer of a process, and a Task without any is ended after a minute; the gate keeps its limit itself. */
const withoutLongTimeouts = ({ States }: Start['definition']): Start['definition']['States'] =>
  Object.fromEntries(
    Object.entries(States).map(([name, state]) => {
      const { TimeoutSecondsPath, ...rest } = state as { Type: string; TimeoutSecondsPath?: string };
      return [name, TimeoutSecondsPath === undefined ? rest : { ...rest, TimeoutSeconds: LONGEST_TIMER_SECONDS }];
    }),
  );

/**
 * Runs a definition from a state on, until it ends or is stopped in a wait.
 * @returns the wait that was cut short, if one was.
 */
export async function execute(
  { definition, startAt, input, execution: named }: Start,
  { ports, onWait, onState, overrides, changeId, stop }: LocalExecution,
  handlers: Handlers,
  activity: Activity,
): Promise<Waiting | undefined> {
  // The definitions are checked by the tests; checking them again costs every start a tenth of a second.
  const runnable = { StartAt: startAt, States: withoutLongTimeouts(definition) };
  const machine = new StateMachine(runnable as never, { validationOptions: { noValidate: true } });
  const now = () => ports.clock.now();
  const execution = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: handlers as never, ...overrides },
    context: { Execution: { Id: changeId, ...named, StartTime: now().toISOString() }, Task: { Token: 'none' } } as never,
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
    if (isWait) onWait?.(name, waitEnd(definition.States[name] as WaitState, change, now()));
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

interface WaitState {
  readonly SecondsPath?: string;
  readonly TimestampPath?: string;
}

const at = (change: unknown, path = '$'): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], change);

function waitEnd({ SecondsPath, TimestampPath }: WaitState, change: unknown, now: Date): Date {
  if (TimestampPath) return new Date(String(at(change, TimestampPath)));
  return new Date(now.getTime() + Number(at(change, SecondsPath) ?? 0) * 1000);
}

/** Every Fail state of the definitions carries an outcome; errors of the engine itself are named `States.…`. */
const isFailState = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  [...Object.values(OUTCOMES), ...Object.values(ROLLOUT_OUTCOMES)].some(
    (end) => 'executionError' in end && end.executionError === (error.cause as Error).name,
  );
