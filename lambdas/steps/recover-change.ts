import { isDeepStrictEqual } from 'node:util';
import type { Recovery } from '../contracts/change-state.ts';
import type { ChangeRecord, Holder, Lock } from '../contracts/record.ts';
import { RecoverChangeInput, RecoverChangeOutput } from '../contracts/steps.ts';
import { cutShort, stateFromRecord, whyHalted, writesEndBy } from '../domain/recovery.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';
import { LEASE_SECONDS } from './lease.ts';

const nothing = (run: number, says: string): RecoverChangeOutput => ({ recovery: { next: 'nothing', run, says } });

const lockOf = async ({ store, changeId }: StepContext): Promise<Lock | undefined> =>
  (await store.locks()).find((lock) => lock.changeId === changeId);

/** The one who recovers, as the record names whoever runs a change. */
const recovererOf = ({ recoverer }: RecoverChangeInput, { holder }: StepContext): Holder => ({ ...holder, description: recoverer });

/** Why a change is left to whoever runs it now, or undefined. Another recovery that vouches for itself is left to finish. */
function whyNotTaken(
  { run, holder }: ChangeRecord,
  lock: Lock | undefined,
  { force, deadRun }: RecoverChangeInput,
  now: Date,
): string | undefined {
  const who = holder?.description ?? 'somebody';
  if (deadRun !== undefined && deadRun !== run) return `${who} has taken it over since it was found dead`;
  if (run === 0 || force || !lock || Date.parse(lock.leaseUntil) <= now.getTime()) return undefined;
  return `${who} recovers it, and vouches for that until ${lock.leaseUntil}`;
}

/**
 * Takes the change over. Repeated by the same recovery, it completes a take-over that died half-way and gives the same run.
 * @returns the number of the run that the recovery is; undefined when somebody else was faster, or the change ended in the meantime.
 */
async function takeOver(input: RecoverChangeInput, from: number, context: StepContext): Promise<number | undefined> {
  const holder = recovererOf(input, context);
  const taken = await context.store.takeOver(context.changeId, { from, holder, leaseSeconds: LEASE_SECONDS, why: input.why });
  return taken?.run;
}

/** What is left to do once nothing of the dead run can claim a write any more. */
async function whatIsLeft(
  run: number,
  { wasDeployed, lock, record }: { wasDeployed: boolean; lock: Lock | undefined; record: ChangeRecord },
  context: StepContext,
): Promise<Recovery> {
  const { changeId, store, clock } = context;
  if ((await store.claimedWrites(changeId)).length === 0)
    return { next: 'conclude', run, says: 'it wrote nothing, so there is nothing to undo' };
  if (!lock) return { next: 'conclude', run, says: 'it wrote something, and its lock with the snapshot was cleared since' };
  const halted = whyHalted(record);
  if (halted) return { next: 'conclude', run, says: `it had stopped for an operator: ${halted.name}: ${halted.message}` };
  // On one machine the process is known to be dead, and a command that outlived it is waited for by the rollback.
  const until = wasDeployed ? writesEndBy(record) : undefined;
  if (until && until > clock.now())
    return { next: 'wait', run, until: until.toISOString(), says: `a write of it may be under way until ${until.toISOString()}` };
  return { next: 'roll-back', run, says: 'it wrote something, and its end is not on record' };
}

/**
 * Finds out what a change that was cut short has left behind, takes it over, and says what is to be done: nothing, wait for a write that
 * may be under way, put its end on record, or roll back from the snapshot beside its lock.
 */
export async function recoverChange(input: RecoverChangeInput, context: StepContext): Promise<RecoverChangeOutput> {
  const { changeId, store, clock } = context;
  const record = await store.get(changeId);
  if (!record) return nothing(0, 'no such change is on record: it ended before it began');
  if (record.report) return nothing(record.run, `it has ended: ${record.report.outcome}`);
  const isMine = record.run > 0 && isDeepStrictEqual(record.holder, recovererOf(input, context));
  const whyNot = isMine ? undefined : whyNotTaken(record, await lockOf(context), input, clock.now());
  if (whyNot !== undefined) return nothing(record.run, whyNot);
  const run = await takeOver(input, isMine ? record.run - 1 : record.run, context);
  if (run === undefined) return nothing(record.run, 'it has ended, or somebody else recovers it');
  const lock = await lockOf(context);
  // What was claimed until the take-over is in the record now, and nothing of the dead run is added any more.
  const latest = (await store.get(changeId)) ?? record;
  const recovery = await whatIsLeft(run, { wasDeployed: record.holder?.pid === undefined, lock, record: latest }, context);
  await store.append(changeId, { type: 'note', text: `recovery: ${recovery.says}` });
  const failure = cutShort(latest, input.why, await store.isCancelRequested(changeId));
  return { ...stateFromRecord(latest, lock, failure), recovery };
}

export const handler = stepHandler({ input: RecoverChangeInput, output: RecoverChangeOutput }, recoverChange);
