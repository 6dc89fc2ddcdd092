import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUNDLED_CONFIGURATION, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import { bundle } from '../../lib/constructs/bundling/bundle.ts';
import { AwsStandIn } from '../../test/support/deployed/aws-stand-in.ts';
import { signedHeaders } from '../../test/support/slack/outgoing.ts';
import { type Figure, median } from './figure.ts';

/** Past it, whoever typed is told that the command failed. */
const PATIENCE_MS = 3_000;
const STARTS = 9;
const WARM_CALLS = 50;

const TEAM = 'T012AB3C4';
const SECRET = 'syncshift/slack';
const SIGNING_SECRET = 'of-the-bench';
const CONFIGURATION = { clusters: {}, chat: { slack: { team: TEAM, credentials: { secretId: SECRET }, operators: ['alice'] } } };
const COMMAND = {
  team_id: TEAM,
  channel_id: 'C012AB3CD',
  user_id: 'U0ALICE',
  command: '/syncshift',
  text: 'apply eu-west/orders --to distributed --reason "CHG-1234"',
  response_url: `https://hooks.slack.com/commands/${TEAM}/1/of-the-bench`,
  trigger_id: '1111.2222.of-the-bench',
};

/** As an HTTP API hands it over: forms travel as Base64. */
function signedCommand(): unknown {
  const body = new URLSearchParams(COMMAND).toString();
  const headers = Object.entries(signedHeaders(SIGNING_SECRET, new Date(), body));
  return {
    version: '2.0',
    requestContext: { http: { method: 'POST', path: '/slack' } },
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  };
}

/** Gives the function in this folder so many commands, and prints how long each of them took, in milliseconds. */
const asking = (folder: string, times: number): string => `
  const { handler } = await import(${JSON.stringify(join(folder, 'index.mjs'))});
  const context = { awsRequestId: '1', functionName: 'bench', getRemainingTimeInMillis: () => 5000 };
  const taken = [];
  for (let call = 0; call < ${times}; call++) {
    const begun = performance.now();
    const { statusCode, body } = await handler(${JSON.stringify(signedCommand())}, context);
    if (statusCode !== 200 || !body.includes('on it')) throw new Error(statusCode + ' ' + body);
    taken.push(performance.now() - begun);
  }
  process.stderr.write(JSON.stringify(taken), () => process.exit());`;

const environmentOf = (folder: string, aws: AwsStandIn): Record<string, string> => ({
  ...aws.environment,
  PATH: process.env.PATH ?? '',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_SESSION_TOKEN: 'none',
  LAMBDA_TASK_ROOT: folder,
  _HANDLER: 'index.handler',
  _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
  [ENVIRONMENT.configuration]: join(folder, BUNDLED_CONFIGURATION),
  [ENVIRONMENT.chatWorker]: 'worker',
});

interface Run {
  /** From the start of the process to its end, in milliseconds. */
  readonly wholeMs: number;
  readonly taken: readonly number[];
}

/** Not one of the functions that wait: what the program calls answers from this very process. */
async function run(program: string, env: Record<string, string>): Promise<Run> {
  const startedAt = performance.now();
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env });
  return { wholeMs: performance.now() - startedAt, taken: stderr === '' ? [] : (JSON.parse(stderr) as number[]) };
}

async function medianStart(program: string, env: Record<string, string>): Promise<number> {
  const starts: number[] = [];
  for (let start = 0; start < STARTS; start++) starts.push((await run(program, env)).wholeMs);
  return median(starts);
}

async function measure(folder: string, aws: AwsStandIn): Promise<Figure[]> {
  const env = environmentOf(folder, aws);
  const empty = await medianStart('', env);
  const cold = await medianStart(asking(folder, 1), env);
  const { taken } = await run(asking(folder, 1 + WARM_CALLS), env);
  const name = 'Slack: acknowledgement of a command';
  return [
    {
      name: `${name}, cold`,
      unit: 'ms',
      value: cold,
      budget: PATIENCE_MS,
      note: 'from the start of its process, with Secrets Manager and Lambda on this machine; a function has the share of a processor that goes with its memory',
    },
    { name: `${name}, cold: times an empty Node`, unit: 'x', value: cold / empty },
    { name: `${name}, warm`, unit: 'ms', value: median(taken.slice(1)), budget: PATIENCE_MS, note: `the median of ${WARM_CALLS}` },
  ];
}

/** How long Slack waits for the receiver, in a process that has just begun and in one that is warm. */
export async function benchChat(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
  const aws = await new AwsStandIn({ secretAccessKey: 'none', sessionToken: 'none' }).listen();
  try {
    bundle('lambdas/chatops/receive.ts', folder);
    writeFileSync(join(folder, BUNDLED_CONFIGURATION), JSON.stringify(CONFIGURATION));
    aws.secrets.set(SECRET, JSON.stringify({ signingSecret: SIGNING_SECRET, botToken: 'none' }));
    aws.lambda.serve({ run: async () => null, repeatsOf: () => 0 });
    return await measure(folder, aws);
  } finally {
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
