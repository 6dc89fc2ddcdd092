import { randomUUID } from 'node:crypto';
import { FunctionInstance, type FunctionOptions } from './function-instance.ts';
import type { FunctionFailure, Invocation } from './invocation.ts';
import type { SynthesisedFunction } from './synthesis.ts';

/** A failed run, in the words of whoever called: its message is the cause that Step Functions hands to a Catch. */
export class FunctionError extends Error {
  constructor(failure: FunctionFailure) {
    super(JSON.stringify(failure));
    this.name = failure.errorType;
  }
}

export interface InvokeOptions {
  /** By how much its clock is ahead of the machine's. @default 0 */
  readonly aheadSeconds?: number;
  /** @default a new one */
  readonly requestId?: string | undefined;
}

/** One function and its instances: one for each event that is under way at a time, kept for the next. */
export class FunctionHost {
  readonly #described: SynthesisedFunction;
  readonly #options: FunctionOptions;
  readonly #instances: FunctionInstance[] = [];
  readonly #idle: FunctionInstance[] = [];

  constructor(described: SynthesisedFunction, options: FunctionOptions) {
    this.#described = described;
    this.#options = options;
  }

  /** @throws FunctionError what the function throws. */
  async invoke(event: unknown, how: InvokeOptions = {}): Promise<unknown> {
    const instance = this.#idle.pop() ?? this.#start();
    const answer = await instance.call(this.#invocationOf(event, how));
    this.#idle.push(instance);
    if ('failure' in answer) throw new FunctionError(answer.failure);
    return JSON.parse(answer.result) as unknown;
  }

  #start(): FunctionInstance {
    const instance = new FunctionInstance(this.#described, this.#options);
    this.#instances.push(instance);
    return instance;
  }

  #invocationOf(event: unknown, { aheadSeconds = 0, requestId: awsRequestId = randomUUID() }: InvokeOptions): Invocation {
    const { name, arn, memoryMb, timeoutSeconds } = this.#described;
    const began = Math.floor(Date.now() / 1000).toString(16);
    return {
      event: JSON.stringify(event),
      context: {
        awsRequestId,
        functionName: name,
        functionVersion: '$LATEST',
        invokedFunctionArn: arn,
        memoryLimitInMB: String(memoryMb),
      },
      deadlineMs: Date.now() + timeoutSeconds * 1000,
      traceId: `Root=1-${began}-${awsRequestId.replaceAll('-', '').slice(0, 24)};Parent=53995c3f42cd8ad8;Sampled=1`,
      aheadSeconds,
    };
  }

  /** Everything that its instances have written. */
  get log(): string {
    return this.#instances.flatMap(({ written }) => written).join('\n');
  }

  /** Ends whatever runs now, at once and without a word, as when the machine below it fails. */
  async kill(): Promise<void> {
    const busy = this.#instances.filter((instance) => !this.#idle.includes(instance));
    await Promise.all(busy.map((instance) => instance.close()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.close()));
  }
}
