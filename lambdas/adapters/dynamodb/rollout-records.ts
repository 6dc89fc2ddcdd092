import { createHash } from 'node:crypto';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { Holder } from '../../contracts/record.ts';
import type { RolloutRecord, RolloutRequest } from '../../contracts/rollout.ts';
import { openedRollout } from '../../ports/rollout-store.ts';
import { fromJson, json, number, required, text } from './items.ts';
import type { Placed } from './order.ts';
import { saveRevision } from './revisions.ts';
import { type Expiries, LISTED_ROLLOUTS, RECORD, REQUEST, recordKey, requestKey, rolloutIdOf, rolloutPartition } from './rollout-items.ts';
import type { Item, Table } from './table.ts';

/**
 * Records of rollouts. The request of one may take most of the 400 kB of an item and never changes, so it has an item of its own, which
 * is named after what it says: of two who open a rollout with different requests, neither writes what the other one relies on.
 */
export class RolloutRecords {
  readonly #table: Table;
  readonly #expiries: Expiries;

  constructor(table: Table, expiries: Expiries) {
    this.#table = table;
    this.#expiries = expiries;
  }

  /** @returns false when it was open already. */
  async open(request: RolloutRequest, holder: Holder, { at, order }: Placed): Promise<boolean> {
    const { rolloutId } = request;
    const { partitionKey, sortKey } = CHANGE_TABLE.byStart;
    const key = recordKey(rolloutId);
    if (await this.#table.get(key)) return false;
    const { request: _, ...state } = openedRollout(request, holder, at);
    const stored = JSON.stringify(request);
    const hash = createHash('sha256').update(stored).digest('base64url');
    await this.#table.put({ ...requestKey(rolloutId, hash), rolloutRequest: text(stored) });
    const record = {
      ...key,
      content: json(state),
      revision: number(state.revision),
      requestHash: text(hash),
      [partitionKey]: text(LISTED_ROLLOUTS),
      [sortKey]: text(order),
    };
    const opened = await this.#table.put(record, { expression: `attribute_not_exists(${CHANGE_TABLE.partitionKey})` });
    // After a lost answer it is open under our own place.
    return opened || (await this.#table.get(key))?.[sortKey]?.S === order;
  }

  async get(rolloutId: string): Promise<RolloutRecord | undefined> {
    const { partitionKey, sortKey } = CHANGE_TABLE;
    const items = await this.#table.query({
      // The record and its request, and nothing sorts between them.
      KeyConditionExpression: `${partitionKey} = :rollout AND ${sortKey} BETWEEN :request AND :record`,
      ExpressionAttributeValues: { ':rollout': text(rolloutPartition(rolloutId)), ':request': text(REQUEST), ':record': text(RECORD) },
      ConsistentRead: true,
    });
    const named = (sort: string) => items.find((item) => item[sortKey]?.S === sort);
    const record = named(RECORD);
    return record && toRecord(record, named(`${REQUEST}${required(record, 'requestHash')}`) ?? {});
  }

  async list(limit: number): Promise<RolloutRecord[]> {
    if (limit < 1) return [];
    const { name, partitionKey } = CHANGE_TABLE.byStart;
    const listed = await this.#table.query(
      {
        IndexName: name,
        KeyConditionExpression: `${partitionKey} = :listed`,
        ExpressionAttributeValues: { ':listed': text(LISTED_ROLLOUTS) },
        ScanIndexForward: false,
      },
      limit,
    );
    const records = await Promise.all(listed.map((item) => this.get(rolloutIdOf(item))));
    // One that has expired stays in the index for a moment.
    return records.filter((record) => record !== undefined);
  }

  async save({ request, ...state }: RolloutRecord): Promise<boolean> {
    const { revision, status } = state;
    const { rolloutId } = request;
    // One that is undone after its end runs again, and does not expire while it does.
    const expiry = status === 'ended' ? { expiry: this.#expiries.ofRecord() } : {};
    const saved = await saveRevision(this.#table, recordKey(rolloutId), { revision, content: state, mayBegin: false, ...expiry });
    if (saved && status === 'ended') await this.#expireRequest(rolloutId, saved.item);
    return saved !== undefined;
  }

  /** Later than the record, which cannot be read without it. */
  async #expireRequest(rolloutId: string, record: Item): Promise<void> {
    await this.#table.update(requestKey(rolloutId, required(record, 'requestHash')), {
      expression: `SET ${CHANGE_TABLE.timeToLive} = :expiry`,
      condition: `attribute_exists(${CHANGE_TABLE.partitionKey})`,
      values: { ':expiry': number(this.#expiries.ofPart()) },
    });
  }
}

const toRecord = (record: Item, request: Item): RolloutRecord => ({
  ...fromJson<Omit<RolloutRecord, 'request'>>(record, 'content'),
  request: fromJson<RolloutRequest>(request, 'rolloutRequest'),
});
