import { StepError } from '../../contracts/errors.ts';
import type { Write, WriteAnswer } from '../../contracts/write.ts';
import type { Clock } from '../../ports/clock.ts';
import { type ActionState, actionOf } from './actions.ts';
import type { RestDatabase } from './database.ts';
import { RequestFailure } from './failure.ts';
import type { Reader } from './reader.ts';

/** The cluster must not be asked more often. */
export const POLL_SECONDS = 2;
/** Readings that lie this far apart count as separate evidence. */
const APART_SECONDS = 5;

/** What is left of the time for a write, in seconds. */
export type Left = () => number;

export interface Followed {
  readonly reader: Reader;
  readonly clock: Clock;
  readonly left: Left;
}

/** The flag that a tune sets, as it reads now; undefined for other writes. */
function flagOf(write: Write, database: RestDatabase): { readonly name: string; readonly isTaken: boolean } | undefined {
  if (write.kind !== 'tune-syncer' || write.relation === undefined) return undefined;
  const isTaken = database.distributed[write.relation] === (write.mode === 'distributed') || database.syncerMode === write.mode;
  return { name: `${write.relation}_sync_dist`, isTaken };
}

/** The endpoint has the policy, or the flag the value, that was asked for. */
function isSet(write: Write, database: RestDatabase): boolean {
  if (write.kind === 'bind-policy') return database.endpoints.some(({ id, policy }) => id === write.endpoint && policy === write.policy);
  return flagOf(write, database)?.isTaken ?? false;
}

interface Sight {
  readonly action: ActionState | 'unknown';
  readonly database: RestDatabase;
}

/** The action first: what the database shows is then no older than what its action says. */
async function look(reader: Reader, uid: number, handle: string | undefined, left: Left): Promise<Sight> {
  const patienceSeconds = Math.max(0, left());
  const answer = handle === undefined ? undefined : await reader.get(`/v1/actions/${encodeURIComponent(handle)}`, { patienceSeconds });
  // Forgotten soon after the end, so a missing action says nothing against it.
  const action = answer?.status === 200 ? actionOf(answer.body) : 'unknown';
  return { action, database: await reader.database(uid, { patienceSeconds }) };
}

/**
 * Waits until an accepted write has had its effect, or the time is over. The state of the database wins over what its job says:
 * some builds show a finished job as running.
 */
export async function followWrite(
  write: Write,
  uid: number,
  actionUid: string | undefined,
  { reader, clock, left }: Followed,
): Promise<WriteAnswer> {
  const words = [`200${actionUid === undefined ? '' : `, action ${actionUid}`}`];
  const answer = (kind: WriteAnswer['kind'], ...more: string[]): WriteAnswer => ({ kind, text: [...words, ...more].join('; ') });
  let handle = actionUid;
  let quietSince: number | undefined;
  let last = 'it was not seen to end';
  for (;;) {
    try {
      const { action, database } = await look(reader, uid, handle, left);
      const isOver = (action === 'unknown' || action.ended) && (database.actionUid ?? handle) === handle;
      handle = database.actionUid ?? handle;
      const said = action === 'unknown' ? [] : [`the action is ${action.text}`];
      const now = clock.now().getTime();
      quietSince = database.status === 'active' ? (quietSince ?? now) : undefined;
      const isQuiet = quietSince !== undefined && now - quietSince >= APART_SECONDS * 1000;
      if (quietSince !== undefined && isSet(write, database) && (isOver || isQuiet))
        return answer('accepted', ...said, 'the database is active');
      if (isQuiet && isOver) return unset(write, database, answer, said, action !== 'unknown' && !action.failed);
      last = [...said, `the database is ${database.status}`].join(', ');
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      last = `it could not be followed: ${error.message}`;
      if ((error instanceof RequestFailure && error.locksOut) || error.name === 'PreconditionFailedError') return answer('accepted', last);
    }
    if (left() <= POLL_SECONDS) return answer('accepted', `${last} when the time was over`);
    await clock.sleep(POLL_SECONDS);
  }
}

function unset(
  write: Write,
  database: RestDatabase,
  answer: (kind: WriteAnswer['kind'], ...more: string[]) => WriteAnswer,
  said: string[],
  isCompleted: boolean,
): WriteAnswer {
  const flag = flagOf(write, database);
  // A cluster that says it has done it may still show it later: that is no refusal.
  if (flag && !isCompleted) return answer('refused', ...said, `the cluster ignored ${flag.name}: it reads as before, use rladmin`);
  if (write.kind === 'bind-policy' && database.policy === write.policy)
    return answer('accepted', ...said, `only the default policy of the database changed, endpoint ${write.endpoint} kept its own`);
  return answer('accepted', ...said, 'the database is active, and the setting reads as before');
}
