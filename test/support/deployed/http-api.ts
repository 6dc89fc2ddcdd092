/** The HTTP API of a template, on this machine: requests become events for the function behind their route. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { RunFunction } from './lambda-service.ts';
import { Loopback } from './loopback.ts';
import { ofType } from './synthesis.ts';
import { ACCOUNT, REGION, type Resources, resolved } from './template.ts';

/** Names of functions by route, such as `POST /slack`. */
type Routes = ReadonlyMap<string, string>;

/** What went in and came out. */
export interface Exchange {
  readonly route: string;
  readonly status: number;
  readonly answer: string;
}

interface FunctionAnswer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** @throws Error for an integration that is not known here. */
export function routesOf(resources: Resources): Routes {
  const [[, stage] = []] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
  if (stage && stage.Properties.StageName !== '$default') throw new Error('a stage with a name is part of every path');
  const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]): [string, string] => {
    const { RouteKey, Target } = resolved(resources, Properties) as { RouteKey: string; Target: string };
    return [RouteKey, functionBehind(resources, Target.replace('integrations/', ''))];
  });
  return new Map(routes);
}

function functionBehind(resources: Resources, integrationId: string): string {
  const { IntegrationType, IntegrationUri, PayloadFormatVersion } = resolved(resources, resources[integrationId]?.Properties) as Record<
    string,
    string
  >;
  if (IntegrationType !== 'AWS_PROXY' || PayloadFormatVersion !== '2.0') throw new Error(`${integrationId} is not understood here`);
  return IntegrationUri?.split(':').at(-1) ?? '';
}

const API_ID = 'a1b2c3d4e5';
const HOST = `${API_ID}.execute-api.${REGION}.amazonaws.com`;
/** Every other body travels as Base64, forms among them. */
const TEXT = /^(?:text\/|application\/(?:json|xml|javascript)\b)/;

/** Payload format 2.0: names in small letters, a header that came twice as one value. */
function eventOf({ method = '', url = '', headers }: IncomingMessage, route: string, body: Buffer): unknown {
  const { pathname, search } = new URL(url, `https://${HOST}`);
  const isText = TEXT.test(headers['content-type'] ?? '');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(',')])),
    requestContext: {
      accountId: ACCOUNT,
      apiId: API_ID,
      domainName: HOST,
      domainPrefix: API_ID,
      http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: headers['user-agent'] ?? '' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: route,
      stage: '$default',
      time: '01/Dec/2026:01:42:21 +0000',
      timeEpoch: 1_796_089_341_000,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

export class HttpApi {
  readonly exchanges: Exchange[] = [];
  readonly #routes: Routes;
  readonly #run: RunFunction;
  readonly #server = new Loopback((request, response) => void this.#serve(request, response));

  constructor(routes: Routes, run: RunFunction) {
    this.#routes = routes;
    this.#run = run;
  }

  async listen(): Promise<this> {
    await this.#server.listen();
    return this;
  }

  get url(): string {
    return this.#server.url;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const route = `${request.method} ${new URL(request.url ?? '', this.url).pathname}`;
    const { statusCode = 200, headers = {}, body: answer = '', isBase64Encoded = false } = await this.#answer(request, route, body);
    this.exchanges.push({ route, status: statusCode, answer: `${JSON.stringify(headers)} ${answer}` });
    response.writeHead(statusCode, headers).end(Buffer.from(answer, isBase64Encoded ? 'base64' : 'utf8'));
  }

  async #answer(request: IncomingMessage, route: string, body: Buffer): Promise<FunctionAnswer> {
    const functionName = this.#routes.get(route);
    if (functionName === undefined) return messageOf(404, 'Not Found');
    try {
      const answer = (await this.#run(functionName, eventOf(request, route, body))) as FunctionAnswer | null;
      return answer?.statusCode === undefined ? messageOf(200, JSON.stringify(answer)) : answer;
    } catch {
      return messageOf(500, 'Internal Server Error');
    }
  }
}

const messageOf = (statusCode: number, message: string): FunctionAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
});
