/** A secret planted as every credential appears in no execution input or output, log line, record, event, error or URL. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import { documentNameOf } from '../../lambdas/contracts/rladmin-document.ts';
import type { Fault, FaultEffect } from '../../lib/simulator/faults.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { activeActive, PLANTED_PASSWORD, replicaOf } from '../../lib/simulator/replication.ts';
import { type Workplace, workplaces } from '../cli/command-line.ts';
import { AwsStandIn } from '../support/deployed/aws-stand-in.ts';
import { authoritySecret, Fleet, type Member } from '../support/deployed/fleet.ts';
import { FunctionHost } from '../support/deployed/function-host.ts';
import type { Execution } from '../support/deployed/workflow.ts';
import { Deployment } from '../support/deployment.ts';
import { ForeignHost } from '../support/foreign-host.ts';
import { leaksIn, linesOfKey, type Places, type Planted, spellingsOf } from '../support/leaks.ts';

const LOGIN = { username: 'planted-user@example.com', password: 'planted-p4ss"wörd\\+/of=the&api' };
const OWN = { secretAccessKey: 'planted/own+secret/access/key/0000000001', sessionToken: 'planted/own+session/token==/0000000000002' };
const ASSUMED = { secretAccessKey: 'planted/role+secret/access/key/000000003', sessionToken: 'planted/role+session/token==/000000000004' };
const BASIC = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');

const PLANTED: Planted = {
  'user of the API': LOGIN.username,
  'password of the API': LOGIN.password,
  'header of the API': BASIC,
  'password of a source': PLANTED_PASSWORD,
  'secret access key': OWN.secretAccessKey,
  'session token': OWN.sessionToken,
  'secret access key of the role': ASSUMED.secretAccessKey,
  'session token of the role': ASSUMED.sessionToken,
};
/** Keys are made when the clusters start; each line of them counts. */
const withKeys = (fleet: Fleet<Name>): Planted => ({
  ...PLANTED,
  ...Object.fromEntries(
    [...fleet.rest].flatMap(([name, { caKey }]) => linesOfKey(caKey).map((line, at) => [`line ${at + 1} of the key of ${name}`, line])),
  ),
});

const ROLE = 'arn:aws:iam::222222222222:role/redis/syncshift-nodes';
const always = (effect: FaultEffect): Fault[] => [{ on: '^', times: 'always', effect }];
const answering = (status: number, error_code: string, description: string): Fault[] =>
  always({
    kind: 'status',
    status,
    applied: false,
    body: { error_code, description, uri: `redis://admin:${PLANTED_PASSWORD}@10.30.0.11:13007` },
  });

/** How each change is meant to end: a leak is looked for in what really happened. */
const ENDINGS = {
  applied: ['applied', undefined],
  watched: ['applied', undefined],
  'rolled-back': ['rolled-back', 'VerificationFailedError'],
  refused: ['refused', 'ClusterAccessError'],
  telling: ['refused', 'ClusterAccessError'],
  redirected: ['refused', 'ClusterAccessError'],
  unreachable: ['refused', 'ClusterUnreachableError'],
  untrusted: ['refused', 'ClusterAccessError'],
} as const satisfies Record<string, readonly [Outcome, string | undefined]>;
type Name = keyof typeof ENDINGS;
const NAMES = Object.keys(ENDINGS) as Name[];

/** New clusters for each way to run changes. */
function members(foreign: ForeignHost): Record<Name, Member> {
  const cluster = (faults: Fault[] = []) => clusterWith({ relations: { replica: replicaOf(2) } }, { faults });
  const falls: Fault = { on: '^PUT /v1/bdbs/7 .*sync_dist":true', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } };
  const location = `https://admin:${PLANTED_PASSWORD}@${foreign.host}`;
  return {
    applied: { cluster: clusterWith({ relations: { crdt: activeActive() } }), over: 'rest' },
    watched: { cluster: cluster(), over: 'hybrid', roleArn: ROLE },
    'rolled-back': { cluster: cluster([falls]), over: 'rest' },
    refused: { cluster: cluster(answering(401, 'unauthorized', `Authorization: Basic ${BASIC} was not accepted`)), over: 'rest' },
    telling: { cluster: cluster(answering(403, 'forbidden', `no role for the password ${LOGIN.password} at ${BASIC}`)), over: 'rest' },
    redirected: { cluster: cluster(always({ kind: 'redirect', to: location })), over: 'rest' },
    // The port of nobody.
    unreachable: { cluster: cluster(), over: 'rest', url: 'https://127.0.0.1:1' },
    untrusted: { cluster: cluster(), over: 'rest' },
  };
}

interface ReportedEnd {
  readonly changeId: string;
  readonly outcome: Outcome;
}
const VERIFICATION = { settleSeconds: 0, intervalSeconds: 0, samples: 2, deadlineSeconds: 30 };
/** Pauses of the command line take a fiftieth of their time. */
const HURRY = {
  NODE_OPTIONS: `--import=${new URL('../support/deployed/hurry.ts', import.meta.url).href}`,
  SYNCSHIFT_TEST_HURRY: '50',
};

/** Its authority is that of another cluster. */
const OTHER_AUTHORITY = 'untrusted';

let foreign: ForeignHost;
beforeAll(async () => {
  foreign = await new ForeignHost().listen();
});
afterAll(() => foreign.close());

const argvsOf = async (fleet: Fleet<Name>): Promise<string> =>
  JSON.stringify(await Promise.all(NAMES.map(async (name) => (await fleet.state(name)).commands)));

/** What the clusters themselves hold, so that the search has something that it must find. */
const heldBy = async (fleet: Fleet<Name>): Promise<string> => JSON.stringify((await fleet.state('applied')).databases);

describe('credentials of deployed functions', () => {
  const PLACES = [
    'inputs and outputs of states',
    'errors and causes',
    'logs',
    'table',
    'events',
    'traces',
    'addresses of clusters',
    'calls of AWS',
    'template',
  ] as const;
  let places: Places;
  let planted: Planted;
  let aws: Deployment<Name>;
  let executions: Record<Name, Execution>;

  beforeAll(async () => {
    aws = await Deployment.open<Name>({
      members: members(foreign),
      login: LOGIN,
      credentials: { own: OWN, assumed: ASSUMED },
      // As people do: the whole file that their authority was made with.
      besideAuthority: (_name, caKey) => `\n${caKey}`,
    });
    aws.aws.secrets.set(authoritySecret(OTHER_AUTHORITY), aws.aws.secrets.get(authoritySecret('applied')) ?? '');
    const ended = await Promise.all(NAMES.map(async (name) => [name, await aws.change(`chg-${name}`, name)] as const));
    executions = Object.fromEntries(ended) as Record<Name, Execution>;
    const all = Object.values(executions);
    planted = withKeys(aws.fleet);
    places = {
      'inputs and outputs of states': all.flatMap(({ data }) => data.map(({ json }) => json)).join('\n'),
      'errors and causes': all.map(({ error, cause }) => `${error}: ${cause}`).join('\n'),
      logs: aws.logs,
      table: await aws.contents(),
      events: JSON.stringify(aws.aws.events),
      traces: aws.aws.segments.join('\n'),
      'addresses of clusters': await argvsOf(aws.fleet),
      'calls of AWS': `${aws.aws.requests.join('\n')}\n${JSON.stringify(aws.fleet.calls)}`,
      template: JSON.stringify(aws.synthesis.resources),
    };
  }, 120_000);
  afterAll(() => aws?.close());

  it.each(NAMES)('are used in the change of %s, which ends as it has to', async (name) => {
    const [outcome, error] = ENDINGS[name];
    const record = await aws.store().get(`chg-${name}`);
    expect(record?.report).toMatchObject({ outcome, ...(error !== undefined && { error: { name: error } }) });
  });

  it.each(PLACES)('appear in no %s', (place) => {
    expect(places[place]?.length).toBeGreaterThan(500);
    expect(leaksIn({ [place]: places[place] ?? '' }, planted)).toEqual([]);
  });

  it('are searched for where they are: in what the clusters hold, and in what functions are given', async () => {
    expect(leaksIn({ database: await heldBy(aws.fleet) }, planted).join()).toContain('password of a source, plain');
    expect(aws.aws.requests.some((request) => request.includes('AssumeRole'))).toBe(true);
    for (const name of ['applied', 'watched', 'rolled-back'] as const)
      expect(aws.fleet.rest.get(name)?.signIn, name).toMatchObject({ failures: 0, locked: false });
    expect(aws.fleet.rest.get('applied')?.signIn.attempts).toBeGreaterThan(0);
  });
});

describe('credentials of the command line', () => {
  const PLACES = ['documents', 'reports', 'progress and errors', 'files', 'addresses of clusters', 'calls of AWS'] as const;
  const at = workplaces();
  const said = { documents: '', reports: '', errors: '' };
  const reports: Partial<Record<Name, ReportedEnd>> = {};
  let folder: string;
  let fleet: Fleet<Name>;
  let aws: AwsStandIn;
  let places: Places;
  let planted: Planted;

  /** Everything that somebody may do with one database, and then asks about it. */
  async function use(workplace: Workplace, name: Name, env: Record<string, string>): Promise<void> {
    const run = async (...words: string[]): Promise<string> => {
      const { stdout, stderr } = await workplace.run(words, env);
      said[words.includes('--json') ? 'documents' : 'reports'] += stdout;
      said.errors += stderr;
      return stdout;
    };
    const toDistributed = [`${name}/orders`, '--to', 'distributed'];
    await run('inspect', `${name}/orders`, '--json');
    await run('plan', ...toDistributed, '--json');
    const report = JSON.parse(await run('apply', ...toDistributed, '--yes', '--json')) as ReportedEnd;
    reports[name] = report;
    await run('show', report.changeId, '--json');
    await run('show', report.changeId);
    await run('inspect', name);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'syncshift-secrets-'));
    aws = await new AwsStandIn(ASSUMED).listen();
    const reference = { usernameEnv: 'REDIS_USER', passwordEnv: 'REDIS_PASSWORD' };
    fleet = await Fleet.open({ members: members(foreign), credentials: LOGIN, reference, folder });
    const workplace = at();
    workplace.configure({ clusters: fleet.configuration, defaults: { verification: VERIFICATION } });
    for (const [name, { ca, caKey }] of fleet.rest) aws.secrets.set(authoritySecret(name), `${ca}\n${caKey}`);
    aws.secrets.set(authoritySecret(OTHER_AUTHORITY), aws.secrets.get(authoritySecret('applied')) ?? '');
    const env = {
      ...aws.environment,
      ...HURRY,
      AWS_ENDPOINT_URL_SSM: await fleet.serve({ [documentNameOf('watched')]: fleet.documentOf('watched') }),
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey,
      AWS_SESSION_TOKEN: OWN.sessionToken,
      AWS_EC2_METADATA_DISABLED: 'true',
      REDIS_USER: LOGIN.username,
      REDIS_PASSWORD: LOGIN.password,
    };
    await Promise.all(NAMES.map((name) => use(workplace, name, env)));
    planted = withKeys(fleet);
    const state = join(workplace.folder, '.syncshift');
    places = {
      documents: said.documents,
      reports: said.reports,
      'progress and errors': said.errors,
      files: readdirSync(state)
        .map((file) => readFileSync(join(state, file), 'utf8'))
        .join('\n'),
      'addresses of clusters': await argvsOf(fleet),
      'calls of AWS': `${aws.requests.join('\n')}\n${JSON.stringify(fleet.calls)}`,
    };
  }, 120_000);
  afterAll(async () => {
    await Promise.all([fleet?.close(), aws?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(NAMES)('are used in the change of %s, which ends as it has to', (name) => {
    const [outcome, error] = ENDINGS[name];
    expect(reports[name]).toMatchObject({ outcome, ...(error !== undefined && { error: { name: error } }) });
  });

  it.each(PLACES)('appear in no %s', (place) => {
    expect(places[place]?.length).toBeGreaterThan(500);
    expect(leaksIn({ [place]: places[place] ?? '' }, planted)).toEqual([]);
  });

  it('are searched for where they are: in what the clusters hold, and in what the command line is given', async () => {
    expect(leaksIn({ database: await heldBy(fleet) }, planted).join()).toContain('password of a source, plain');
    expect(fleet.rest.get('applied')?.signIn).toMatchObject({ failures: 0, locked: false });
    expect(fleet.rest.get('applied')?.signIn.attempts).toBeGreaterThan(0);
  });
});

describe('a host that a cluster redirects to and does not belong to', () => {
  it('is not even connected to', () => {
    expect(foreign.received).toEqual([]);
  });
});

describe('the search', () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-leak-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds every credential in every spelling, wherever it begins', () => {
    for (const [what, secret] of Object.entries(PLANTED))
      for (const [, spelling] of spellingsOf(secret)) expect(leaksIn({ log: `x${spelling}y` }, PLANTED).join('\n')).toContain(what);
    const header = Buffer.from(`someone:${LOGIN.password}`).toString('base64');
    expect(leaksIn({ log: header }, PLANTED)).toEqual([expect.stringMatching(/^log: password of the API, Base64/)]);
  });

  it('finds what a function writes into its log', async () => {
    writeFileSync(
      join(folder, 'index.mjs'),
      'export const handler = async (event) => console.log(JSON.stringify({ event, ...process.env }));',
    );
    const host = new FunctionHost(
      {
        arn: 'arn:aws:lambda:eu-west-1:111111111111:function:leaky',
        name: 'leaky',
        folder,
        handler: 'index.handler',
        environment: {},
        timeoutSeconds: 3,
        memoryMb: 128,
      },
      { environment: { AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey, AWS_SESSION_TOKEN: OWN.sessionToken } },
    );
    await host.invoke({ login: LOGIN });
    await host.close();
    expect(leaksIn({ logs: host.log }, PLANTED).map((leak) => leak.split(',')[0])).toEqual([
      'logs: user of the API',
      'logs: password of the API',
      'logs: secret access key',
      'logs: session token',
    ]);
  });

  it('finds nothing where nothing is', () => {
    expect(leaksIn({ log: 'step begins, db:7 planted' }, PLANTED)).toEqual([]);
  });
});
