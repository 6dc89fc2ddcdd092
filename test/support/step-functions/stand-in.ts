/** A small Step Functions endpoint: AWS JSON 1.0 over HTTP, as far as the command line needs it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Story } from './stories.ts';

export const STATE_MACHINE_ARN = 'arn:aws:states:eu-west-1:123456789012:stateMachine:syncshift-change';
export const executionArn = (name: string): string => `arn:aws:states:eu-west-1:123456789012:execution:syncshift-change:${name}`;

type Input = Record<string, unknown>;
type Tell = (changeId: string, request: object) => Story;

/** An error of the service, or an answer that never comes. */
export type Trouble = { readonly name: string; readonly message?: string; readonly status?: number } | 'hang-up' | 'answer-lost';

interface Execution {
  readonly input: string;
  readonly story: Story;
  /** How many of its events have happened. */
  shown: number;
}

class ServiceError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export class StepFunctionsStandIn {
  readonly calls: { operation: string; input: Input }[] = [];
  readonly executions = new Map<string, Execution>();
  /** What goes wrong next, by operation: one for each call, in order. */
  readonly troubles = new Map<string, Trouble[]>();
  /** State machines that are deployed, a page for each list. */
  stateMachines: string[][] = [['another-workflow'], ['syncshift-change']];
  /** How an execution goes that is started, by whether it only plans. */
  plan: Tell;
  change: Tell;
  /** How many more events each look at an execution finds. */
  eventsPerLook = Number.POSITIVE_INFINITY;
  #port = 0;
  readonly #server = createServer((request, response) => this.#serve(request, response));

  constructor(change: Tell, plan: Tell = change) {
    this.change = change;
    this.plan = plan;
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in listens on no port');
    this.#port = address.port;
    return this;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Environment of a command line that finds this endpoint, and nothing of the machine it runs on. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_SFN: `http://127.0.0.1:${this.#port}`,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Lets the next calls of an operation fail. */
  trouble(operation: string, ...troubles: Trouble[]): void {
    this.troubles.set(operation, [...(this.troubles.get(operation) ?? []), ...troubles]);
  }

  run(name: string, story: Story, input: object): void {
    this.executions.set(name, { input: JSON.stringify(input), story, shown: Math.min(this.eventsPerLook, story.events.length) });
  }

  callsOf(operation: string): Input[] {
    return this.calls.filter((call) => call.operation === operation).map(({ input }) => input);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const operation = String(request.headers['x-amz-target']).replace('AWSStepFunctions.', '');
    const input = JSON.parse(body) as Input;
    this.calls.push({ operation, input });
    const trouble = this.troubles.get(operation)?.shift();
    if (trouble === 'hang-up') return void request.socket.destroy();
    try {
      if (typeof trouble === 'object') throw new ServiceError(trouble.name, trouble.message ?? trouble.name, trouble.status);
      const answer = this.#answer(operation, input);
      if (trouble === 'answer-lost') return void request.socket.destroy();
      send(response, 200, answer);
    } catch (error) {
      const { name, message, status } = error instanceof ServiceError ? error : new ServiceError('InternalFailure', String(error), 500);
      send(response, status, { __type: `com.amazonaws.swf.service.v2.model#${name}`, message });
    }
  }

  #answer(operation: string, input: Input): unknown {
    switch (operation) {
      case 'ListStateMachines':
        return this.#list(Number(input.nextToken ?? 0));
      case 'StartExecution':
        return this.#start(String(input.name), String(input.input));
      case 'DescribeExecution':
        return this.#describe(String(input.executionArn));
      case 'GetExecutionHistory':
        return this.#history(input);
      default:
        throw new ServiceError('UnknownOperationException', operation);
    }
  }

  #list(page: number): unknown {
    const stateMachines = (this.stateMachines[page] ?? []).map((name) => ({
      stateMachineArn: STATE_MACHINE_ARN.replace('syncshift-change', name),
      name,
      type: 'STANDARD',
      creationDate: 1_764_554_400.5,
    }));
    return { stateMachines, ...(page + 1 < this.stateMachines.length && { nextToken: String(page + 1) }) };
  }

  #start(name: string, input: string): unknown {
    const there = this.executions.get(name);
    if (there && (there.input !== input || statusOf(there) !== 'RUNNING'))
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn(name)}'`);
    const request = JSON.parse(input) as { planOnly?: boolean };
    if (!there) this.run(name, (request.planOnly ? this.plan : this.change)(name, request), request);
    return { executionArn: executionArn(name), startDate: 1_764_554_400.5 };
  }

  #execution(arn: string): Execution {
    const execution = this.executions.get(arn.split(':').at(-1) ?? '');
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  #describe(arn: string): unknown {
    const execution = this.#execution(arn);
    const { story, input } = execution;
    const status = statusOf(execution);
    execution.shown = Math.min(execution.shown + this.eventsPerLook, story.events.length);
    return {
      executionArn: arn,
      stateMachineArn: STATE_MACHINE_ARN,
      name: arn.split(':').at(-1),
      status,
      startDate: 1_764_554_400.5,
      input,
      inputDetails: { included: true },
      ...(status !== 'RUNNING' && {
        stopDate: 1_764_554_460.5,
        ...(story.output !== undefined && { output: story.output, outputDetails: { included: true } }),
        ...(story.error !== undefined && { error: story.error }),
        ...(story.cause !== undefined && { cause: story.cause }),
      }),
    };
  }

  #history({ executionArn: arn, nextToken, reverseOrder = false, maxResults = 100 }: Input): unknown {
    const { story, shown } = this.#execution(String(arn));
    const happened = story.events.slice(0, shown);
    const ordered = reverseOrder ? happened.toReversed() : happened;
    const from = Number(nextToken ?? 0);
    const until = from + Number(maxResults);
    const events = ordered.slice(from, until).map((event) => ({ ...event, timestamp: (event.timestamp?.getTime() ?? 0) / 1000 }));
    return { events, ...(until < ordered.length && { nextToken: String(until) }) };
  }
}

const statusOf = ({ story, shown }: Execution): Story['status'] => (shown < story.events.length ? 'RUNNING' : story.status);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0', 'x-amzn-RequestId': '00000000-0000-4000-8000-000000000000' });
  response.end(JSON.stringify(body));
}
