/** DynamoDB with what its stand-in lacks: a stream that tells of every write to a table. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Loopback } from './loopback.ts';
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

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const OPERATION = /^DynamoDB_20120810\.(\w+)$/;
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem'];
/** What of an item was written is not worked out for these. */
const UNTOLD = ['BatchWriteItem', 'TransactWriteItems', 'ExecuteStatement', 'ExecuteTransaction', 'BatchExecuteStatement'];
const OF_A_CONNECTION = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date']);

const passedOn = (headers: Iterable<[string, unknown]>): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !OF_A_CONNECTION.has(name)).map(([name, value]) => [name, String(value)]));

/** Stands before a DynamoDB. A write that changes nothing is not told, and neither is one that is refused. */
export class ChangeStream {
  readonly #props: ChangeStreamProps;
  readonly #server = new Loopback((request, response) => void this.#serve(request, response));
  /** The write that is under way: one is carried out after the other, so that an item is known before and after it. */
  #last: Promise<unknown> = Promise.resolve();
  #told = 0;

  constructor(props: ChangeStreamProps) {
    this.#props = props;
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  /** Where functions reach DynamoDB. */
  get endpoint(): string {
    return this.#server.url;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const [, operation = ''] = OPERATION.exec(String(request.headers['x-amz-target'])) ?? [];
    if (UNTOLD.includes(operation))
      return void response.writeHead(400).end(JSON.stringify({ __type: `${operation} is not understood here` }));
    const forward = () => this.#forward(request, body);
    const {
      status,
      headers,
      body: answer,
    } = WRITES.includes(operation) ? await this.#inTurn(() => this.#write(body, forward)) : await forward();
    response.writeHead(status, headers).end(answer);
  }

  async #forward({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const address = new URL(url, this.#props.endpoint);
    const answer = await fetch(address, { method, headers: passedOn(Object.entries(headers)), body: new Uint8Array(body) });
    return { status: answer.status, headers: passedOn(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #write(body: Buffer, forward: () => Promise<Answer>): Promise<Answer> {
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
