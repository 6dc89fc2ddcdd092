import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import { type ChangeRecord, type ChangeReport, type ChangeSummary, type Holder, runLost } from '../../contracts/record.ts';
import type { FullChangeRequest } from '../../contracts/request.ts';
import { isLatest, readChange } from './changes.ts';
import { changeKey, changePartition, json, LISTED, number, required, type StoredChange, text, toChange, toSummary } from './items.ts';
import type { Placed } from './order.ts';
import type { Table } from './table.ts';
import { toTimeline } from './timeline.ts';

export interface Completion {
  readonly report: ChangeReport;
  /** ISO 8601. */
  readonly at: string;
  readonly keepLock: boolean;
  readonly run: number;
}

/** Begin and end of changes, and what is told of them. */
export class Records {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @returns false when it was open already. */
  async open(request: FullChangeRequest, holder: Holder, { at, order }: Placed): Promise<boolean> {
    const { changeId } = request;
    const { partitionKey, sortKey } = CHANGE_TABLE.byStart;
    const opened = await this.#table.update(changeKey(changeId), {
      expression: `SET changeId = :id, changeRequest = :request, startedAt = :at, holder = :holder, ${partitionKey} = :listed, ${sortKey} = :order`,
      condition: 'attribute_not_exists(changeRequest)',
      values: {
        ':id': text(changeId),
        ':request': json(request),
        ':at': text(at),
        ':holder': json(holder),
        ':listed': text(LISTED),
        ':order': text(order),
      },
    });
    // After a lost answer it is open under our own place.
    return opened !== undefined || (await readChange(this.#table, changeId))?.startOrder === order;
  }

  /**
   * Ends a change, which lets go of its lock in the same write unless it is kept.
   * @returns the change, or undefined when it has no item.
   * @throws StepError `LockLostError` when another run took it over.
   */
  async complete(changeId: string, { report, at, keepLock, run }: Completion): Promise<StoredChange | undefined> {
    const { expression, values } = isLatest(run);
    const item = await this.#table.update(changeKey(changeId), {
      expression: `SET report = :report, endedAt = :at ${keepLock ? '' : 'REMOVE holds ADD releases :one'}`,
      condition: `attribute_exists(${CHANGE_TABLE.partitionKey}) AND ${expression}`,
      values: { ':report': json(report), ':at': text(at), ...(!keepLock && { ':one': number(1) }), ...values },
    });
    if (item) return toChange(item);
    const change = await readChange(this.#table, changeId);
    // One that has ended may be completed again: the step that does it may be repeated.
    const lost = runLost(changeId, run, change && { ended: false, run: change.run });
    if (lost) throw lost;
    return undefined;
  }

  /** Lets a change expire that has ended and holds no lock. @param expiry - epoch seconds. */
  async expire(changeId: string, expiry: number): Promise<void> {
    await this.#table.update(changeKey(changeId), {
      expression: `SET ${CHANGE_TABLE.timeToLive} = :expiry`,
      condition: 'attribute_exists(endedAt) AND attribute_not_exists(holds)',
      values: { ':expiry': number(expiry) },
    });
  }

  async get(changeId: string): Promise<ChangeRecord | undefined> {
    const items = await this.#table.query({
      KeyConditionExpression: `${CHANGE_TABLE.partitionKey} = :change`,
      ExpressionAttributeValues: { ':change': text(changePartition(changeId)) },
      ConsistentRead: true,
    });
    const { events = [], changes = [] } = Object.groupBy(items, (item) => (item.event ? 'events' : 'changes'));
    const change = changes.map(toChange)[0];
    return change?.summary && { ...change.summary, timeline: toTimeline(events, change) };
  }

  async list(limit: number): Promise<ChangeSummary[]> {
    if (limit < 1) return [];
    const { name, partitionKey } = CHANGE_TABLE.byStart;
    const listed = await this.#table.query(
      {
        IndexName: name,
        KeyConditionExpression: `${partitionKey} = :listed`,
        ExpressionAttributeValues: { ':listed': text(LISTED) },
        ScanIndexForward: false,
      },
      limit,
    );
    // The index of a deployed table cannot be given what came later: who runs a change, and which of its runs that is.
    const items = await Promise.all(listed.map((item) => this.#table.get(changeKey(required(item, 'changeId')))));
    // One that has expired stays in the index for a moment.
    return items.filter((item) => item !== undefined).map(toSummary);
  }
}
