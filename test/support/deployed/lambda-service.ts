/** Lambda for whoever invokes functions: with an answer, or handed over for later. */
import { randomUUID } from 'node:crypto';
import { FunctionError } from './function-host.ts';
import { ServiceError } from './service-error.ts';

/** Runs a function by its name. @throws FunctionError what the function throws; ServiceError when there is no such function. */
export type RunFunction = (name: string, event: unknown, requestId?: string) => Promise<unknown>;

export interface Functions {
  readonly run: RunFunction;
  /** How often what was handed over to a function is repeated when it fails. */
  readonly repeatsOf: (name: string) => number;
}

/** One call of a function, as it was asked for. */
export interface Invocation {
  readonly name: string;
  readonly type: string;
  readonly payload: unknown;
}

/** What was handed over to a function and failed for the last time. */
export interface DeadLetter extends Invocation {
  readonly requestId: string;
  readonly attempts: number;
  readonly error: unknown;
}

export interface InvokeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or nothing. */
  readonly body: string;
}

const ACCEPTED: InvokeAnswer = { status: 202, headers: {}, body: '' };
const EXECUTED = { 'X-Amz-Executed-Version': '$LATEST' };

const failureOf = (error: unknown): string =>
  error instanceof FunctionError
    ? error.message
    : JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: Runtime exited' });

export class LambdaService {
  readonly invocations: Invocation[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #held: Invocation[] = [];
  #isHeld = false;
  #functions: Functions = {
    run: (name) => Promise.reject(new ServiceError('ResourceNotFoundException', `Function not found: ${name}`)),
    repeatsOf: () => 0,
  };

  /** From now on these are the functions that there are. */
  serve(functions: Functions): void {
    this.#functions = functions;
  }

  /** @throws ServiceError for what the service would refuse. */
  async invoke(name: string, type: string, body: string): Promise<InvokeAnswer> {
    const invocation = { name, type, payload: JSON.parse(body) as unknown };
    this.invocations.push(invocation);
    if (type === 'RequestResponse') return this.#runNow(invocation);
    if (type !== 'Event') throw new ServiceError('InvalidParameterValueException', `${type} is no way to invoke a function here`);
    if (this.#isHeld) this.#held.push(invocation);
    else this.#runLater(invocation);
    return ACCEPTED;
  }

  /** Until they are let go, what is handed over is taken and not begun. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Begins everything that was handed over meanwhile. @returns how much that was. */
  letGo(): number {
    this.#isHeld = false;
    const held = this.#held.splice(0);
    for (const invocation of held) this.#runLater(invocation);
    return held.length;
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  async #runNow({ name, payload }: Invocation): Promise<InvokeAnswer> {
    try {
      return { status: 200, headers: EXECUTED, body: JSON.stringify(await this.#functions.run(name, payload)) };
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      return { status: 200, headers: { ...EXECUTED, 'X-Amz-Function-Error': 'Unhandled' }, body: failureOf(error) };
    }
  }

  #runLater(invocation: Invocation): void {
    const run = this.#runUntilDone(invocation).finally(() => this.#underWay.delete(run));
    this.#underWay.add(run);
  }

  /** Every repetition has the id of the first request; the pauses between them are left out. */
  async #runUntilDone(invocation: Invocation): Promise<void> {
    const { name, payload } = invocation;
    const requestId = randomUUID();
    const most = 1 + this.#functions.repeatsOf(name);
    for (let attempts = 1; attempts <= most; attempts += 1) {
      try {
        await this.#functions.run(name, payload, requestId);
        return;
      } catch (error) {
        if (attempts === most) this.deadLetters.push({ ...invocation, requestId, attempts, error });
      }
    }
  }
}
