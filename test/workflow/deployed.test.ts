/** Whole changes as they run in AWS: the bundles, environments, definition, table and documents that the template describes. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGE_ENDED, METRIC_NAMESPACE, METRICS } from '../../lambdas/contracts/deployment.ts';
import { OUTCOMES, type Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { databaseOf, type SimulatedCluster, type SimulatedDatabase } from '../../lib/simulator/cluster.ts';
import type { Fault } from '../../lib/simulator/faults.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { syncBecomes } from '../../lib/simulator/replication-faults.ts';
import { added, metricsIn, type SentMetric } from '../support/deployed/metrics.ts';
import { calledBy, ofType } from '../support/deployed/synthesis.ts';
import type { Execution } from '../support/deployed/workflow.ts';
import { Deployment } from '../support/deployment.ts';
import { facts } from '../support/facts.ts';

const ON_DISTRIBUTED = '^tune.*distributed';
/** What may travel from state to state. */
const LARGEST_STATE_BYTES = 262_144;

const replicated = (...faults: Fault[]): SimulatedCluster => clusterWith({ relations: { replica: replicaOf(2) } }, { faults });

const MEMBERS = {
  plain: { cluster: replicated(), over: 'ssm' },
  'falls-back': {
    cluster: replicated({ on: ON_DISTRIBUTED, effect: { kind: 'fall-back', commands: 4, what: 'proxies' } }),
    over: 'ssm',
  },
  rest: { cluster: replicated(), over: 'rest' },
  hybrid: { cluster: replicated(), over: 'hybrid', roleArn: 'arn:aws:iam::222222222222:role/redis/syncshift-nodes' },
  stops: { cluster: replicated({ on: ON_DISTRIBUTED, effect: syncBecomes(7, 'stopped') }), over: 'hybrid' },
  locked: { cluster: replicated(), over: 'rest' },
} as const;
type Name = keyof typeof MEMBERS;

let aws: Deployment<Name>;
beforeAll(async () => {
  aws = await Deployment.open<Name>({
    members: MEMBERS,
    login: { username: 'syncshift@example.com', password: 'of-the-api' },
    credentials: {
      own: { secretAccessKey: 'of-the-function', sessionToken: 'of-the-function' },
      assumed: { secretAccessKey: 'of-the-role', sessionToken: 'of-the-role' },
    },
  });
}, 120_000);
afterAll(() => aws?.close());

/** What somebody learns about a change, wherever they look. */
interface Told {
  readonly execution: Execution;
  readonly report: ChangeReport;
  readonly metrics: readonly SentMetric[];
}

/** Runs a change and holds execution, record, event, metric and lock against each other. */
async function run(changeId: string, cluster: Name, request: Partial<ChangeRequestInput> = {}): Promise<Told> {
  const before = metricsIn(aws.logs);
  const execution = await aws.change(changeId, cluster, request);
  const report = reportIn(execution);
  expect((await aws.store().get(changeId))?.report, 'record').toEqual(report);
  const { executionError } = { executionError: undefined, ...OUTCOMES[report.outcome] };
  if (executionError === undefined) expect(execution, 'execution').toMatchObject({ status: 'SUCCEEDED', output: report });
  else expect(execution, 'execution').toMatchObject({ status: 'FAILED', error: executionError, cause: report.error?.message });
  expect(Math.max(...execution.data.map(({ json }) => Buffer.byteLength(json)))).toBeLessThan(LARGEST_STATE_BYTES);
  const metrics = added(before, metricsIn(aws.logs));
  expect(metrics.filter(({ id }) => id.includes(METRICS.ended))).toEqual([{ id: endedAs(report.outcome), value: 1 }]);
  return { execution, report, metrics };
}

const endedAs = (outcome: Outcome): string => `${METRIC_NAMESPACE} ${METRICS.ended} Outcome=${outcome} service=syncshift`;

const idsOf = (metrics: readonly SentMetric[]): string[] => metrics.map(({ id }) => id);

/** Metrics of ours that these alarms look at. */
function watchedBy(...alarms: string[]): string[] {
  const watched = alarms.flatMap((alarm) => aws.synthesis.alarms[alarm] ?? []);
  expect(watched.length, `metrics of ${alarms.join(', ')}`).toBeGreaterThanOrEqual(alarms.length);
  return watched;
}

/** The report as it left the last step, whatever the execution made of it. */
function reportIn({ data }: Execution): ChangeReport {
  const [{ completed } = {}] = data
    .map(({ json }) => JSON.parse(json) as { completed?: { report: ChangeReport } })
    .filter(({ completed: last }) => last);
  if (!completed) throw new Error('no report was made');
  return completed.report;
}

/** The events that were put on the bus about a change. */
const eventsOf = (changeId: string) =>
  aws.aws.events
    .map(({ Detail, ...entry }) => ({ ...entry, detail: JSON.parse(Detail) as Omit<ChangeReport, 'steps'> }))
    .filter(({ detail }) => detail.changeId === changeId);

function expectAnnounced({ steps: _steps, ...detail }: ChangeReport): void {
  const { source: Source, detailType: DetailType } = CHANGE_ENDED;
  expect(eventsOf(detail.changeId)).toEqual([{ EventBusName: 'default', Source, DetailType, detail }]);
}

const actionsOf = (parameters: unknown): string => String((parameters as { actions: string[] }).actions);
const lockOf = async (changeId: string) => (await aws.store().locks()).find((lock) => lock.changeId === changeId);
const databaseIn = async (name: Name): Promise<SimulatedDatabase> => databaseOf(await aws.fleet.state(name), 7);

describe('what is deployed', () => {
  it('is one function for each Task of the definitions, one for the schedule and one for people, with code and a configuration of its own', () => {
    const { change, recovery, rollout, scheduled, decisions, functions } = aws.synthesis;
    const called = [change, recovery, rollout].flatMap(({ definition }) => calledBy(definition));
    expect(new Set([...called, scheduled, decisions])).toEqual(new Set(functions.keys()));
  });

  it('has a document for every cluster with rladmin, in the accounts of their nodes', () => {
    expect(Object.keys(aws.synthesis.documents).sort()).toEqual(
      ['falls-back', 'hybrid', 'plain', 'stops'].map((name) => `syncshift-${name}`),
    );
    expect(ofType(aws.synthesis.resources, 'AWS::SSM::Document')).toHaveLength(3);
  });
});

describe('a change over Run Command', () => {
  it('ends applied', async () => {
    const { report } = await run('chg-plain', 'plain');
    expect(report).toMatchObject({ outcome: 'applied', health: 'unverified', after: { class: 'D2' } });
    expectAnnounced(report);
    expect(await lockOf('chg-plain')).toBeUndefined();
    expect((await databaseIn('plain')).syncerMode).toBe('distributed');
  });

  it('ends rolled back when the database does not stay distributed', async () => {
    const { report, metrics } = await run('chg-falls-back', 'falls-back');
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      error: { name: 'VerificationFailedError' },
      after: { syncerMode: 'centralized' },
    });
    expectAnnounced(report);
    expect(await lockOf('chg-falls-back')).toBeUndefined();
    expect((await databaseIn('falls-back')).syncerMode).toBe('centralized');
    expect(idsOf(metrics)).toEqual(expect.arrayContaining(watchedBy('RolledBack', 'StepErrors')));
  });

  it('sends each write once, by the document of its cluster, under a comment by which it is found again', () => {
    const sent = aws.fleet.calls.filter(({ operation }) => operation === 'SendCommand').map(({ input }) => input);
    const writes = sent.filter(({ Parameters }) => /^(?:bind|tune)/.test(actionsOf(Parameters)));
    expect(writes.map(({ DocumentName, Parameters }) => `${DocumentName} ${actionsOf(Parameters)}`)).toEqual([
      'syncshift-plain bind-policy',
      'syncshift-plain tune-syncer',
      'syncshift-falls-back bind-policy',
      'syncshift-falls-back tune-syncer',
      'syncshift-falls-back tune-syncer',
    ]);
    for (const { DocumentName, Comment } of writes) expect(Comment).toContain(String(DocumentName).replace('syncshift-', 'chg-'));
  });
});

describe('a change over REST', () => {
  it('ends applied with its health verified', async () => {
    const { report } = await run('chg-rest', 'rest');
    expect(report).toMatchObject({ outcome: 'applied', health: 'verified', after: { class: 'D2' } });
    expectAnnounced(report);
    expect(await lockOf('chg-rest')).toBeUndefined();
    expect((await databaseIn('rest')).syncerMode).toBe('distributed');
  });

  it('ends unchanged when there is nothing to do', async () => {
    const { report } = await run('chg-rest-again', 'rest');
    expect(report.outcome).toBe('unchanged');
    expectAnnounced(report);
  });
});

describe('a change over Run Command in another account, watched over REST', () => {
  it('ends applied with its health verified', async () => {
    const { report } = await run('chg-hybrid', 'hybrid');
    expect(report).toMatchObject({ outcome: 'applied', health: 'verified', after: { class: 'D2' } });
    expectAnnounced(report);
    expect(await lockOf('chg-hybrid')).toBeUndefined();
    expect((await databaseIn('hybrid')).syncerMode).toBe('distributed');
  });

  it('takes on the role that leads to the nodes', () => {
    const assumed = aws.aws.requests.filter((request) => request.includes('Action=AssumeRole'));
    expect(assumed.length).toBeGreaterThan(0);
    for (const request of assumed) expect(decodeURIComponent(request)).toContain('role/redis/syncshift-nodes');
  });
});

describe('a change that an operator has to look at', () => {
  it('keeps its lock', async () => {
    const { report, metrics } = await run('chg-stops', 'stops');
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'SyncStoppedError' } });
    expectAnnounced(report);
    expect(await lockOf('chg-stops')).toMatchObject({ cluster: 'stops', database: 'db:7', snapshot: { syncerMode: 'centralized' } });
    expect(idsOf(metrics)).toEqual(expect.arrayContaining(watchedBy('NeedsOperator')));
  });
});

describe('a change of a database that another change holds', () => {
  it('ends refused and leaves the lock to its holder', async () => {
    const past = aws.store({ now: () => new Date(Date.now() - 3_600_000) });
    await past.acquireLock({
      database: { cluster: 'locked', id: 'db:7', name: 'orders' },
      changeId: 'chg-first',
      holder: { description: 'an execution that died', host: 'aws' },
      snapshot: facts(),
      leaseSeconds: 60,
    });
    const { report } = await run('chg-second', 'locked');
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'LockHeldError', message: expect.stringContaining('chg-first') } });
    expectAnnounced(report);
    expect(await lockOf('chg-first')).toBeDefined();
    const { commands } = await aws.fleet.state('locked');
    expect(commands.filter(({ argv }) => argv[0] === 'PUT')).toEqual([]);
  });

  it('does not keep its plan from being made, whether or not the event bus takes the news', async () => {
    aws.aws.refusedEvents.add('chg-plan');
    const { report, metrics } = await run('chg-plan', 'locked', { planOnly: true });
    expect(report.outcome).toBe('planned');
    expect(eventsOf('chg-plan')).toEqual([]);
    expect((await aws.store().get('chg-plan'))?.timeline).toContainEqual(
      expect.objectContaining({ type: 'note', text: expect.stringMatching(/nobody could be told .*ThrottlingException/) }),
    );
    expect(idsOf(metrics)).toEqual(expect.arrayContaining(watchedBy('EventsLost')));
  });
});

describe('a request that cannot be read', () => {
  it('ends refused under the name of its error, with nothing on record', async () => {
    const execution = await aws.change('chg-misspelt', 'rest', { planonly: true } as object);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Refused', cause: expect.stringContaining('planonly') });
    expect(reportIn(execution)).toMatchObject({ outcome: 'refused', error: { name: 'InvalidInputError' } });
    expectAnnounced(reportIn(execution));
    expect(await aws.store().get('chg-misspelt')).toBeUndefined();
  });
});

describe('the lock watch', () => {
  it('counts a lock past its lease, under the name that the alarm looks for', async () => {
    const before = metricsIn(aws.logs);
    const counted = await aws.invoke(aws.synthesis.scheduled, { Records: [] });
    expect(counted).toEqual({ locks: 2, pastLease: 1 });
    const sent = added(before, metricsIn(aws.logs));
    expect(sent).toContainEqual({ id: watchedBy('StuckLock')[0], value: 1 });
    expect(sent.map(({ value }) => value)).toEqual([2, 1]);
  });
});

describe('what is seen from outside', () => {
  it('is every metric that an alarm looks at, by the very dimensions that it looks for', () => {
    const sent = new Set(idsOf(metricsIn(aws.logs)));
    const watched = Object.values(aws.synthesis.alarms).flat();
    expect(watched.length).toBeGreaterThan(3);
    // Sent by a person's decision alone: deployed-gates.test.ts.
    const byPeople = watched.filter((id) => id.includes(METRICS.glassBroken));
    expect(watched.filter((id) => !sent.has(id))).toEqual(byPeople);
  });

  it('is a log of JSON lines, beside what Lambda says of a failed run', () => {
    const lines = aws.logs.split('\n').filter((line) => line !== '' && !/^END RequestId: |\tInvoke Error \t/.test(line));
    expect(lines.length).toBeGreaterThan(100);
    for (const line of lines) expect(line).toMatch(/^\{.*\}$/);
  });

  it('is a trace that names the steps', () => {
    expect(aws.aws.segments.some((segment) => segment.includes('## index.handler'))).toBe(true);
  });
});
