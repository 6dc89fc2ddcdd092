import type { ChangeRecord, Lock, TimelineEvent } from '../../lambdas/contracts/record.ts';
import { isAlive } from '../local/process.ts';

/** How long a change without a lock may be silent: far longer than any step that needs none, the announced waits aside. */
const SILENT_MS = 24 * 60 * 60_000;

/** Until when an event accounts for silence. A wait for people or for a window says how long it may last. */
function vouchesUntil(event: TimelineEvent): number {
  if (event.type === 'approval-requested') return Date.parse(event.request.expiresAt);
  return Date.parse((event.type === 'window' && event.look.until) || event.at);
}

/**
 * Whether a change that was begun on one machine may still be at work. Its process decides where it can be seen: one that is dead for sure
 * does nothing more, and one that is alive for sure goes on even past its lease, as on a laptop that slept. Where it cannot be seen, which
 * is on another host or in another container, or where only its number is known, a change
 * - with a lock is believed for as long as its lease, which is longer than any step or wait;
 * - without one has written nothing, and is believed until 24 hours after its last event, or after the end of a wait that it announced.
 */
export function mayStillRun(
  change: Pick<ChangeRecord, 'endedAt' | 'holder' | 'startedAt' | 'timeline'>,
  lock: Lock | undefined,
  now = Date.now(),
): boolean {
  if (change.endedAt) return false;
  const holder = change.holder ?? lock?.holder;
  const alive = holder && isAlive(holder);
  if (alive !== undefined) return alive;
  if (lock) return now < Date.parse(lock.leaseUntil);
  return now < Math.max(Date.parse(change.startedAt), ...change.timeline.map(vouchesUntil)) + SILENT_MS;
}
