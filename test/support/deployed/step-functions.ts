/** What Step Functions knows of the executions that run here: by which names they can be stopped, and by which tokens woken. */
import { randomBytes } from 'node:crypto';

/** How a Task or an execution ended that did not end well. */
export interface Failure {
  readonly error: string;
  readonly cause: string;
}

/** A failed Task, as the definition catches it. */
export class TaskFailure extends Error {
  constructor({ error, cause }: Failure) {
    super(cause);
    this.name = error;
  }
}

/** A refusal of the service. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** One Task that sleeps until somebody sends its token, once. */
class Sleeper {
  readonly #answer = Promise.withResolvers<unknown>();
  readonly answered: Promise<unknown> = this.#answer.promise;
  isOver = false;

  constructor() {
    // Whoever was to hear the answer may have ended before it came.
    this.answered.catch(() => {});
  }

  wake(output: unknown): void {
    this.isOver = true;
    this.#answer.resolve(output);
  }

  fail(failure: Failure): void {
    this.isOver = true;
    this.#answer.reject(new TaskFailure(failure));
  }
}

export class RunningExecution {
  readonly #stop = new AbortController();
  readonly #asleep = Promise.withResolvers<void>();
  readonly #sleepers = new Map<string, Sleeper>();
  readonly stopped: AbortSignal = this.#stop.signal;
  /** What it was stopped with. */
  reason: Failure | undefined;
  /** Comes true once the function of a Task that waits for its token has run. */
  readonly asleep: Promise<void> = this.#asleep.promise;

  /** What runs goes on unheard; whoever sleeps is never woken. */
  stop(reason: Failure = { error: '', cause: '' }): void {
    if (this.stopped.aborted) return;
    this.reason = reason;
    this.#stop.abort();
    for (const sleeper of this.#sleepers.values()) if (!sleeper.isOver) sleeper.fail(reason);
  }

  throwIfStopped(): void {
    if (this.stopped.aborted) throw new TaskFailure({ error: 'Stopped', cause: 'nobody hears of this any more' });
  }

  /** A Task begins that waits for a token. */
  issueToken(): { readonly token: string; readonly answered: Promise<unknown>; readonly sleep: () => Promise<unknown> } {
    const sleeper = new Sleeper();
    const token = `AQC${randomBytes(300).toString('base64')}`;
    this.#sleepers.set(token, sleeper);
    const sleep = () => {
      this.#asleep.resolve();
      return sleeper.answered;
    };
    return { token, answered: sleeper.answered, sleep };
  }

  /** Every token that it gave out. */
  get tokens(): string[] {
    return [...this.#sleepers.keys()];
  }

  /** The Task that sleeps takes too long. */
  timeOut(): void {
    for (const sleeper of this.#sleepers.values()) if (!sleeper.isOver) sleeper.fail({ error: 'States.Timeout', cause: '' });
  }

  sleeperOf(token: string): Sleeper | undefined {
    return this.#sleepers.get(token);
  }
}

type Input = Readonly<Record<string, string>>;

export class StepFunctionsService {
  readonly #executions = new Map<string, RunningExecution>();
  readonly #expected = new Map<string, PromiseWithResolvers<RunningExecution>>();

  begin(arn: string): RunningExecution {
    if (this.#executions.has(arn)) throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const execution = new RunningExecution();
    this.#executions.set(arn, execution);
    this.#expectation(arn).resolve(execution);
    return execution;
  }

  #expectation(arn: string): PromiseWithResolvers<RunningExecution> {
    const expected = this.#expected.get(arn) ?? Promise.withResolvers<RunningExecution>();
    this.#expected.set(arn, expected);
    return expected;
  }

  /** An execution, once it has begun. */
  execution(arn: string): Promise<RunningExecution> {
    return this.#expectation(arn).promise;
  }

  /** @throws ServiceError for what the service would refuse. */
  answer(operation: string, input: Input): unknown {
    const { taskToken = '', output = '', error = '', cause = '', executionArn = '' } = input;
    if (operation === 'SendTaskSuccess') this.#sleeping(taskToken).wake(JSON.parse(output));
    else if (operation === 'SendTaskFailure') this.#sleeping(taskToken).fail({ error, cause });
    else if (operation === 'StopExecution') return this.#stop(executionArn, { error, cause });
    else throw new ServiceError('UnknownOperationException', operation);
    return {};
  }

  #sleeping(token: string): Sleeper {
    const sleeper = [...this.#executions.values()].flatMap((execution) => execution.sleeperOf(token) ?? [])[0];
    if (!sleeper) throw new ServiceError('TaskDoesNotExist', `Task does not exist: '${token}'`);
    if (sleeper.isOver) throw new ServiceError('TaskTimedOut', `Provided task does not exist anymore: '${token}'`);
    return sleeper;
  }

  #stop(arn: string, reason: Failure): unknown {
    const execution = this.#executions.get(arn);
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    execution.stop(reason);
    return { stopDate: Date.now() / 1000 };
  }
}
