import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { readRolloutFile } from '../../config/rollout-file.ts';
import { currentUser } from '../person.ts';

/** npm moves a checkout's script to the root of the checkout; a file is meant from where the user is. */
function whereTheUserIs(path: string): string {
  const calledFrom = process.env.npm_lifecycle_event === 'syncshift' ? process.env.INIT_CWD : undefined;
  const there = calledFrom === undefined ? undefined : resolve(calledFrom, path);
  return there !== undefined && existsSync(there) ? there : path;
}

/**
 * Reads the file of a rollout; whoever asks for it is named in it.
 * @throws ConfigurationError with file, line and column of every fault.
 */
export function rolloutFileFrom(path: string, { configuration }: LoadedConfiguration): RolloutFile {
  const file = readRolloutFile(whereTheUserIs(path));
  return { ...file, requestedBy: file.requestedBy ?? configuration.defaults.requestedBy ?? currentUser() };
}
