import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Configuration } from '../contracts/configuration.ts';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import type { Clock } from '../ports/clock.ts';

/** The clock of a deployed function. */
export const clock: Clock = { now: () => new Date(), sleep: (seconds) => wait(seconds * 1000) };

/** @throws StepError `ClusterAccessError` when the function has no such variable. */
export function required(variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new StepError('ClusterAccessError', `this function was deployed without ${variable}`);
}

/** @throws StepError `InvalidInputError` when it is none of this version. */
export async function readConfiguration(file: string): Promise<Configuration> {
  const text = await readFile(file, 'utf8');
  return parse(Configuration, JSON.parse(text), 'InvalidInputError');
}
