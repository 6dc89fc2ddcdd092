import type { Holder } from '../../contracts/record.ts';
import { HAS_NOT_ENDED, mayGoOn, readChange } from './changes.ts';
import { type Cancellation, changeKey, json, number, type StoredChange, type Takeover, toChange } from './items.ts';
import type { Table } from './table.ts';

const IS_ON_RECORD = 'attribute_exists(changeRequest)';

/** Who runs a change, and whether somebody asked for it to stop. Both are one write to the item of the change, or none. */
export class Runs {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Gives a change to the next run.
   * @returns the change and whether it was taken over just now, or undefined when it is not this holder's.
   */
  async takeOver(changeId: string, holder: Holder, takeover: Takeover): Promise<{ change: StoredChange; now: boolean } | undefined> {
    const { expression, values } = mayGoOn(takeover.run - 1);
    const item = await this.#table.update(changeKey(changeId), {
      expression: 'SET run = :next, holder = :holder, takeovers = list_append(if_not_exists(takeovers, :none), :takeovers)',
      condition: `${IS_ON_RECORD} AND ${expression}`,
      values: {
        ':next': number(takeover.run),
        ':holder': json(holder),
        ':none': { L: [] },
        ':takeovers': { L: [json(takeover)] },
        ...values,
      },
    });
    if (item) return { change: toChange(item), now: true };
    // After a lost answer, or when the step that takes over died halfway and is repeated, the change is this holder's already.
    const change = await readChange(this.#table, changeId);
    const isOurs = change && !change.ended && change.run === takeover.run && isSame(change.summary?.holder, holder);
    return isOurs ? { change, now: change.takeovers.at(-1)?.order === takeover.order } : undefined;
  }

  /** @returns whether this was the first to ask, of a change that has not ended. */
  async requestCancel(changeId: string, cancellation: Cancellation): Promise<boolean> {
    const item = await this.#table.update(changeKey(changeId), {
      expression: 'SET cancellation = :cancellation',
      condition: `${IS_ON_RECORD} AND ${HAS_NOT_ENDED} AND attribute_not_exists(cancellation)`,
      values: { ':cancellation': json(cancellation) },
    });
    if (item) return true;
    return (await readChange(this.#table, changeId))?.cancellation?.order === cancellation.order;
  }

  async isCancelRequested(changeId: string): Promise<boolean> {
    return (await readChange(this.#table, changeId))?.cancellation !== undefined;
  }
}

const isSame = (one: Holder | undefined, other: Holder): boolean => JSON.stringify(one) === JSON.stringify(other);
