import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import { describeIssues } from '../../lambdas/contracts/parse.ts';

export const CONFIG_FILE = 'syncshift.config.json';

/** The configuration cannot be used; the message names file, place and expectation. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Absolute path of the file. */
  readonly file: string;
  /** Folder of what one machine keeps, beside the file. */
  readonly stateFolder: string;
}

/**
 * Why a file cannot be read.
 * @param hint - what to do where there is none.
 */
export function unreadable(file: string, error: unknown, hint = ''): ConfigurationError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reasons: Record<string, string> = {
    ENOENT: `no such file${hint}`,
    EISDIR: 'a folder, not a file',
    EACCES: 'not readable for this user',
  };
  return new ConfigurationError(`${file}: ${reasons[String(code)] ?? `cannot be read: ${String(error)}`}`, { cause: error });
}

function readText(file: string, given: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error, given ? '' : '; give one with --config FILE, or try "syncshift demo", which needs none');
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    // An editor on another system may have left a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigurationError(`${file}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * Loads and checks the configuration.
 * @param given - path from the command line; without it, the file of the usual name in `folder`.
 * @throws ConfigurationError
 */
export function loadConfiguration(given: string | undefined, folder: string): LoadedConfiguration {
  const file = resolve(folder, given ?? CONFIG_FILE);
  const parsed = Configuration.safeParse(parseJson(file, readText(file, given !== undefined)));
  if (!parsed.success) throw new ConfigurationError(`${file}: ${describeIssues(parsed.error)}`);
  const home = dirname(file);
  return { configuration: withProgramsFrom(home, parsed.data), file, stateFolder: join(home, '.syncshift') };
}

/** A program given by a relative path lies relative to the file that names it; a bare name is looked up as ever. */
function withProgramsFrom(folder: string, configuration: Configuration): Configuration {
  const located = ([program, ...leading]: readonly [string, ...string[]]): [string, ...string[]] => [
    program.includes('/') ? resolve(folder, program) : program,
    ...leading,
  ];
  const clusters = Object.entries(configuration.clusters).map(([name, cluster]) => [
    name,
    cluster.transport === 'exec' ? { ...cluster, rladmin: located(cluster.rladmin) } : cluster,
  ]);
  return { ...configuration, clusters: Object.fromEntries(clusters) };
}
