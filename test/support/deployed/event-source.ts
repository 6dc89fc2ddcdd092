/**
 * Mappings between a stream and functions: which records a function is handed, and what becomes of a batch that fails.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { StreamRecord } from './change-stream.ts';
import { type Pattern, takes } from './event-rule.ts';
import type { RunFunction } from './lambda-service.ts';
import { ofType } from './synthesis.ts';
import { type Resources, resolved } from './template.ts';

export interface SourceMapping {
  readonly streamArn: string;
  readonly functionName: string;
  /** A record is handed over when one of them takes it; every one when there is none. */
  readonly patterns: readonly Pattern[];
  readonly batchSize: number;
  readonly reportsItemFailures: boolean;
  /** How many batches it may have at a time. */
  readonly lanes: number;
}

interface MappingProperties {
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly BatchSize: number;
  readonly FilterCriteria?: { readonly Filters: readonly { readonly Pattern: string }[] };
  readonly FunctionResponseTypes?: readonly string[];
  readonly ParallelizationFactor?: number;
  readonly BisectBatchOnFunctionError?: boolean;
}

/** @throws Error for a mapping that works in a way which is not known here. */
export const sourceMappings = (resources: Resources): SourceMapping[] =>
  ofType(resources, 'AWS::Lambda::EventSourceMapping').map(([id, { Properties }]) => {
    const mapping = resolved(resources, Properties) as MappingProperties;
    const { FilterCriteria, FunctionResponseTypes = [], ParallelizationFactor = 1, BisectBatchOnFunctionError = false } = mapping;
    if (BisectBatchOnFunctionError) throw new Error(`${id} is worked off in a way that is not known here`);
    return {
      streamArn: mapping.EventSourceArn,
      functionName: mapping.FunctionName,
      patterns: (FilterCriteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern) as Pattern),
      batchSize: mapping.BatchSize,
      reportsItemFailures: FunctionResponseTypes.includes('ReportBatchItemFailures'),
      lanes: ParallelizationFactor,
    };
  });

/** What is written within this time is handed over together. */
const WINDOW_MS = 20;
const PAUSE_MS = 50;

/** Hands over one batch after the other: what fails is handed over again until it succeeds, and the rest waits. */
class Lane {
  readonly #batchSize: number;
  readonly #hand: (batch: readonly StreamRecord[]) => Promise<number>;
  readonly #waiting: StreamRecord[] = [];
  isIdle = true;
  isStopped = false;

  /** @param hand - tells how many records at the beginning of a batch are done. */
  constructor(batchSize: number, hand: (batch: readonly StreamRecord[]) => Promise<number>) {
    this.#batchSize = batchSize;
    this.#hand = hand;
  }

  put(record: StreamRecord): void {
    this.#waiting.push(record);
    if (this.isIdle) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.isIdle = false;
    while (this.#waiting.length > 0 && !this.isStopped) {
      await wait(WINDOW_MS);
      const batch = this.#waiting.slice(0, this.#batchSize);
      const done = await this.#hand(batch);
      this.#waiting.splice(0, done);
      if (done < batch.length) await wait(PAUSE_MS);
    }
    this.isIdle = true;
  }
}

/** Which lane an item belongs to: only writes to the very same item, by both of its keys, are sure to stay in order. */
const laneOf = ({ dynamodb: { Keys } }: StreamRecord, lanes: number): number =>
  createHash('sha256').update(JSON.stringify(Keys)).digest().readUInt32BE() % lanes;

/** Hands the records of a stream to one function. */
export class EventSource {
  /** Every batch that was handed over, those that failed too. */
  readonly handed: (readonly StreamRecord[])[] = [];
  failures = 0;
  readonly #mapping: SourceMapping;
  readonly #run: RunFunction;
  readonly #lanes: readonly Lane[];

  constructor(mapping: SourceMapping, run: RunFunction) {
    this.#mapping = mapping;
    this.#run = run;
    this.#lanes = Array.from({ length: mapping.lanes }, () => new Lane(mapping.batchSize, (batch) => this.#hand(batch)));
  }

  get functionName(): string {
    return this.#mapping.functionName;
  }

  put(record: StreamRecord): void {
    const { patterns, lanes } = this.#mapping;
    if (patterns.length > 0 && !patterns.some((pattern) => takes(pattern, record))) return;
    this.#lanes[laneOf(record, lanes)]?.put(record);
  }

  get isIdle(): boolean {
    return this.#lanes.every(({ isIdle }) => isIdle);
  }

  stop(): void {
    for (const lane of this.#lanes) lane.isStopped = true;
  }

  async #hand(batch: readonly StreamRecord[]): Promise<number> {
    this.handed.push(batch);
    const done = await this.#doneOf(batch);
    if (done < batch.length) this.failures += 1;
    return done;
  }

  async #doneOf(batch: readonly StreamRecord[]): Promise<number> {
    const { functionName, reportsItemFailures } = this.#mapping;
    try {
      const answer = await this.#run(functionName, { Records: batch });
      return reportsItemFailures ? doneOf(batch, answer) : batch.length;
    } catch {
      return 0;
    }
  }
}

/** Everything before the first record that the function names; nothing at all when it names one that is not there. */
function doneOf(batch: readonly StreamRecord[], answer: unknown): number {
  const { batchItemFailures } = (answer ?? {}) as { batchItemFailures?: readonly { readonly itemIdentifier?: unknown }[] | null };
  const at = (batchItemFailures ?? []).map(({ itemIdentifier }) =>
    batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
  );
  return Math.max(0, Math.min(batch.length, ...at));
}
