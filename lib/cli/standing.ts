import { isDeepStrictEqual } from 'node:util';
import { StepError } from '../../lambdas/contracts/errors.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { FullChangeRequest } from '../../lambdas/contracts/request.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { mayStillRun } from './holder.ts';
import type { Output } from './output.ts';

/** What there is of a change that somebody starts under an id of their own. */
export type Standing =
  | { readonly kind: 'new' }
  | { readonly kind: 'ended'; readonly report: ChangeReport }
  | { readonly kind: 'running' }
  /** Its process died before it took the lock, perhaps while it waited for weeks: it goes on, with the approvals that it has. */
  | { readonly kind: 'resumable'; readonly run: number };

/**
 * Asking for the same change again joins it, or tells how it ended.
 * @param request - with every default, and what the cluster asks for.
 * @throws StepError `InvalidInputError` when the id is that of another request, `LockHeldError` when the change has to be recovered first.
 */
export async function standingOf(store: ChangeStore, request: FullChangeRequest, output: Output): Promise<Standing> {
  const { changeId } = request;
  const record = await store.get(changeId);
  if (!record) return { kind: 'new' };
  if (!isDeepStrictEqual(record.request, JSON.parse(JSON.stringify(request))))
    throw new StepError('InvalidInputError', `changeId: ${changeId} is the name of another change, which asked for something else`);
  if (record.report) return { kind: 'ended', report: record.report };
  const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
  if (mayStillRun(record, lock)) return { kind: 'running' };
  if (lock || (await store.claimedWrites(changeId)).length > 0)
    throw new StepError('LockHeldError', `change ${changeId} was cut short, recover it first: ${output.invocation(`recover ${changeId}`)}`);
  return { kind: 'resumable', run: record.run };
}
