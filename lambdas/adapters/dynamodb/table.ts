import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

export type Client = Pick<DynamoDBClient, 'send'>;
export type Item = Record<string, AttributeValue>;

/** What has to hold for a write to happen, with the values that its expression names. */
export interface Condition {
  readonly expression: string;
  readonly values?: Item;
}

export interface Update {
  readonly expression: string;
  readonly condition?: string;
  /** Values that the update and its condition name. */
  readonly values: Item;
}

const CONDITION_FAILED = 'ConditionalCheckFailedException';
/** What DynamoDB calls it when it takes no more for the moment, be it from a partition, a table or an account. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException'];
const nameOf = (error: unknown): string | undefined => (error instanceof Error ? error.name : undefined);

/** The most items that a batch may have. */
export const LARGEST_BATCH = 25;

/**
 * One table. Items are written one at a time, but for batches, which are neither conditional nor all or nothing. A condition that does not hold is an answer; every other failure is thrown under its own name, with
 * the table in its message and the original as its cause.
 */
export class Table {
  readonly #client: Client;
  readonly #name: string;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async get(key: Item): Promise<Item | undefined> {
    const { Item: item } = await this.#answer(
      this.#client.send(new GetItemCommand({ TableName: this.#name, Key: key, ConsistentRead: true })),
    );
    return item;
  }

  /** @returns false when the condition does not hold. */
  async put(item: Item, condition?: Condition): Promise<boolean> {
    return this.#unlessRefused(this.#client.send(new PutItemCommand({ TableName: this.#name, Item: item, ...toInput(condition) })));
  }

  /**
   * Puts items, whatever stands under their keys; no two may have the same key.
   * @param items - `LARGEST_BATCH` at most.
   * @returns those that DynamoDB did not take for want of throughput.
   */
  async putBatch(items: readonly Item[]): Promise<readonly Item[]> {
    const puts = items.map((item) => ({ PutRequest: { Item: item } }));
    try {
      const answer = await this.#answer(this.#client.send(new BatchWriteItemCommand({ RequestItems: { [this.#name]: puts } })));
      const left = (answer.UnprocessedItems?.[this.#name] ?? []).map(({ PutRequest }) => PutRequest?.Item);
      return left.filter((item) => item !== undefined);
    } catch (error) {
      if (THROTTLED.includes(nameOf(error) ?? '')) return items;
      throw error;
    }
  }

  /** @returns the whole item as it is afterwards, or undefined when the condition does not hold. */
  async update(key: Item, { expression, condition, values }: Update): Promise<Item | undefined> {
    const command = new UpdateItemCommand({
      TableName: this.#name,
      Key: key,
      UpdateExpression: expression,
      ExpressionAttributeValues: values,
      ...(condition !== undefined && { ConditionExpression: condition }),
      ReturnValues: 'ALL_NEW',
    });
    try {
      return (await this.#answer(this.#client.send(command))).Attributes ?? {};
    } catch (error) {
      if (nameOf(error) === CONDITION_FAILED) return undefined;
      throw error;
    }
  }

  /** @returns false when the condition does not hold. */
  async delete(key: Item, condition: Condition): Promise<boolean> {
    return this.#unlessRefused(this.#client.send(new DeleteItemCommand({ TableName: this.#name, Key: key, ...toInput(condition) })));
  }

  /**
   * Items in the order of the sort key, over as many pages as they fill.
   * @param limit - the most items to give back; all of them unless said.
   */
  async query(input: Omit<QueryCommandInput, 'TableName'>, limit = Number.POSITIVE_INFINITY): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await this.#answer(
        this.#client.send(
          new QueryCommand({
            TableName: this.#name,
            ...input,
            ...(Number.isFinite(limit) && { Limit: limit - items.length }),
            ...(start && { ExclusiveStartKey: start }),
          }),
        ),
      );
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start && items.length < limit);
    return items;
  }

  async #unlessRefused(write: Promise<unknown>): Promise<boolean> {
    try {
      await this.#answer(write);
      return true;
    } catch (error) {
      if (nameOf(error) === CONDITION_FAILED) return false;
      throw error;
    }
  }

  async #answer<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      const named = new Error(`table ${this.#name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      named.name = nameOf(error) ?? 'Error';
      throw named;
    }
  }
}

const toInput = (condition: Condition | undefined) =>
  condition && {
    ConditionExpression: condition.expression,
    ...(condition.values && { ExpressionAttributeValues: condition.values }),
  };
