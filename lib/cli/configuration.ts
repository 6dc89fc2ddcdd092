import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONFIG_FILE, type LoadedConfiguration, loadConfiguration } from '../config/load.ts';

/**
 * The configuration that is meant: where the user is. npm moves a checkout's script to the root of the checkout; the folder it was
 * called from goes before that root, so that a file in the checkout never stands in for the one beside the user.
 * @throws ConfigurationError when there is none, or it cannot be used.
 */
export function configurationFor(given: string | undefined): LoadedConfiguration {
  const here = process.cwd();
  const calledFrom = process.env.npm_lifecycle_event === 'syncshift' ? process.env.INIT_CWD : undefined;
  const isThere = calledFrom !== undefined && existsSync(resolve(calledFrom, given ?? CONFIG_FILE));
  return loadConfiguration(given, isThere ? calledFrom : here);
}
