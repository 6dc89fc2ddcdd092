import { createHash } from 'node:crypto';
import { StepError } from '../contracts/errors.ts';
import type { DatabaseFacts, DatabaseRef } from '../contracts/facts.ts';
import { LONGEST_BUSY_SECONDS, PATIENCE_SECONDS, STEP_BUDGET_SECONDS } from '../contracts/limits.ts';
import type { Verification } from '../contracts/request.ts';
import type { Write, WriteAnswer } from '../contracts/write.ts';
import { whyNotChangeable } from '../domain/preflight.ts';
import { type Comparison, judgeWrite, type ProofLimits } from '../domain/write-proof.ts';
import type { ClusterReader, ClusterWriter, SendOptions } from '../ports/cluster.ts';
import type { StepContext } from '../runtime/step.ts';

/** Two readings count as separate evidence when they lie this far apart, in seconds; a shorter sampling interval shortens it. */
const APART_SECONDS = 5;
/** The vendor's guidance for a setting to show after the command ended, in seconds. */
const SHOW_SECONDS = 60;
const LONGEST_COMMAND_SECONDS = 600;
/** A command given less time than this is not worth sending. */
const SHORTEST_COMMAND_SECONDS = 60;

const apartSeconds = ({ intervalSeconds }: Verification): number => Math.min(APART_SECONDS, intervalSeconds);

const limitsOf = ({ deadlineSeconds }: Verification): ProofLimits => ({
  showSeconds: Math.min(SHOW_SECONDS, deadlineSeconds),
  busySeconds: Math.min(LONGEST_BUSY_SECONDS, deadlineSeconds),
});

/** Pause between two readings that wait for a write to show: never a hot loop, even when samples may follow at once. */
const pauseSeconds = (verification: Verification): number => Math.max(0.2, apartSeconds(verification));

/** @throws StepError `ForeignChangeError` when the id now belongs to a database of another name. */
async function readPinned(cluster: ClusterReader, database: DatabaseRef): Promise<DatabaseFacts> {
  const facts = await cluster.readDatabase(database.id);
  if (facts.database.name !== database.name)
    throw new StepError('ForeignChangeError', `${database.id} was "${database.name}" and is now "${facts.database.name}"`);
  return facts;
}

/** Waits until a reading lies far enough after the one that proved something to be evidence of its own. */
export async function sleepApart(provenAt: string, verification: Verification, { clock }: StepContext): Promise<void> {
  const since = (clock.now().getTime() - Date.parse(provenAt)) / 1000;
  await clock.sleep(Math.max(0, apartSeconds(verification) - since));
}

/** Errors of a reading that may pass while one waits. */
const PASSING: ReadonlySet<string> = new Set(['ClusterUnreachableError', 'ClusterOutputError', 'DatabaseBusyError']);

/**
 * Reads before a write. A change that has written something waits for the database to be readable and at rest, because giving up
 * leaves it half-way; one that has not gives up at once, because nothing is lost.
 * @param isEnough - a reading that needs no further waiting, whatever the database is doing.
 */
export async function readBeforeWrite(
  context: StepContext,
  { database, verification }: Pick<WriteOrder, 'database' | 'verification'>,
  isEnough: (facts: DatabaseFacts) => boolean = () => false,
): Promise<DatabaseFacts> {
  const { clock, store, changeId } = context;
  const cluster = await context.cluster(database.cluster);
  const written = (await store.claimedWrites(changeId)).length > 0;
  const patienceSeconds = written ? Math.min(PATIENCE_SECONDS, verification.deadlineSeconds) : 0;
  const startedAt = clock.now().getTime();
  for (;;) {
    const waitedSeconds = (clock.now().getTime() - startedAt) / 1000;
    try {
      const facts = await readPinned(cluster, database);
      const busy = isEnough(facts) ? undefined : whyNotChangeable(facts);
      if (busy === undefined) return facts;
      throw new StepError('DatabaseBusyError', busy);
    } catch (error) {
      if (!(error instanceof StepError) || !PASSING.has(error.name) || waitedSeconds >= patienceSeconds) throw error;
    }
    await clock.sleep(pauseSeconds(verification));
  }
}

interface Reading {
  readonly comparison: Comparison;
  readonly idle: boolean;
  readonly facts?: DatabaseFacts;
  readonly problem?: StepError;
}

/** Reads and compares. What cannot be read now is a reading too: after a write, only time tells whether it stays so. */
async function readAndCompare(
  cluster: ClusterReader,
  database: DatabaseRef,
  compare: (facts: DatabaseFacts) => Comparison,
): Promise<Reading> {
  try {
    const facts = await readPinned(cluster, database);
    return { comparison: compare(facts), idle: whyNotChangeable(facts) === undefined, facts };
  } catch (problem) {
    if (!(problem instanceof StepError) || problem.name === 'ForeignChangeError') throw problem;
    return { comparison: 'unread', idle: problem.name !== 'DatabaseBusyError', problem };
  }
}

export interface WriteOrder {
  readonly write: Write;
  readonly database: DatabaseRef;
  readonly verification: Verification;
  /** When the step began: its writes share one budget of time. */
  readonly stepStartedAt: Date;
  /** Step under which the write is claimed, when it is another than the one that sends it. */
  readonly claimAs?: string;
  /** How a later reading compares with the one before the write and with what is asked for. */
  readonly compare: (facts: DatabaseFacts) => Comparison;
}

const SENT_BEFORE: WriteAnswer = { kind: 'none', text: 'this change may have sent it before' };
const NEVER_LEFT: WriteAnswer = { kind: 'not-sent', text: 'this change tried to send it before, and it never left' };

/** What became of a write that an earlier attempt of the same step claimed. */
async function earlierAnswer(
  { changeId, store }: StepContext,
  cluster: ClusterWriter,
  { claimAs, command, ...options }: SendOptions & { claimAs: string; command: string },
): Promise<WriteAnswer> {
  const mayHaveLeft = (await store.claimedWrites(changeId)).some((write) => write.step === claimAs && write.command === command);
  return mayHaveLeft ? ((await cluster.recall({ ...options, command })) ?? SENT_BEFORE) : NEVER_LEFT;
}

/** The same for every attempt at the same write, so that one whose answer got lost is found again. */
const runIdOf = (changeId: string, step: string, command: string): string =>
  `${createHash('sha256').update([changeId, step, command].join('\n')).digest('hex').slice(0, 16)} ${changeId}`;

/** How long the command may take so that the wait for its effect still fits into the step. */
function commandLimit({ stepStartedAt, verification }: WriteOrder, now: Date, command: string): number {
  const left = STEP_BUDGET_SECONDS - LONGEST_BUSY_SECONDS - (now.getTime() - stepStartedAt.getTime()) / 1000;
  if (left < SHORTEST_COMMAND_SECONDS) throw new StepError('ClusterStuckError', `no time is left in this step to send "${command}" safely`);
  return Math.min(verification.deadlineSeconds, LONGEST_COMMAND_SECONDS, left);
}

/** A run that took the change over knows that those before it are dead, and what they did; so it may send what they had claimed. */
const claimNameOf = ({ claimAs }: WriteOrder, { step, run }: StepContext): string => `${claimAs ?? step}${run > 0 ? ` (run ${run})` : ''}`;

/**
 * Sends a write, at most once in each run of the change, and reads until the state proves what it did.
 * @returns the reading that proves it.
 * @throws StepError with the name that `judgeWrite` gives to everything that is not a proof.
 */
export async function writeAndProve(context: StepContext, cluster: ClusterWriter, order: WriteOrder): Promise<DatabaseFacts> {
  const { write, database, verification, compare } = order;
  const command = cluster.describe(write);
  const limitSeconds = commandLimit(order, context.clock.now(), command);
  const claimAs = claimNameOf(order, context);
  const options = { limitSeconds, runId: runIdOf(context.changeId, claimAs, command) };
  const claimed = await context.store.claimWrite(context.changeId, claimAs, command, context.run);
  const answer = claimed ? await cluster.send(write, options) : await earlierAnswer(context, cluster, { ...options, claimAs, command });
  if (claimed && !answer.stillRuns) await context.store.append(context.changeId, { type: 'write-answered', step: claimAs, command });
  const limits = limitsOf(verification);
  const endedAt = context.clock.now().getTime();
  let equalReadings = 0;
  let previous: Comparison | undefined;
  for (;;) {
    const reading = await readAndCompare(cluster, database, compare);
    equalReadings = reading.comparison === previous ? equalReadings + 1 : 1;
    previous = reading.comparison;
    const waitedSeconds = (context.clock.now().getTime() - endedAt) / 1000;
    const judgement = judgeWrite({ answer, comparison: reading.comparison, idle: reading.idle, waitedSeconds, equalReadings }, limits);
    if (judgement === 'proven' && reading.facts) return reading.facts;
    if (judgement !== 'wait' && judgement !== 'proven') {
      if (claimed && neverLeft(answer, reading)) await context.store.disclaimWrite(context.changeId, claimAs, command);
      throw new StepError(judgement, describeFailure(command, answer, reading), { cause: reading.problem });
    }
    await context.clock.sleep(pauseSeconds(verification));
  }
}

/** Said by the way in, and confirmed by a state that shows nothing of it. */
const neverLeft = ({ kind }: WriteAnswer, { comparison }: Reading): boolean =>
  kind === 'not-sent' && (comparison === 'as-before' || comparison === 'unread');

/**
 * Waits until no earlier write of this change is under way any more, where the way in can tell: a step that died may have left one.
 * @throws StepError `ClusterStuckError` for one that does not end.
 */
export async function awaitEarlierWrites(context: StepContext, clusterName: string): Promise<void> {
  const cluster = await context.cluster(clusterName);
  for (const { step, command } of await context.store.claimedWrites(context.changeId)) {
    const answer = await cluster.recall({ limitSeconds: LONGEST_BUSY_SECONDS, runId: runIdOf(context.changeId, step, command), command });
    if (answer?.stillRuns) throw new StepError('ClusterStuckError', `"${command}" still runs on a node: ${answer.text}`);
  }
}

function describeFailure(command: string, answer: WriteAnswer, { comparison, idle, facts, problem }: Reading): string {
  const answered = answer.kind === 'none' ? `got no clear answer (${answer.text})` : `was answered "${answer.text}"`;
  const busy = facts && !idle ? whyNotChangeable(facts) : undefined;
  const state: Record<Comparison, string> = {
    wanted: busy ?? 'the setting is as wanted',
    'as-before': busy ?? 'the setting reads as before',
    partly: 'the policy is set, but fewer than two nodes are bound',
    neither: 'the state is neither the one before nor the one asked for',
    unread: `the state cannot be read: ${problem?.message ?? 'unknown'}`,
  };
  return `"${command}" ${answered}; ${state[comparison]}`;
}
