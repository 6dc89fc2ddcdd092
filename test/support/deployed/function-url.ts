/** Requests at the address of a function, as they reach it: payload format 2.0. */

/** Who signed a request, by ARN; undefined where the address lets in everybody. */
export type Caller = string | undefined;

export interface UrlRequest {
  /** @default POST */
  readonly method?: string;
  /** @default none */
  readonly body?: string;
  /** The body travels as Base64, as it does unless its content type is one of text. @default false */
  readonly encoded?: boolean;
}

const URL_ID = 'abcdefghijklmnopqrstuvwxyz012345';
const HOST = `${URL_ID}.lambda-url.eu-west-1.on.aws`;

export const urlEvent = (caller: Caller, { method = 'POST', body, encoded = false }: UrlRequest = {}): unknown => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/',
  rawQueryString: '',
  headers: { 'content-type': 'application/json', host: HOST, 'x-amz-date': '20261201T014221Z', 'x-forwarded-proto': 'https' },
  requestContext: {
    accountId: caller === undefined ? 'anonymous' : '111111111111',
    apiId: URL_ID,
    authentication: null,
    ...(caller !== undefined && { authorizer: { iam: iamOf(caller) } }),
    domainName: HOST,
    domainPrefix: URL_ID,
    http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.7', userAgent: 'syncshift' },
    requestId: '315c1398-40ff-4850-a13b-158f73e60175',
    routeKey: '$default',
    stage: '$default',
    time: '01/Dec/2026:01:42:21 +0000',
    timeEpoch: 1_796_089_341_000,
  },
  ...(body !== undefined && { body: encoded ? Buffer.from(body).toString('base64') : body }),
  isBase64Encoded: encoded,
});

const iamOf = (userArn: string): unknown => ({
  accessKey: 'ASIAIOSFODNN7EXAMPLE',
  accountId: '111111111111',
  callerId: 'AIDAIOSFODNN7EXAMPLE',
  cognitoIdentity: null,
  principalOrgId: null,
  userArn,
  userId: 'AIDAIOSFODNN7EXAMPLE',
});
