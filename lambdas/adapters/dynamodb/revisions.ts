import { randomUUID } from 'node:crypto';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { json, number, text } from './items.ts';
import type { Item, Table } from './table.ts';

/**
 * So many writes of an item are told apart, its latest ones. An answer that got lost is asked for again within a second or so, and
 * whoever writes has read before: should that many have written in between, the write counts as refused, and its writer looks again.
 */
const MARKS_KEPT = 8;

export interface Revision {
  /** One more than that of what is there. */
  readonly revision: number;
  /** Kept as JSON text under `content`. */
  readonly content: unknown;
  /** Epoch seconds; without it the item does not expire. */
  readonly expiry?: number;
  /** Whether revision 1 may be written where there is nothing. */
  readonly mayBegin: boolean;
}

/** What was written by `saveRevision`. */
export interface Saved {
  readonly item: Item;
}

/**
 * Writes an item on top of the revision before it. Each write leaves its mark, by which it is found when its answer got lost.
 * @returns undefined when somebody else was faster, unless with the very same content.
 */
export async function saveRevision(table: Table, key: Item, { revision, content, expiry, mayBegin }: Revision): Promise<Saved | undefined> {
  const { timeToLive } = CHANGE_TABLE;
  const stored = json(content);
  const mark = randomUUID();
  const place = `mark${revision % MARKS_KEPT}`;
  const isFirst = mayBegin && revision === 1;
  const set = `SET content = :content, revision = :revision, ${place} = :mark`;
  const item = await table.update(key, {
    expression: expiry === undefined ? `${set} REMOVE ${timeToLive}` : `${set}, ${timeToLive} = :expiry`,
    condition: isFirst ? 'attribute_not_exists(revision)' : 'revision = :previous',
    values: {
      ':content': stored,
      ':revision': number(revision),
      ':mark': text(mark),
      ...(expiry !== undefined && { ':expiry': number(expiry) }),
      ...(!isFirst && { ':previous': number(revision - 1) }),
    },
  });
  if (item) return { item };
  const standing = await table.get(key);
  // After a lost answer it is written already, and somebody may have written the next revision since.
  return standing && (standing[place]?.S === mark || standing.content?.S === stored.S) ? { item: standing } : undefined;
}
