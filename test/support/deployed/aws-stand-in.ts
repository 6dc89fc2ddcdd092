/** The services that functions call beside DynamoDB and Systems Manager, as far as they call them. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { workflowAsk } from './asks.ts';
import type { Guard } from './guard.ts';
import { LambdaService } from './lambda-service.ts';
import { ServiceError } from './service-error.ts';
import { StepFunctionsService } from './step-functions.ts';
import { Topics } from './topics.ts';

/** An entry as `PutEvents` takes it. */
export interface PutEvent {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

export interface TemporaryCredentials {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const AN_HOUR_MS = 3_600_000;
const STEP_FUNCTIONS = 'AWSStepFunctions.';
const INVOKE = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

/** EventBridge, Lambda, Secrets Manager, SNS, Step Functions and STS behind one address, and the daemon of X-Ray behind another. */
export class AwsStandIn {
  /** Values of secrets by their ids. */
  readonly secrets = new Map<string, string>();
  readonly events: PutEvent[] = [];
  /** Address, query and body of every request. */
  readonly requests: string[] = [];
  /** What was sent to the daemon. */
  readonly segments: string[] = [];
  /** Change ids whose event the bus does not take. */
  readonly refusedEvents = new Set<string>();
  readonly lambda = new LambdaService();
  readonly stepFunctions = new StepFunctionsService();
  readonly topics = new Topics();
  /** What looks at requests to Step Functions first. @default nothing */
  guard: Guard | undefined;
  readonly #assumed: TemporaryCredentials;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #daemon = createSocket('udp4', (message) => this.segments.push(message.toString('utf8')));

  /** @param assumed - what a role gives to whoever takes it on. */
  constructor(assumed: TemporaryCredentials) {
    this.#assumed = assumed;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    this.#daemon.bind(0, '127.0.0.1');
    await Promise.all([once(this.#server, 'listening'), once(this.#daemon, 'listening')]);
    return this;
  }

  async close(): Promise<void> {
    this.#daemon.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Environment of whoever is to find this. */
  get environment(): Record<string, string> {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in listens on no port');
    const endpoint = `http://127.0.0.1:${address.port}`;
    return {
      AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
      AWS_ENDPOINT_URL_SFN: endpoint,
      AWS_ENDPOINT_URL_SNS: endpoint,
      AWS_ENDPOINT_URL_STS: endpoint,
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${this.#daemon.address().port}`,
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.requests.push(`${request.method} ${request.url} ${body}`);
    const target = String(request.headers['x-amz-target']);
    const [, functionName] = INVOKE.exec(request.url ?? '') ?? [];
    if (functionName !== undefined) return this.#invoke(response, functionName, String(request.headers['x-amz-invocation-type']), body);
    if (target === 'AWSEvents.PutEvents') return json(response, 200, this.#putEvents(JSON.parse(body) as { Entries: PutEvent[] }));
    if (target === 'secretsmanager.GetSecretValue') return this.#getSecret(response, (JSON.parse(body) as { SecretId: string }).SecretId);
    if (target.startsWith(STEP_FUNCTIONS)) return this.#runExecutions(request, response, target.slice(STEP_FUNCTIONS.length), body);
    const form = new URLSearchParams(body);
    if (form.get('Action') === 'AssumeRole') return this.#assumeRole(response);
    if (form.get('Action') === 'Publish') return this.#publish(response, form);
    json(response, 400, { __type: 'UnknownOperationException', message: `nobody expected ${target}` });
  }

  async #invoke(response: ServerResponse, functionName: string, type: string, body: string): Promise<void> {
    try {
      const { status, headers, body: answer } = await this.lambda.invoke(decodeURIComponent(functionName), type, body);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(answer);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      response.writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': error.name });
      response.end(JSON.stringify({ Type: 'User', Message: error.message }));
    }
  }

  #publish(response: ServerResponse, form: URLSearchParams): void {
    try {
      xml(response, 200, this.topics.publish(form));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const { name, message } = error;
      xml(
        response,
        400,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      );
    }
  }

  #putEvents({ Entries }: { Entries: PutEvent[] }): unknown {
    const answers = Entries.map((entry) => {
      if (this.refusedEvents.has((JSON.parse(entry.Detail) as { changeId: string }).changeId))
        return { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' };
      this.events.push(entry);
      return { EventId: String(this.events.length) };
    });
    return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
  }

  #getSecret(response: ServerResponse, id: string): void {
    const SecretString = this.secrets.get(id);
    if (SecretString === undefined)
      json(response, 400, { __type: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." });
    else json(response, 200, { ARN: `arn:aws:secretsmanager:eu-west-1:111111111111:secret:${id}-AbCdEf`, Name: id, SecretString });
  }

  #runExecutions(request: IncomingMessage, response: ServerResponse, operation: string, body: string): void {
    try {
      this.guard?.requireSigner(request, () => workflowAsk(operation, body, this.stepFunctions));
      json(response, 200, this.stepFunctions.answer(operation, JSON.parse(body) as Record<string, string>));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      json(response, 400, { __type: `com.amazonaws.swf.service.v2.model#${error.name}`, message: error.message });
    }
  }

  #assumeRole(response: ServerResponse): void {
    const { secretAccessKey, sessionToken } = this.#assumed;
    xml(
      response,
      200,
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>` +
        `<AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>` +
        `<SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(Date.now() + AN_HOUR_MS).toISOString()}</Expiration>` +
        '</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>',
    );
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

function xml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
}
