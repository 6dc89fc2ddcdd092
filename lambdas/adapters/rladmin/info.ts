import { cleanLines, notUnderstood } from './text.ts';

/** Entries of one block of `rladmin info`: every value that was printed for a key. */
export type InfoBlock = ReadonlyMap<string, readonly string[]>;

interface Block {
  readonly header: string;
  readonly entries: Map<string, string[]>;
}

/** Splits at the first colon that a blank or the end of the line follows: keys may contain blanks, values colons. */
function splitEntry(line: string): [key: string, value: string] | undefined {
  const at = line.indexOf(': ');
  if (at >= 0) return [line.slice(0, at).trim(), line.slice(at + 2).trim()];
  return line.endsWith(':') ? [line.slice(0, -1).trim(), ''] : undefined;
}

/** Blocks start in the first column; their entries are indented, by however many blanks. Other lines carry nothing we read. */
function blocks(output: string): Block[] {
  const found: Block[] = [];
  for (const line of cleanLines(output)) {
    if (line === '') continue;
    if (/^\S/.test(line)) found.push({ header: line, entries: new Map() });
    else {
      const [key, value] = splitEntry(line) ?? [];
      const entries = found.at(-1)?.entries;
      if (key !== undefined && value !== undefined) entries?.set(key, [...(entries.get(key) ?? []), value]);
    }
  }
  return found;
}

/** The value of a key, or undefined when it is not printed. @throws StepError `ClusterOutputError` when it has several. */
export function entryOf(block: InfoBlock, key: string): string | undefined {
  const values = [...new Set(block.get(key))];
  if (values.length > 1) throw notUnderstood(`info printed several values for ${key}`, values.join(', '));
  return values[0];
}

function theOnly(candidates: Block[], what: string, output: string): Block {
  const [block, ...others] = candidates;
  if (!block) throw notUnderstood(`info printed no block for ${what}`, cleanLines(output).find((line) => line.trim() !== '') ?? '');
  if (others.length > 0) throw notUnderstood(`info printed ${candidates.length} blocks for ${what}`, block.header);
  return block;
}

/** `db:7 [orders]:`; the name reaches to the last `]`. */
const DATABASE_HEADER = /^(db:[1-9]\d{0,8}) \[(.*)\]:?$/;

export interface DatabaseInfo {
  readonly name: string;
  readonly entries: InfoBlock;
}

export const hasDatabaseInfo = (output: string, id: string): boolean =>
  blocks(output).some(({ header }) => DATABASE_HEADER.exec(header)?.[1] === id);

/** The block of one database out of `rladmin info db`, whatever other blocks there are. */
export function readDatabaseInfo(output: string, id: string): DatabaseInfo {
  const block = theOnly(
    blocks(output).filter(({ header }) => DATABASE_HEADER.exec(header)?.[1] === id),
    id,
    output,
  );
  return { name: DATABASE_HEADER.exec(block.header)?.[2] ?? '', entries: block.entries };
}

/** `rladmin info node 3` in either form of its header. */
export const readNodeInfo = (output: string, node: number): InfoBlock =>
  theOnly(
    blocks(output).filter(({ header }) => header.replace(/^Command Output: /, '').replace(/:$/, '') === `node:${node}`),
    `node:${node}`,
    output,
  ).entries;

export const readClusterInfo = (output: string): InfoBlock =>
  theOnly(
    blocks(output).filter(({ header }) => /^cluster configuration:?$/i.test(header)),
    'the cluster',
    output,
  ).entries;

/** `enabled` and `disabled`, perhaps with their origin behind; undefined for anything else. */
export function readSwitch(value: string | undefined): boolean | undefined {
  const word = /^(enabled|disabled)\b/.exec(value ?? '')?.[1];
  return word === undefined ? undefined : word === 'enabled';
}
