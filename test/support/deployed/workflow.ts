/** Step Functions in miniature: runs the definition of a template, each Task by whatever its resource names. */
import { StateMachine } from 'aws-local-stepfunctions';
import { mapAsks } from './asks.ts';
import { type Nesting, RUNS, runNested, STARTS, startNested } from './nested-executions.ts';
import type { Ask } from './rights.ts';
import type { End, Failure, RunningExecution } from './running-execution.ts';
import type { StepFunctionsService } from './step-functions.ts';
import { allStates, type Definition } from './synthesis.ts';
import type { WorkflowClock } from './workflow-clock.ts';

export interface Execution extends End {
  /** What went into and came out of every state and every Task, as text, in the order in which it happened. */
  readonly data: readonly StateData[];
}

export interface StateData {
  readonly state: string;
  readonly json: string;
}

/** A moment of an execution: a state is entered and its function has not run, or its function has run and nobody has heard of it. */
export interface Moment {
  readonly state: string;
  readonly when: 'entered' | 'run';
}

export interface ExecutionStart {
  readonly service: StepFunctionsService;
  /** Its name is the last part. */
  readonly arn: string;
  readonly definition: Definition;
  /**
   * Runs a function.
   * @param aheadSeconds - by how much the execution is ahead of the machine's clock: its waits take no time.
   */
  readonly run: (functionArn: string, event: unknown, aheadSeconds: number) => Promise<unknown>;
  readonly input: unknown;
  /** Told what the workflow needs a right for. @throws ServiceError when it has none. @default every right */
  readonly require?: (ask: Ask) => void;
  /** @default one of its own, which shows the present moment */
  readonly clock?: WorkflowClock;
  readonly how?: Circumstances;
}

export interface Circumstances {
  /** When somebody stops it. @default never */
  readonly stopAt?: Moment;
  /** Told of every moment; the execution goes on afterwards. @default nobody is told */
  readonly onMoment?: (moment: Moment) => void | Promise<void>;
  /** Waits last as long as they say. @default false, the clock of the execution is put forward instead */
  readonly sleeps?: boolean;
}

const FOR_TOKEN = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const NESTED: Readonly<Record<string, (parameters: unknown, nesting: Nesting) => Promise<unknown>>> = {
  [STARTS]: startNested,
  [RUNS]: runNested,
};
/** Stands in the payload of a Task until it begins: every attempt has a token of its own. */
const TOKEN_TO_COME = 'the token of this attempt';

interface TokenParameters {
  readonly FunctionName: string;
  readonly Payload: unknown;
}

/** One execution under way: what passes through its states, and how its Tasks are run. */
class Run {
  readonly data: StateData[] = [];
  readonly running: RunningExecution;
  readonly #start: ExecutionStart;
  readonly #clock: WorkflowClock;
  readonly #states: Definition['States'];

  constructor(start: ExecutionStart) {
    this.running = start.service.begin(start.arn, start.input);
    this.#start = start;
    this.#clock = start.clock ?? { aheadSeconds: 0 };
    this.#states = allStates(start.definition);
  }

  pass<T>(state: string, value: T): T {
    this.data.push({ state, json: JSON.stringify(value) ?? '' });
    return value;
  }

  enter(state: string, input: unknown): void {
    this.pass(state, input);
    const { TimestampPath, SecondsPath, TimeoutSecondsPath } = this.#states[state] ?? {};
    if (!this.#start.how?.sleeps) {
      if (TimestampPath !== undefined) this.#clock.aheadSeconds += secondsUntil(at(input, TimestampPath), this.#clock);
      if (SecondsPath !== undefined) this.#clock.aheadSeconds += Number(at(input, SecondsPath));
    }
    if (TimeoutSecondsPath !== undefined) requireLimit(at(input, TimeoutSecondsPath));
  }

  /** What runs each Task, by state. */
  get handlers(): Record<string, (event: unknown) => Promise<unknown>> {
    const tasks = Object.entries(this.#states).flatMap(([state, { Type, Resource }]) => {
      if (Type !== 'Task' || Resource === undefined) return [];
      return [[state, async (event: unknown) => this.pass(state, await this.#handle(state, Resource, event))] as const];
    });
    return Object.fromEntries(tasks);
  }

  #handle(state: string, resource: string, event: unknown): Promise<unknown> {
    if (resource === FOR_TOKEN) return this.#untilWoken(state, event);
    const nested = NESTED[resource];
    const { service, require = () => {} } = this.#start;
    return this.#perform(state, event, () =>
      nested ? nested(event, { service, parent: this.running, clock: this.#clock, require }) : this.#run(resource, event),
    );
  }

  async #run(functionArn: string, event: unknown): Promise<unknown> {
    const { run, require } = this.#start;
    require?.({ action: 'lambda:InvokeFunction', resource: functionArn });
    return run(functionArn, event, this.#clock.aheadSeconds);
  }

  async #perform(state: string, event: unknown, run: () => Promise<unknown>): Promise<unknown> {
    await this.#reach(state, 'entered');
    this.pass(state, event);
    const result = await run();
    await this.#reach(state, 'run');
    return result;
  }

  /** Runs the function with a token, then sleeps; whoever sends the token while the function runs wakes it at once. */
  #untilWoken(state: string, parameters: unknown): Promise<unknown> {
    const { FunctionName, Payload } = parameters as TokenParameters;
    const { token, answered, sleep } = this.running.issueToken();
    const payload = JSON.parse(JSON.stringify(Payload).replaceAll(TOKEN_TO_COME, token)) as unknown;
    return Promise.race([answered, this.#perform(state, payload, () => this.#run(FunctionName, payload)).then(sleep)]);
  }

  async #reach(state: string, when: Moment['when']): Promise<void> {
    const { stopAt, onMoment } = this.#start.how ?? {};
    await onMoment?.({ state, when });
    if (stopAt?.state === state && stopAt.when === when) this.running.stop();
    this.running.throwIfStopped();
  }
}

/** Pauses between repeats are left out. */
export async function execute(start: ExecutionStart): Promise<Execution> {
  const { arn, definition, input, how = {} } = start;
  const run = new Run(start);
  const states = Object.entries(allStates(definition));
  const isDistributed = states.some(([, { ItemProcessor }]) => ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED');
  if (isDistributed) for (const ask of mapAsks(arn)) start.require?.(ask);
  const noPause = (of: typeof states) => Object.fromEntries(of.map(([state]) => [state, 0]));
  const machine = new StateMachine(withoutLongLimits(definition) as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(input as never, {
    overrides: {
      taskResourceLocalHandlers: run.handlers as never,
      retryIntervalOverrides: noPause(states),
      ...(!how.sleeps && { waitTimeOverrides: noPause(states.filter(([, { Type }]) => Type === 'Wait')) }),
    },
    context: {
      Execution: { Id: arn, Name: arn.split(':').at(-1), Input: input, StartTime: new Date().toISOString() },
      Task: { Token: TOKEN_TO_COME },
    } as never,
  });
  run.running.stopped.addEventListener('abort', () => execution.abort());
  const result = execution.result.then(
    (output: unknown) => ({ status: 'SUCCEEDED' as const, output }),
    (failure: unknown) => failed(failure, run.running.reason),
  );
  for await (const event of execution.eventLogs) {
    if (event.type === 'StateEntered') run.enter(event.state.name, event.state.input);
    if (event.type === 'StateExited') run.pass(event.state.name, event.state.output);
  }
  const end = await result;
  run.running.finish(end);
  return { ...end, data: run.data };
}

/** The longest that a timer of a process can be set to, in seconds. */
const LONGEST_TIMER_SECONDS = 2_147_483;

/** A year does not fit into a timer of a process, and the limit of a Task is looked for where its input is: not among its parameters. */
const withoutLongLimits = ({ StartAt, States }: Definition): Definition => ({
  StartAt,
  States: Object.fromEntries(
    Object.entries(States).map(([name, { TimeoutSecondsPath, ...state }]) => [
      name,
      TimeoutSecondsPath === undefined ? state : { ...state, TimeoutSeconds: LONGEST_TIMER_SECONDS },
    ]),
  ),
});

const at = (input: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], input);

/** How long a wait for a moment would take, in whole seconds. */
const secondsUntil = (moment: unknown, { aheadSeconds }: WorkflowClock): number =>
  Math.max(0, Math.ceil((Date.parse(String(moment)) - Date.now()) / 1000) - aheadSeconds);

function requireLimit(seconds: unknown): void {
  if (!Number.isInteger(seconds) || Number(seconds) < 1) throw new Error(`${seconds} is no limit of a Task`);
}

function failed(failure: unknown, stopped: Failure | undefined): End {
  if (stopped) return { status: 'ABORTED', ...stopped };
  if (failure instanceof Error && failure.cause instanceof Error)
    return { status: 'FAILED', error: failure.cause.name, cause: failure.cause.message };
  throw failure;
}
