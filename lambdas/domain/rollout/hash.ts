import { createHash } from 'node:crypto';
import type { RolloutTarget } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';

type HashedTarget = Pick<RolloutTarget, 'cluster' | 'id' | 'position' | 'wave' | 'planHash'>;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** For `JSON.stringify`: keys in the order of the alphabet, because stores give them back in any. */
const inOrderOfKeys = (_key: string, value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, value[key]]),
      )
    : value;

/** What a rollout does with its targets, and what it asks for on the way. Who wants it and why, and how targets were found, is left out. */
function materialSettings({ wanted, rollback, errorBudget, onStop, onDrift, concurrency, bake, alarms, gates, verification }: RolloutFile) {
  const inAnyOrder = { alarms: [...new Set(alarms)].sort(), gates: { ...gates, approve: [...new Set(gates.approve)].sort() } };
  return { wanted, rollback, errorBudget, onStop, onDrift, concurrency, bake, verification, ...inAnyOrder };
}

/**
 * SHA-256 over what a rollout is approved for, in hexadecimal: how it goes about, and of every target its place and the hash of its plan.
 * Neither the order of keys nor that of the targets matters.
 * @param placed - each with a position of its own.
 */
export function rolloutHash(file: RolloutFile, placed: readonly HashedTarget[]): string {
  const hash = createHash('sha256').update(JSON.stringify(materialSettings(file), inOrderOfKeys));
  for (const { position, wave, cluster, id, planHash } of placed.toSorted((a, b) => a.position - b.position))
    hash.update(`\n${JSON.stringify([position, wave, cluster, id, planHash])}`);
  return hash.digest('hex');
}
