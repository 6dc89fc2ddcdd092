/** What calls functions without anybody asking for it: the stream of the table, the HTTP API, and Lambda for what was handed over. */
import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AwsStandIn } from './aws-stand-in.ts';
import { ChangeStream } from './change-stream.ts';
import { EventSource, sourceMappings } from './event-source.ts';
import { HttpApi, routesOf } from './http-api.ts';
import type { RunFunction } from './lambda-service.ts';
import { ofType } from './synthesis.ts';
import { keysOf } from './table.ts';
import { arnOf, type Resources, resolved } from './template.ts';

export interface CallersProps {
  readonly resources: Resources;
  readonly aws: AwsStandIn;
  readonly client: DynamoDBClient;
  /** Of the DynamoDB that keeps the table. */
  readonly endpoint: string;
  readonly table: string;
  readonly run: RunFunction;
}

/** As often as Lambda does it unless a function says otherwise. */
const USUAL_REPEATS = 2;

/** How often a call is repeated that was handed over, by the name of the function. */
function repeatsIn(resources: Resources): (name: string) => number {
  const configured = ofType(resources, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]): [string, number] => {
    const { FunctionName, MaximumRetryAttempts = USUAL_REPEATS } = resolved(resources, Properties) as {
      FunctionName: string;
      MaximumRetryAttempts?: number;
    };
    return [FunctionName, MaximumRetryAttempts];
  });
  const repeats = new Map(configured);
  return (name) => repeats.get(name) ?? USUAL_REPEATS;
}

export class Callers {
  readonly http: HttpApi;
  readonly sources: readonly EventSource[];
  /** Where functions reach DynamoDB. */
  readonly dynamoDb: string;
  readonly #aws: AwsStandIn;
  readonly #stream: ChangeStream | undefined;

  private constructor(aws: AwsStandIn, http: HttpApi, sources: readonly EventSource[], stream: ChangeStream | undefined, endpoint: string) {
    this.#aws = aws;
    this.http = http;
    this.sources = sources;
    this.#stream = stream;
    this.dynamoDb = stream?.endpoint ?? endpoint;
  }

  static async open({ resources, aws, client, endpoint, table, run }: CallersProps): Promise<Callers> {
    aws.lambda.serve({ run, repeatsOf: repeatsIn(resources) });
    for (const [id] of ofType(resources, 'AWS::SNS::Topic')) aws.topics.known.add(arnOf(resources, id));
    const mappings = sourceMappings(resources);
    const sources = mappings.map((mapping) => new EventSource(mapping, run));
    const { keys, streamArn } = keysOf(resources);
    const foreign = mappings.find((mapping) => mapping.streamArn !== streamArn);
    if (foreign) throw new Error(`${foreign.functionName} reads ${foreign.streamArn}, which is no stream of the table`);
    // Nobody hears of it where nobody reads it, and everything is faster without.
    const stream = sources.length > 0 ? new ChangeStream({ endpoint, client, table, keys, streamArn, readers: sources }) : undefined;
    await stream?.listen();
    return new Callers(aws, await new HttpApi(routesOf(resources), run).listen(), sources, stream, endpoint);
  }

  /** Until everything is done that was handed over or written so far. */
  async settled(): Promise<void> {
    while (!this.#aws.lambda.isIdle || this.sources.some(({ isIdle }) => !isIdle)) await wait(5);
  }

  async close(): Promise<void> {
    for (const source of this.sources) source.stop();
    await Promise.all([this.http.close(), this.#stream?.close()]);
  }
}
