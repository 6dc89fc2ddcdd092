import { setTimeout as wait } from 'node:timers/promises';
import type { Parameters } from './document.ts';
import { ENDINGS, type Ending, type SsmEffect } from './faults.ts';
import { type RunningScript, runScript, type ScriptResult } from './script.ts';

/** What was asked for when the command was sent. */
export interface Order {
  id: string;
  instance: string;
  document: string;
  comment: string;
  parameters: Parameters;
  timeoutSeconds: number;
  /** Name of the step that runs. */
  plugin: string;
  /** Absent when the step is for another platform. */
  script: string | undefined;
  environment: Record<string, string>;
}

export const STDOUT_LIMIT = 24_000;
export const STDERR_LIMIT = 8_000;
const NOT_STARTED = -1;
/** Endings of commands that their node never got. */
const NEVER_DELIVERED: ReadonlySet<Ending> = new Set([
  'Delivery Timed Out',
  'Undeliverable',
  'Terminated',
  'Access Denied',
  'Rate Exceeded',
  'Invalid Platform',
  'Incomplete',
]);

/** A command on one instance, from being sent to its end. */
export class Invocation {
  readonly order: Order;
  readonly requestedAt = new Date();
  status = 'Pending';
  details = 'Pending';
  responseCode = NOT_STARTED;
  stdout = '';
  stderr = '';
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  /** Whether its script was started on the node. */
  ran = false;

  #unseen = 0;
  #late = 0;
  #running: RunningScript | undefined;
  #over: Promise<void> = Promise.resolve();
  #cancelled = false;
  readonly #effects: SsmEffect[];

  constructor(order: Order, effects: SsmEffect[]) {
    this.order = order;
    this.#effects = effects;
    for (const effect of effects) {
      if (effect.kind === 'unseen') this.#unseen = effect.polls;
      if (effect.kind === 'late')
        [this.#late, this.status, this.details] = [effect.polls, effect.details ?? 'Pending', effect.details ?? 'Pending'];
    }
    if (this.#late === 0) this.#start();
  }

  /** False for one that ended without ever reaching its node. */
  get wasDelivered(): boolean {
    return this.ran || !this.#effects.some((effect) => effect.kind === 'end' && !effect.ran && NEVER_DELIVERED.has(effect.details));
  }

  /** Somebody asks for it. @returns whether it is known yet. */
  poll(): boolean {
    if (this.#unseen > 0) {
      this.#unseen -= 1;
      return false;
    }
    // The question that uses up the delay still finds it waiting.
    if (this.#late > 0) this.#late -= 1;
    else if (this.startedAt === undefined && this.endedAt === undefined) this.#start();
    return true;
  }

  /** Waits for the end of its script, but no longer than said. */
  async settled(limitMs: number): Promise<void> {
    if (limitMs === 0) return;
    const patience = new AbortController();
    await Promise.race([this.#over, wait(limitMs, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
  }

  cancel(): void {
    if (this.endedAt !== undefined || this.#cancelled) return;
    this.#cancelled = true;
    if (this.startedAt === undefined) this.#end('Cancelled', 'Cancelled');
    else [this.status, this.details] = ['Cancelling', 'Cancelling'];
    if (!this.#effects.some(({ kind }) => kind === 'survives-cancel')) this.#running?.kill();
  }

  kill(): void {
    this.#running?.kill();
  }

  #start(): void {
    const ending = this.#effects.find((effect) => effect.kind === 'end');
    const output = this.#effects.find((effect) => effect.kind === 'output');
    const runs = (ending?.ran ?? true) && (output?.ran ?? true) && this.order.script !== undefined;
    this.startedAt = new Date();
    [this.status, this.details] = ['InProgress', 'InProgress'];
    this.#over = this.#run(runs).then((result) => {
      if (this.#cancelled) this.#end('Cancelled', 'Cancelled');
      else if (ending) this.#finishAs(ending.details);
      else this.#show({ ...result, ...(output && { stdout: '', stderr: '', exitCode: 0, ...output }) });
    });
  }

  async #run(runs: boolean): Promise<ScriptResult> {
    if (!runs || this.order.script === undefined) return { stdout: '', stderr: '', exitCode: 0 };
    this.ran = true;
    this.#running = runScript(this.order.script, this.order.environment);
    return this.#running.ended;
  }

  /** Only a command that succeeded or failed by itself shows output and an exit code. */
  #show({ stdout, stderr, exitCode }: ScriptResult): void {
    this.stdout = stdout.slice(0, STDOUT_LIMIT);
    this.stderr = (exitCode === 0 ? stderr : `${stderr}failed to run commands: exit status ${exitCode}`).slice(0, STDERR_LIMIT);
    this.responseCode = exitCode;
    const word = exitCode === 0 ? 'Success' : 'Failed';
    this.#end(word, word);
  }

  #finishAs(details: keyof typeof ENDINGS): void {
    const status = ENDINGS[details];
    if (status === 'InProgress' || status === 'Cancelling') [this.status, this.details] = [status, details];
    else this.#end(status, details);
  }

  #end(status: string, details: string): void {
    [this.status, this.details] = [status, details];
    this.endedAt = new Date();
  }
}
