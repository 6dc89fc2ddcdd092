/** DynamoDB with what its stand-in lacks: a stream that tells of every write to a table. */
import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type TableAnswer, TableFront, type TableRequest, tableRefusal } from './table-front.ts';
import { REGION } from './template.ts';

type Item = Record<string, AttributeValue>;

/** One write, as Lambda hands it to a function. */
export interface StreamRecord {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: {
    readonly Keys: Item;
    readonly SequenceNumber: string;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

export interface ChangeStreamProps {
  /** Of the DynamoDB behind it. */
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Names of its key attributes. */
  readonly keys: readonly string[];
  readonly streamArn: string;
  readonly readers: readonly { put(record: StreamRecord): void }[];
}

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];
/** What of an item was written is not worked out for these. */
const UNTOLD = ['BatchWriteItem', 'TransactWriteItems', 'ExecuteStatement', 'ExecuteTransaction', 'BatchExecuteStatement'];
/** Stands before a DynamoDB. A write that changes nothing is not told, and neither is one that is refused. */
export class ChangeStream extends TableFront {
  readonly #props: ChangeStreamProps;
  /** The write that is under way: one is carried out after the other, so that an item is known before and after it. */
  #last: Promise<unknown> = Promise.resolve();
  #told = 0;

  constructor(props: ChangeStreamProps) {
    super(props.endpoint, (request) => this.#answer(request));
    this.#props = props;
  }

  async #answer({ operation, body, forward }: TableRequest): Promise<TableAnswer> {
    if (UNTOLD.includes(operation)) return tableRefusal({ __type: `${operation} is not understood here` });
    return WRITES.includes(operation) ? this.#inTurn(() => this.#write(body, forward)) : forward();
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #write(body: Buffer, forward: () => Promise<TableAnswer>): Promise<TableAnswer> {
    const { table, keys, readers } = this.#props;
    const { TableName, Key, Item: put } = JSON.parse(body.toString('utf8')) as { TableName: string; Key?: Item; Item?: Item };
    if (TableName !== table) return forward();
    const written = Key ?? put ?? {};
    const key = Object.fromEntries(keys.flatMap((name) => (written[name] ? [[name, written[name]]] : [])));
    const before = await this.#read(key);
    const answer = await forward();
    const after = await this.#read(key);
    if (answer.status !== 200 || isDeepStrictEqual(before, after)) return answer;
    const record = this.#recordOf(key, before, after);
    for (const reader of readers) reader.put(record);
    return answer;
  }

  async #read(key: Item): Promise<Item | undefined> {
    const { client, table } = this.#props;
    return (await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  }

  #recordOf(Keys: Item, before: Item | undefined, after: Item | undefined): StreamRecord {
    this.#told += 1;
    return {
      eventID: `${this.#told}`.padStart(32, '0'),
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: REGION,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
        Keys,
        ...(after && { NewImage: after }),
        ...(before && { OldImage: before }),
        SequenceNumber: `4421584500000000017450${String(this.#told).padStart(6, '0')}`,
        SizeBytes: JSON.stringify([before, after]).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: this.#props.streamArn,
    };
  }
}
