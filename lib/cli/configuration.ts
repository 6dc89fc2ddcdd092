import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONFIG_FILE, type LoadedConfiguration, loadConfiguration } from '../config/load.ts';

/**
 * The configuration that is meant: in the working folder, or, when npm has moved a checkout's script to the root of the checkout,
 * in the folder that npm was called from.
 * @throws ConfigurationError when there is none, or it cannot be used.
 */
export function configurationFor(given: string | undefined): LoadedConfiguration {
  const here = process.cwd();
  const calledFrom = process.env.npm_lifecycle_event === 'syncshift' ? process.env.INIT_CWD : undefined;
  const elsewhere = calledFrom !== undefined && !existsSync(resolve(here, given ?? CONFIG_FILE));
  return loadConfiguration(given, elsewhere ? calledFrom : here);
}
