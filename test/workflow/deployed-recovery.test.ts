/** Executions that are stopped at any state, and what the recovery that the event bus starts makes of what they left behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import definition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import { databaseOf, type SimulatedCluster, type SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import type { Fault } from '../../lib/simulator/faults.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { urlEvent } from '../support/deployed/function-url.ts';
import type { Execution, Moment } from '../support/deployed/workflow.ts';
import { Deployment } from '../support/deployment.ts';

type Name = 'rest' | 'ssm';
const DISTRIBUTES = 'sync_dist":true';

/** Of class D0, so that every write of a change comes up. */
const clusterOf = (...faults: Fault[]): SimulatedCluster =>
  clusterWith({ syncerMode: 'distributed', relations: { replica: replicaOf(2) } }, { faults });
const onDistributing = (effect: Fault['effect']): Fault => ({ on: `^PUT /v1/bdbs/7 .*${DISTRIBUTES}`, effect });
/** The verification fails, and the change is undone. */
const FALLS = onDistributing({ kind: 'fall-back', commands: 4, what: 'proxies' });

let aws: Deployment<Name>;
beforeAll(async () => {
  aws = await Deployment.open<Name>({
    members: { rest: { cluster: clusterOf(), over: 'rest' }, ssm: { cluster: clusterOf(), over: 'ssm' } },
    login: { username: 'syncshift@example.com', password: 'of-the-api' },
    credentials: {
      own: { secretAccessKey: 'of-the-function', sessionToken: 'of-the-function' },
      assumed: { secretAccessKey: 'of-the-role', sessionToken: 'of-the-role' },
    },
  });
}, 120_000);
afterAll(() => aws?.close());

/** Every gate is asked, and a rollback restores the policy too. */
const request = (): Partial<ChangeRequestInput> => ({
  requestedBy: 'ann',
  approval: { required: true },
  rollback: { restoreProxyPolicy: true },
  window: { opensAt: new Date(Date.now() - 60_000).toISOString(), closesAt: new Date(Date.now() + 36_000_000).toISOString() },
});

/** Lets a change through as somebody else, once it sleeps at its gate. */
async function approve(changeId: string): Promise<void> {
  await (await aws.running(changeId)).asleep;
  const gate = await aws.store().gate(changeId);
  const body = JSON.stringify({ action: 'approve', changeId, planHash: gate?.request.plan.hash });
  await aws.invoke(aws.synthesis.decisions, urlEvent('arn:aws:iam::111111111111:user/bob', { body }));
}

/** States that a change comes to before anybody can approve it. */
const UP_TO_GATE = ['Inspect status', 'Approval gate'];

/** Runs a change of a new cluster until it is stopped. */
async function stoppedAt(changeId: string, stopAt: Moment, cluster: Name = 'rest', ...faults: Fault[]): Promise<void> {
  await aws.fleet.replace(cluster, clusterOf(...faults));
  const execution = aws.change(changeId, cluster, request(), { stopAt });
  // A change that ends before its gate says why, below.
  if (!UP_TO_GATE.includes(stopAt.state)) await Promise.race([approve(changeId), execution]);
  const { status, error, cause } = await execution;
  expect(status, `${error}: ${cause}`).toBe('ABORTED');
}

let recoveries = 0;
async function recover(changeId: string): Promise<Execution> {
  recoveries += 1;
  const execution = await aws.recover(changeId, 'ABORTED', `recovery-${recoveries}`);
  if (!execution) throw new Error('the rule does not take the event');
  return execution;
}

const databaseIn = async (cluster: Name): Promise<SimulatedDatabase> => databaseOf(await aws.fleet.state(cluster), 7);
const reportOf = async (changeId: string) => (await aws.store().get(changeId))?.report;
const statesOf = ({ data }: Execution): Set<string> => new Set(data.map(({ state }) => state));

/** What was to change the cluster, in order. */
async function writesTo(cluster: Name): Promise<string[]> {
  const { commands } = await aws.fleet.state(cluster);
  return commands.map(({ argv }) => argv.join(' ')).filter((line) => /^(?:PUT |bind |tune )/.test(line) && !line.includes('dry_run'));
}

/** Clearing the flag has two places of its own in one change; every other write has one. */
function expectNoneRepeated(writes: readonly string[]): void {
  const allowed = (write: string): number => (/centralized$|sync_dist":false/.test(write) ? 2 : 1);
  expect(writes.filter((write) => writes.filter((other) => other === write).length > allowed(write))).toEqual([]);
}

/** Recovers a change that was stopped, and checks what must hold from then on. */
async function expectRecovered(changeId: string, cluster: Name = 'rest'): Promise<{ report: ChangeReport; states: Set<string> }> {
  const recovery = await recover(changeId);
  const report = await reportOf(changeId);
  if (!report) throw new Error(`the recovery left no report: ${recovery.error}: ${recovery.cause}`);
  expect(recovery).toMatchObject({ status: 'SUCCEEDED', output: report });
  expect(report.error?.name).toBe('ExecutionCutShortError');
  expect(report.error?.message).toContain('its execution ended as ABORTED');
  expect(await aws.store().locks()).toEqual([]);
  expect(aws.aws.events.filter(({ Detail }) => (JSON.parse(Detail) as ChangeReport).changeId === changeId)).toHaveLength(1);
  const writes = await writesTo(cluster);
  expectNoneRepeated(writes);
  const { syncerMode, endpoints } = await databaseIn(cluster);
  expect(endpoints.map(({ policy }) => policy)).toEqual(['single']);
  if (report.outcome === 'refused') expect(writes).toEqual([]);
  else expect([report.outcome, syncerMode, report.after?.syncerMode]).toEqual(['rolled-back', 'centralized', 'centralized']);
  await expectNothingToRecover(changeId, cluster);
  return { report, states: statesOf(recovery) };
}

/** The bus may tell the same twice. */
async function expectNothingToRecover(changeId: string, cluster: Name = 'rest'): Promise<void> {
  const left = [await writesTo(cluster), await reportOf(changeId)];
  const recovery = await recover(changeId);
  expect(recovery.status).toBe('SUCCEEDED');
  expect([...statesOf(recovery)].sort()).toEqual(['Nothing to recover', 'Recover change', 'What is left to do?']);
  expect([await writesTo(cluster), await reportOf(changeId)]).toEqual(left);
}

describe('the rule on the event bus', () => {
  it.each(['ABORTED', 'TIMED_OUT', 'FAILED'])('starts a recovery for an execution that ended as %s', async (status) => {
    const recovery = await aws.recover('chg-unknown', status, `recovery-${status}`);
    expect(recovery?.status).toBe('SUCCEEDED');
    const seen = recovery?.data.map(({ json }) => JSON.parse(json) as unknown);
    expect(seen).toContainEqual({ changeId: 'chg-unknown', why: `its execution ended as ${status}`, force: false });
  });

  it.each(['RUNNING', 'SUCCEEDED', 'PENDING_REDRIVE'])('starts none for one that is %s', (status) => {
    expect(aws.recover('chg-unknown', status, `recovery-${status}`)).toBeUndefined();
  });
});

const ROLLBACK = ['Restore centralized', 'Verify centralized', 'Restore policy'];
/** Where nothing is written yet. */
const EARLY = ['Inspect status', 'Approval gate', 'Change window', 'Begin change'];
const tasks = Object.entries(definition.States).flatMap(([state, { Type }]) => (Type === 'Task' ? [state] : []));
const slug = (text: string): string => text.toLowerCase().replaceAll(' ', '-');

describe('an execution that is stopped', () => {
  // There is nothing to recover before the record is begun, and after it is ended.
  it.each(tasks.filter((state) => state !== 'Inspect status'))('before the function of "%s" runs is recovered', async (state) => {
    const changeId = `chg-before-${slug(state)}`;
    await stoppedAt(changeId, { state, when: 'entered' }, 'rest', ...(ROLLBACK.includes(state) ? [FALLS] : []));
    const { report, states } = await expectRecovered(changeId);
    expect(report.outcome).toBe(EARLY.includes(state) || state === 'Hold centralized' ? 'refused' : 'rolled-back');
    expect(states).not.toContain('Wait for its last write');
  });

  it.each(tasks.filter((state) => state !== 'Complete change'))('once the function of "%s" has run is recovered', async (state) => {
    const changeId = `chg-after-${slug(state)}`;
    await stoppedAt(changeId, { state, when: 'run' }, 'rest', ...(ROLLBACK.includes(state) ? [FALLS] : []));
    const { report, states } = await expectRecovered(changeId);
    expect(report.outcome).toBe(EARLY.includes(state) ? 'refused' : 'rolled-back');
    expect(states).not.toContain('Wait for its last write');
  });

  it('before its first function runs leaves nothing to recover', async () => {
    await stoppedAt('chg-never', { state: 'Inspect status', when: 'entered' });
    await expectNothingToRecover('chg-never');
    expect([await aws.store().get('chg-never'), await writesTo('rest')]).toEqual([undefined, []]);
  });

  it('once its end is on record leaves nothing to recover', async () => {
    await stoppedAt('chg-ended', { state: 'Complete change', when: 'run' });
    await expectNothingToRecover('chg-ended');
    expect([(await reportOf('chg-ended'))?.outcome, (await databaseIn('rest')).syncerMode]).toEqual(['applied', 'distributed']);
  });

  it('while it sends commands to nodes is recovered over the same way', async () => {
    await stoppedAt('chg-over-ssm', { state: 'Tune syncer', when: 'run' }, 'ssm');
    expect((await databaseIn('ssm')).syncerMode).toBe('distributed');
    expect((await expectRecovered('chg-over-ssm', 'ssm')).report.outcome).toBe('rolled-back');
  });
});

describe('an execution that is stopped while a write is under way', () => {
  /** The function is cut off with it: after the claim of its write, before the answer of the cluster. */
  async function cutOff(changeId: string, applied: boolean): Promise<void> {
    await aws.fleet.replace('rest', clusterOf(onDistributing({ kind: 'hang', applied })));
    const execution = aws.change(changeId, 'rest', request());
    await approve(changeId);
    await expect.poll(() => writesTo('rest'), { timeout: 20_000 }).toContainEqual(expect.stringContaining(DISTRIBUTES));
    (await aws.running(changeId)).stop();
    expect((await execution).status).toBe('ABORTED');
    await aws.kill(aws.synthesis.change.definition.States['Tune syncer']?.Resource ?? '');
  }

  it.each([
    ['the cluster did not carry out', false, 'centralized'],
    ['the cluster carried out', true, 'distributed'],
  ] as const)('that %s is rolled back once the write must have ended', async (_what, applied, syncerMode) => {
    const changeId = `chg-cut-off-${applied}`;
    await cutOff(changeId, applied);
    expect((await aws.store().claimedWrites(changeId)).at(-1)?.step).toBe('Tune syncer');
    expect((await databaseIn('rest')).syncerMode).toBe(syncerMode);
    const { report, states } = await expectRecovered(changeId);
    expect(states).toContain('Wait for its last write');
    expect(report.outcome).toBe('rolled-back');
  });
});
