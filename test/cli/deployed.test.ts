import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { FullChangeRequest } from '../../lambdas/contracts/request.ts';
import { type DynamoDbServer, startDynamoDb } from '../support/dynamodb.ts';
import { facts } from '../support/facts.ts';
import { executionArn, STATE_MACHINE_ARN, StepFunctionsStandIn, type Trouble } from '../support/step-functions/stand-in.ts';
import {
  aborted,
  applied,
  endless,
  planned,
  REQUEST,
  recordNotWritten,
  refused,
  rolledBack,
  type Story,
  timedOut,
  VERIFICATION_FAILED,
} from '../support/step-functions/stories.ts';
import { type Ended, type Report, type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const APPLY = ['apply', 'eu-west/orders', '--to', 'distributed', '--yes', '--engine', 'aws'];
const CONFIGURATION = {
  clusters: { 'eu-west': { transport: 'ssm', region: 'eu-west-1', instances: { tag: { key: 'redis-cluster', value: 'eu-west' } } } },
};

const open: StepFunctionsStandIn[] = [];
afterAll(async () => {
  for (const standIn of open) await standIn.close();
});

interface Deployed {
  readonly aws: StepFunctionsStandIn;
  readonly workplace: Workplace;
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

async function deployed(change: (id: string, request: object) => Story = applied): Promise<Deployed> {
  const aws = await new StepFunctionsStandIn(change, planned).listen();
  open.push(aws);
  const workplace = at();
  workplace.configure(CONFIGURATION);
  return { aws, workplace, run: (words, env = {}) => workplace.run(words, { ...aws.env, ...env }) };
}

const reportIn = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;

const expectOneSentence = ({ code, stdout, stderr }: Ended, ...parts: (string | RegExp)[]) => {
  expect(code, stderr).toBe(2);
  expect(stdout).toBe('');
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr.trim().split('\n'), stderr).toHaveLength(1);
};

describe.concurrent('apply --engine aws', () => {
  it('starts one execution with the request as its input, and prints the report it ends with', async () => {
    const { aws, run } = await deployed();
    const ended = await run([...APPLY, '--reason', 'CHG-1', '--policy', 'all-nodes', '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const [started, ...more] = aws.callsOf('StartExecution');
    expect(more).toEqual([]);
    expect(started).toMatchObject({ stateMachineArn: `${STATE_MACHINE_ARN}:live`, name: reportIn(ended).changeId });
    expect(JSON.parse(String(started?.input))).toMatchObject({
      target: REQUEST.target,
      wanted: { syncerMode: 'distributed', proxyPolicy: 'all-nodes' },
      reason: 'CHG-1',
    });
    expect(reportIn(ended)).toMatchObject({ outcome: 'applied', after: { class: 'D2' } });
  });

  it('shows the steps of the execution while it runs', async () => {
    const { aws, run } = await deployed(rolledBack);
    aws.eventsPerLook = 25;
    const { code, stderr } = await run(APPLY);
    expect(code, stderr).toBe(6);
    const said = stderr.split('\n').map((line) => line.replace(/^\s*[\d.]+s\s+/, ''));
    const expected = [
      'Inspect status: done',
      'Rebind policy: States.Timeout: it took longer than it may',
      'endpoint 7:1: node 3 is not bound',
      'Rebind policy: done',
      'Verify info: bad; endpoint 7:1 is bound to one node',
      `Verify info: ${VERIFICATION_FAILED.name}: ${VERIFICATION_FAILED.message}`,
      'Restore centralized: done',
      'Verify centralized: good',
      'Complete change: done',
    ];
    expect(said.filter((line) => expected.includes(line))).toEqual(expected);
  });

  const endings: [outcome: string, tell: (id: string, request: object) => Story, code: number, message: RegExp][] = [
    ['refused', refused, 3, /OSS Cluster API/],
    ['rolled-back', rolledBack, 6, /verification of distributed failed/],
    ['needs-operator', recordNotWritten, 7, /its record could not be written/],
    ['needs-operator', aborted, 7, /stopped from outside.*wrong database/],
    ['needs-operator', timedOut, 7, /ran out of time/],
    ['refused', (id, request) => aborted(id, request, { inWrite: false }), 3, /before the change began/],
  ];
  it.each(endings)('ends as %s when the execution says so (%#)', async (outcome, tell, code, message) => {
    const { run } = await deployed(tell);
    const ended = await run([...APPLY, '--json']);
    expect(ended.code, ended.stderr).toBe(code);
    expect(reportIn(ended)).toMatchObject({ outcome, target: REQUEST.target, error: { message: expect.stringMatching(message) } });
  });

  it('names the engine in the hints it gives, so that they can be copied', async () => {
    const { run } = await deployed(timedOut);
    const { stdout } = await run(APPLY);
    expect(stdout).toMatch(/syncshift recover chg-\S+ --engine aws/);
    expect(stdout).toMatch(/syncshift show chg-\S+ --engine aws/);
  });

  it('does not start a change twice when the answer to its start is lost', async () => {
    const { aws, run } = await deployed();
    aws.trouble('StartExecution', 'answer-lost');
    const ended = await run([...APPLY, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(reportIn(ended).outcome).toBe('applied');
    expect(new Set(aws.callsOf('StartExecution').map(({ name }) => name)).size).toBe(1);
    expect(aws.executions.size).toBe(1);
  });

  it('keeps following over hang-ups, throttling and faults of the service', async () => {
    const { aws, run } = await deployed();
    aws.trouble('DescribeExecution', 'hang-up', { name: 'ThrottlingException', message: 'Rate exceeded' });
    aws.trouble('GetExecutionHistory', { name: 'InternalFailure', status: 500 });
    aws.eventsPerLook = 40;
    const ended = await run([...APPLY, '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/AWS does not answer for the moment/);
    expect(ended.stderr).toMatch(/AWS answers again/);
  });

  it('says how to go on, and ends with 8, when it may not follow what it has started', async () => {
    const { aws, run } = await deployed();
    aws.trouble('DescribeExecution', { name: 'AccessDeniedException', message: 'not authorized to perform: states:DescribeExecution' });
    const { code, stderr, stdout } = await run(APPLY);
    expect(code, stderr).toBe(8);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/cannot be seen any longer.*states:DescribeExecution.*syncshift watch chg-orders-\S+ --engine aws/);
    expect(stderr).not.toMatch(/fault of syncshift/);
  });

  it('refuses a cluster that only one machine can reach, and asks AWS for nothing', async () => {
    const { aws, run, workplace } = await deployed();
    workplace.configure({ clusters: { 'eu-west': { transport: 'exec', rladmin: ['/nowhere/rladmin'] } } });
    expectOneSentence(await run(APPLY), /eu-west has the transport "exec"/);
    expect(aws.calls).toEqual([]);
  });

  it('asks before it writes, so it needs --yes without a terminal', async () => {
    const { aws, run } = await deployed();
    expectOneSentence(await run(APPLY.filter((word) => word !== '--yes')), /--yes/);
    expect(aws.calls).toEqual([]);
  });

  it('is chosen by SYNCSHIFT_ENGINE as well', async () => {
    const { aws, run } = await deployed();
    const { code } = await run(['apply', 'eu-west/orders', '--to', 'distributed', '--yes'], { SYNCSHIFT_ENGINE: 'aws' });
    expect([code, aws.executions.size]).toEqual([0, 1]);
  });
});

describe.concurrent('the deployed workflow', () => {
  it('is not searched for when its ARN is given, which also says the region', async () => {
    const { aws, run } = await deployed();
    const { code, stderr } = await run(APPLY, { SYNCSHIFT_STATE_MACHINE_ARN: STATE_MACHINE_ARN, AWS_REGION: '' });
    expect(code, stderr).toBe(0);
    expect(aws.callsOf('ListStateMachines')).toEqual([]);
  });

  it('that is not there is named with its region', async () => {
    const { aws, run } = await deployed();
    aws.stateMachines = [['another-workflow']];
    expectOneSentence(await run(APPLY), /no state machine "syncshift-change" is deployed in eu-west-1/);
  });

  const troubles: [what: string, trouble: Trouble, says: RegExp][] = [
    [
      'access is denied',
      { name: 'AccessDeniedException', message: 'User: alice is not authorized' },
      /access is denied.*alice is not authorized/,
    ],
    [
      'credentials have expired',
      { name: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
      /have expired; sign in again/,
    ],
    [
      'credentials are unknown',
      { name: 'UnrecognizedClientException', message: 'The security token is invalid' },
      /does not accept the credentials/,
    ],
  ];
  it.each(troubles)('cannot be used when %s, in one sentence', async (_what, trouble, says) => {
    const { aws, run } = await deployed();
    aws.trouble('ListStateMachines', trouble);
    expectOneSentence(await run(APPLY), says);
  });

  it('cannot be used when starting is denied, in one sentence', async () => {
    const { aws, run } = await deployed();
    aws.trouble('StartExecution', { name: 'AccessDeniedException', message: 'User: alice is not authorized' });
    expectOneSentence(await run([...APPLY, '--quiet']), /starting the change: access is denied/);
  });

  it('cannot be used without a region, in one sentence', async () => {
    const { run } = await deployed();
    expectOneSentence(await run(APPLY, { AWS_REGION: '' }), /no AWS region is configured/);
    expectOneSentence(await run(['list', '--engine', 'aws'], { AWS_REGION: '' }), /no AWS region is configured/);
  });

  it('cannot be used without credentials, in one sentence', async () => {
    const { run } = await deployed();
    expectOneSentence(await run(APPLY, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }), /no AWS credentials were found/);
  });

  it('is not meant by an ARN of something else', async () => {
    const { run } = await deployed();
    expectOneSentence(
      await run(APPLY, { SYNCSHIFT_STATE_MACHINE_ARN: 'arn:aws:lambda:eu-west-1:1:function:x' }),
      /SYNCSHIFT_STATE_MACHINE_ARN/,
    );
  });

  it('is told to plan and nothing else by plan', async () => {
    const { aws, run } = await deployed();
    const ended = await run(['plan', 'eu-west/orders', '--to', 'distributed', '--engine', 'aws', '--json']);
    expect([ended.code, reportIn(ended).outcome]).toEqual([0, 'planned']);
    expect(aws.callsOf('StartExecution').map(({ input }) => JSON.parse(String(input)) as { planOnly?: boolean })).toMatchObject([
      { planOnly: true },
    ]);
  });

  it('takes a database back without an approval by rollback', async () => {
    const { aws, run } = await deployed();
    expect((await run(['rollback', 'eu-west/orders', '--engine', 'aws'])).code).toBe(0);
    expect(JSON.parse(String(aws.callsOf('StartExecution')[0]?.input))).toMatchObject({
      wanted: { syncerMode: 'centralized' },
      approval: { required: false },
    });
  });
});

describe.concurrent('Ctrl-C while following', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('(%s) ends the following with %i, and the change goes on', async (signal, exitCode) => {
    const { aws, workplace } = await deployed(endless);
    const started = workplace.start(APPLY, aws.env);
    while (aws.callsOf('GetExecutionHistory').length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    started.process.kill(signal);
    const { code, stderr, stdout } = await started.ended;
    expect([code, stdout], stderr).toEqual([exitCode, '']);
    expect(stderr).toMatch(/goes on in AWS and is not rolled back.*syncshift watch chg-orders-\S+ --engine aws/);
    expect(stderr).not.toMatch(/is rolled back/);
    expect(new Set(aws.calls.map(({ operation }) => operation))).toEqual(
      new Set(['ListStateMachines', 'StartExecution', 'DescribeExecution', 'GetExecutionHistory']),
    );
  });
});

describe.concurrent('watch --engine aws', () => {
  it('prints the report of a change that has ended', async () => {
    const { aws, run } = await deployed();
    aws.run('chg-1', rolledBack('chg-1'), REQUEST);
    const ended = await run(['watch', 'chg-1', '--engine', 'aws', '--json']);
    expect([ended.code, reportIn(ended).outcome], ended.stderr).toEqual([6, 'rolled-back']);
    expect(aws.callsOf('StartExecution')).toEqual([]);
  });

  it('follows a change that runs to its end', async () => {
    const { aws, run } = await deployed();
    aws.eventsPerLook = 30;
    aws.run('chg-1', applied('chg-1'), REQUEST);
    const ended = await run(['watch', 'chg-1', '--engine', 'aws']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/Tune syncer: done/);
    expect(ended.stdout).toMatch(/applied/);
  });

  it('does not know a change that was never started', async () => {
    const { run } = await deployed();
    expectOneSentence(await run(['watch', 'chg-none', '--engine', 'aws']), /no execution "chg-none".*syncshift list --engine aws/);
  });

  it('refuses what is no id of a change', async () => {
    const { aws, run } = await deployed();
    expectOneSentence(await run(['watch', 'chg:1', '--engine', 'aws']), /no id of a change/);
    expect(aws.calls).toEqual([]);
  });
});

describe('the record of deployed changes', () => {
  let dynamodb: DynamoDbServer;
  let endpoint = '';
  beforeAll(async () => {
    dynamodb = await startDynamoDb();
    const address = await dynamodb.client().config.endpoint?.();
    endpoint = `http://${address?.hostname}:${address?.port}`;
  });
  afterAll(() => dynamodb.close());

  const recorded = async (story: Story) => {
    const table = await dynamodb.newTable();
    const store = new DynamoDbChangeStore({ client: dynamodb.client(), table, clock: { now: () => new Date() } });
    const holder = { description: 'Step Functions execution', host: 'aws' };
    await store.open(FullChangeRequest.parse({ ...REQUEST, changeId: 'chg-1', defaultProxyPolicy: 'all-master-shards' }), holder);
    // A lease that is over: it is the execution that decides.
    await store.acquireLock({ database: facts().database, changeId: 'chg-1', holder, snapshot: facts(), leaseSeconds: -1 });
    const { aws, run } = await deployed();
    aws.run('chg-1', story, REQUEST);
    const env = { AWS_ENDPOINT_URL_DYNAMODB: endpoint, SYNCSHIFT_TABLE: table };
    return { aws, store, run: (words: readonly string[]) => run([...words, '--engine', 'aws'], env) };
  };

  it('is listed and shown as one of this machine is', async () => {
    const { run } = await recorded(recordNotWritten('chg-1'));
    const listed = await run(['list', '--json']);
    expect(JSON.parse(listed.stdout), listed.stderr).toMatchObject({
      changes: [{ changeId: 'chg-1', holdsLock: true }],
      locks: [{ changeId: 'chg-1' }],
    });
    const shown = await run(['show', 'chg-1']);
    expect(shown.stdout).toMatch(/no end is recorded.*syncshift watch chg-1 --engine aws/);
    expectOneSentence(await run(['show', 'chg-none']), /no change "chg-none" is on record/);
  });

  it('keeps its lock while the execution runs, whatever the lease says', async () => {
    const { run, store } = await recorded(endless('chg-1'));
    const { code, stderr } = await run(['clear', 'chg-1']);
    expect([code, (await store.locks()).length], stderr).toEqual([3, 1]);
    expect(stderr).toMatch(/may still be running.*RUNNING/);
  });

  it('loses its lock by clear once it has ended and left that to an operator', async () => {
    const { run, store } = await recorded(recordNotWritten('chg-1'));
    await store.complete('chg-1', { changeId: 'chg-1', outcome: 'needs-operator', target: REQUEST.target, steps: [] }, true);
    const { code, stderr } = await run(['clear', 'chg-1']);
    expect([code, await store.locks()], stderr).toEqual([0, []]);
  });

  it('keeps its lock while its end is not on record: a recovery may be at work under it', async () => {
    const { run, store } = await recorded(recordNotWritten('chg-1'));
    const { code, stderr } = await run(['clear', 'chg-1']);
    expect([code, (await store.locks()).length], stderr).toEqual([3, 1]);
    expect(stderr).toContain('recover chg-1 --engine aws');
  });

  it('keeps its lock when nobody can say whether the execution has ended', async () => {
    const { aws, run, store } = await recorded(recordNotWritten('chg-1'));
    aws.trouble('DescribeExecution', { name: 'AccessDeniedException', message: 'not authorized' });
    const { code, stderr } = await run(['clear', 'chg-1']);
    expect([code, (await store.locks()).length], stderr).toEqual([2, 1]);
  });

  it('that is not deployed is named', async () => {
    const { run } = await deployed();
    const env = { AWS_ENDPOINT_URL_DYNAMODB: endpoint, SYNCSHIFT_TABLE: 'not-there' };
    expectOneSentence(await run(['list', '--engine', 'aws'], env), /no table "not-there"/);
  });
});

describe('an execution', () => {
  it('has the ARN of its state machine with the name of the change', async () => {
    const { aws, run } = await deployed();
    aws.run('chg-1', applied('chg-1'), REQUEST);
    await run(['watch', 'chg-1', '--engine', 'aws']);
    expect(aws.callsOf('DescribeExecution')[0]).toMatchObject({ executionArn: executionArn('chg-1') });
  });
});
