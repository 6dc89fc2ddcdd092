import middy from '@middy/core';
import { METRICS } from '../contracts/deployment.ts';
import { count, telemetry } from '../runtime/telemetry.ts';

/** Counts the locks that stand, and those whose change no longer vouches for itself: an alarm looks at them. */
export async function watchLocks(): Promise<{ locks: number; pastLease: number }> {
  const { deployedStore } = await import('../runtime/deployed.ts');
  const locks = await deployedStore().locks();
  const pastLease = locks.filter(({ leaseUntil }) => Date.parse(leaseUntil) <= Date.now());
  count(METRICS.locks, locks.length);
  count(METRICS.locksPastLease, pastLease.length);
  return { locks: locks.length, pastLease: pastLease.length };
}

export const handler = middy().use(telemetry).handler(watchLocks);
