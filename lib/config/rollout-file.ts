import { closeSync, openSync, readSync } from 'node:fs';
import * as z from 'zod';
import { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import { type Finding, findingsOf, inWords } from './expectations.ts';
import { ConfigurationError, unreadable } from './load.ts';
import { parseYaml, placeIn, type YamlFault, type YamlText } from './yaml.ts';
import { findPath, type YamlPlace } from './yaml-path.ts';

/** In bytes: 1 MiB. */
export const LARGEST_FILE = 1_048_576;
/** More than these are not read by anybody. */
const MOST_FAULTS = 100;

const LEFT_OUT: Readonly<Record<YamlPlace['state'], string>> = {
  there: '',
  empty: ', and nothing is written here',
  missing: ', but it is missing',
};

function faultOf({ path, says, unknownKey }: Finding, { document }: YamlText): YamlFault {
  const { offset, keyOffset, state } = findPath(document, path);
  const place = path.length === 0 ? '' : `${z.core.toDotPath([...path])}: `;
  // Only an expectation can go without an answer; a rule about two keys may name one that has its default.
  const leftOut = says.startsWith('expected') ? LEFT_OUT[state] : '';
  return { offset: unknownKey ? (keyOffset ?? offset) : offset, says: `${place}${says}${leftOut}` };
}

/**
 * One line for each fault, in the order of the text.
 * @param total - how many there are; not all of them may be given.
 */
function refusal(faults: readonly YamlFault[], total: number, name: string, text: string): ConfigurationError {
  const lines = faults
    .slice(0, MOST_FAULTS)
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, says }) => {
      const { line, column } = placeIn(text, offset);
      return `${name}:${line}:${column}: ${says}`;
    });
  const more = total - lines.length;
  return new ConfigurationError([...lines, ...(more > 0 ? [`${name}: and ${more} more`] : [])].join('\n'));
}

/**
 * Reads a rollout as somebody has written it, in YAML 1.2 or JSON.
 * @param name - of the file, for messages.
 * @throws ConfigurationError with a line for every fault: file, line, column, key, and what was expected.
 */
export function parseRolloutText(text: string, name: string): RolloutFile {
  // An editor on another system may have left a byte order mark.
  const source = text.replace(/^\uFEFF/, '');
  if (Buffer.byteLength(source) > LARGEST_FILE) throw new ConfigurationError(`${name}: larger than 1 MiB, expected the file of a rollout`);
  const yaml = parseYaml(source);
  if (yaml.faults.length > 0) throw refusal(yaml.faults, yaml.faults.length, name, source);
  if (yaml.value === null) throw new ConfigurationError(`${name}: empty, expected at least "name" and "select"`);
  const { data, error } = RolloutFile.safeParse(yaml.value, { error: inWords });
  if (data) return data;
  const findings = findingsOf(error);
  const faults = findings.slice(0, MOST_FAULTS).map((finding) => faultOf(finding, yaml));
  throw refusal(faults, findings.length, name, source);
}

/** No more than it takes to see that a file is too large: it may be one without an end. */
function bytesOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LARGEST_FILE + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/**
 * Reads the file of a rollout.
 * @param path - from the working directory; as it is given, it stands in messages.
 * @throws ConfigurationError when there is no such file, or as `parseRolloutText`.
 */
export function readRolloutFile(path: string): RolloutFile {
  return parseRolloutText(textOf(path), path);
}

function textOf(path: string): string {
  let bytes: Buffer;
  try {
    bytes = bytesOf(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  // What was cut off may end within a character.
  if (bytes.length > LARGEST_FILE) return bytes.toString('latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigurationError(`${path}: not UTF-8, expected YAML or JSON`, { cause: error });
  }
}
