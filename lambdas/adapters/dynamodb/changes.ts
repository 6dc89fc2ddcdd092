import { changeKey, number, type StoredChange, toChange } from './items.ts';
import type { Condition, Table } from './table.ts';

export async function readChange(table: Table, changeId: string): Promise<StoredChange | undefined> {
  const item = await table.get(changeKey(changeId));
  return item && toChange(item);
}

export const HAS_NOT_ENDED = 'attribute_not_exists(endedAt)';

/** Whether a run is the latest one of its change. An item without a number is in its first. */
export const isLatest = (run: number): Condition => ({
  expression: run === 0 ? '(attribute_not_exists(run) OR run = :latest)' : 'run = :latest',
  values: { ':latest': number(run) },
});

/** Whether a run may go on with its change. What it says about the item of the change is decided together with what is written there. */
export const mayGoOn = (run: number): Condition => {
  const { expression, values = {} } = isLatest(run);
  return { expression: `${HAS_NOT_ENDED} AND ${expression}`, values };
};
