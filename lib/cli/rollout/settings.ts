import type { FullChangeRequest, RequestDefaults } from '../../../lambdas/contracts/request.ts';
import { RolloutFile, type RolloutFileInput } from '../../../lambdas/contracts/rollout-file.ts';
import { fullRequest } from '../../../lambdas/domain/full-request.ts';

/** One setting of a rollout, and who set it: nobody, the configuration, or the file. */
export interface Setting {
  /** Such as `waves.canary`. */
  readonly path: string;
  readonly value: unknown;
  readonly from: 'default' | 'configuration' | 'file';
}

/** What every rollout has a value of, in a file that says nothing of it. */
const standardFile = (wanted: RolloutFileInput['wanted'] = {}): RolloutFile =>
  RolloutFile.parse({ name: 'standard', select: { clusters: ['*'] }, wanted });

/** A rollout with the settings that its changes get from elsewhere where its file does not say them. */
function completed(file: RolloutFile, defaults: RequestDefaults): object {
  const { $schema: _, name: __, wanted, verification, rollback, ...fields } = file;
  const request = {
    target: { cluster: 'any', database: 'any' },
    wanted: { syncerMode: wanted.syncerMode },
    ...(verification && { verification }),
    ...(rollback && { rollback }),
  };
  const full: FullChangeRequest = fullRequest(request, defaults, 'any');
  return {
    ...fields,
    wanted: { syncerMode: wanted.syncerMode, proxyPolicy: wanted.proxyPolicy ?? full.defaultProxyPolicy },
    verification: full.verification,
    rollback: full.rollback,
  };
}

type Leaves = Record<string, unknown>;

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

function leavesOf(value: object, path = ''): Leaves {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const place = path === '' ? key : `${path}.${key}`;
      return isBranch(inner) ? Object.entries(leavesOf(inner, place)) : [[place, inner]];
    }),
  );
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Nothing is selected by default. */
const isChosen = (path: string): boolean => path.startsWith('select.') && path !== 'select.exclude';

/**
 * Every setting of a rollout with its value. What is written out as the default has it counts as the default.
 * @param defaults - configured parts of a change.
 */
export function settingsOf(file: RolloutFile, defaults: RequestDefaults): Setting[] {
  const said = leavesOf(file);
  // What a stop does depends on where the rollout goes.
  const { onStop } = standardFile({ syncerMode: file.wanted.syncerMode });
  const standard: Leaves = { ...leavesOf(completed(standardFile(), {})), onStop };
  return Object.entries(leavesOf(completed(file, defaults))).map(([path, value]) => {
    if (path in standard && isSame(standard[path], value) && !isChosen(path)) return { path, value, from: 'default' };
    return { path, value, from: path in said ? 'file' : 'configuration' };
  });
}
