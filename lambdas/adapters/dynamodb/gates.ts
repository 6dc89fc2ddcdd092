import { randomUUID } from 'node:crypto';
import type { Gate } from '../../contracts/approval.ts';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { HAS_NOT_ENDED, readChange } from './changes.ts';
import { changeKey, number, required, text, tokenKey } from './items.ts';
import type { Table } from './table.ts';

/**
 * The gate shares an item of 400 kB with the claims and the report of its change, which have to find room whatever was approved: a
 * change that could not be completed would keep its lock. The plan of an endpoint takes about 500 bytes, so this holds some 200 of them.
 */
const LARGEST_GATE_BYTES = 100_000;

/**
 * Approval gates, in the items of their changes: the end of a change and a decision about it are writes to one item, so that one of
 * them comes first. And the tokens of workflows that wait at them, each in an item of its own that no other reading comes by.
 */
export class Gates {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The end of a change closes a gate that waits; what was decided stays to be seen. */
  async read(changeId: string): Promise<Gate | undefined> {
    const change = await readChange(this.#table, changeId);
    if (change?.gate === undefined) return undefined;
    const gate = JSON.parse(change.gate) as Gate;
    return change.ended && gate.status === 'waiting' ? { ...gate, status: 'closed' } : gate;
  }

  /**
   * @returns whether this gate was written, or stands already just as it is.
   * @throws Error for a gate that the item of a change cannot hold.
   */
  async save(changeId: string, gate: Gate): Promise<boolean> {
    const stored = JSON.stringify(gate);
    const bytes = Buffer.byteLength(stored);
    if (bytes > LARGEST_GATE_BYTES)
      throw new Error(`the approval gate of ${changeId} would take ${bytes} bytes; the record of a change holds ${LARGEST_GATE_BYTES}`);
    const isFirst = gate.revision === 1;
    const mark = randomUUID();
    const saved = await this.#table.update(changeKey(changeId), {
      expression: 'SET gate = :gate, gateRevision = :revision ADD gateMarks :marks',
      condition: `attribute_exists(changeRequest) AND ${HAS_NOT_ENDED} AND ${isFirst ? 'attribute_not_exists(gate)' : 'gateRevision = :previous'}`,
      values: {
        ':gate': text(stored),
        ':revision': number(gate.revision),
        ':marks': { SS: [mark] },
        ...(!isFirst && { ':previous': number(gate.revision - 1) }),
      },
    });
    if (saved) return true;
    // After a lost answer it is written already, and somebody may have written the next revision since.
    const change = await readChange(this.#table, changeId);
    return change !== undefined && (change.gateMarks.includes(mark) || change.gate === stored);
  }

  /** @param expiry - when the table may forget the token, in epoch seconds. */
  async keepToken(changeId: string, token: string, expiry: number): Promise<void> {
    await this.#table.put({ ...tokenKey(changeId), taskToken: text(token), [CHANGE_TABLE.timeToLive]: number(expiry) });
  }

  async tokenOf(changeId: string): Promise<string | undefined> {
    const item = await this.#table.get(tokenKey(changeId));
    return item && required(item, 'taskToken');
  }
}
