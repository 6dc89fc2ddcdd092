/** Answers of the REST API that are right by their status and still cannot be taken as they come. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import { databaseOf } from '../../lib/simulator/cluster.ts';
import type { Fault } from '../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { healed, unavailable } from '../../lib/simulator/replication-faults.ts';
import { databaseObject } from '../../lib/simulator/rest/database.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, DISTRIBUTE, sent, WIDEN } from '../support/lab.ts';
import { putsOf, RestLab } from '../support/rest-lab.ts';

const DATABASE = '^GET /v1/bdbs/7\\?fields';
const BIND = '^PUT /v1/bdbs/7 .*proxy_policy';
const SWITCH = '^PUT /v1/bdbs/7 .*replica_sync_dist":true';
const VERIFICATION = { samples: 2, intervalSeconds: 10, deadlineSeconds: 200 };

type When = Pick<Fault, 'nth' | 'times'>;
type Shown = Record<string, unknown>;

const labs: RestLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});
async function labWith(faults: Fault[], changedOver: 'rest' | 'rladmin' = 'rest'): Promise<RestLab> {
  const lab = await RestLab.open(clusterWith({ relations: { replica: replicaOf(1) } }, { faults }), changedOver);
  labs.push(lab);
  return lab;
}
/** Runs a change over a cluster to which things happen when it first comes to a state. */
function runWith(lab: RestLab, happening: Record<string, () => void>): Promise<ChangeReport> {
  const left = new Map(Object.entries(happening));
  return lab.run({ verification: VERIFICATION }, (name, run) => async (event) => {
    left.get(name)?.();
    left.delete(name);
    return run(event);
  });
}

async function samplesOf(lab: RestLab) {
  const timeline = (await lab.store.get('chg-test'))?.timeline ?? [];
  return timeline.filter((event) => event.type === 'sample');
}

/** A database as the API shows it, with what a test does to it. */
function shown(database: DatabaseOptions, change: (object: Shown) => Shown): string {
  const cluster = clusterWith({ relations: { replica: replicaOf(1) }, ...database });
  return JSON.stringify(change(databaseObject(cluster, databaseOf(cluster, 7))));
}
const instead = (text: string, when: When): Fault => ({ on: DATABASE, ...when, effect: { kind: 'garbage', applied: false, text } });

const WIDE = { policy: 'all-master-shards', syncerMode: 'distributed' } as const;

describe('E02: an answer that does not tell how the sources are', () => {
  const withoutStatus = (object: Shown): Shown => ({
    ...object,
    replica_sources: (object.replica_sources as Shown[]).map(({ status: _status, lag: _lag, ...source }) => source),
  });
  const withoutSources = ({ replica_sources: _sources, ...object }: Shown): Shown => object;
  const FORMS = [
    ['their status is missing', withoutStatus],
    ['they are missing altogether', withoutSources],
  ] as const;

  it.each(FORMS)('refuses a change while %s', async (_what, without) => {
    const lab = await labWith([instead(shown({}, without), { times: 'always' })], 'rladmin');
    const report = await lab.run({ verification: VERIFICATION });
    expect(report.outcome).toBe('refused');
    await expectSafe(lab, report);
  });

  it.each(FORMS)('is never taken for health: %s from the first sample on', async (_what, without) => {
    const lab = await labWith([], 'rladmin');
    const report = await runWith(lab, {
      'Verify info': () => lab.cluster.faults.push(instead(shown(WIDE, without), { times: 'always' })),
    });
    expect(report.outcome).toBe('needs-operator');
    expect(report).not.toHaveProperty('health');
    expect((await samplesOf(lab)).filter(({ state }) => state === 'good')).toEqual([]);
    await expectSafe(lab, report);
  });

  it('is waited for: a sample without their status is not good, and those after it count', async () => {
    const lab = await labWith([], 'rladmin');
    const report = await runWith(lab, { 'Verify info': () => lab.cluster.faults.push(instead(shown(WIDE, withoutStatus), { times: 2 })) });
    expect(report).toMatchObject({ outcome: 'applied', health: 'verified' });
    expect((await samplesOf(lab)).map(({ state }) => state)).toEqual(['unhealthy', 'unhealthy', 'good', 'good']);
    await expectSafe(lab, report);
  });

  it('sets centralized when their status stays missing until the deadline, and is told again then', async () => {
    const lab = await labWith([], 'rladmin');
    const report = await runWith(lab, {
      'Verify info': () => lab.cluster.faults.push(instead(shown(WIDE, withoutStatus), { times: 'always' })),
      'Restore centralized': () => lab.cluster.faults.splice(0),
    });
    expect(report).toMatchObject({ outcome: 'rolled-back', error: { message: expect.stringContaining('not reported') } });
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
    await expectSafe(lab, report);
  });
});

describe('E09: an availability check that is sent on to the primary', () => {
  const BUILD = '8.0.6-54';
  const AVAILABILITY = '^GET /v1/bdbs/7/availability';

  /** The node asked first sends every check on; the one it names answers it. */
  async function sendingOn(faults: Fault[] = []): Promise<RestLab> {
    const lab = await labWith(faults, 'rladmin');
    for (const node of lab.cluster.nodes) node.version = BUILD;
    for (let nth = 1; nth < 200; nth += 2) lab.cluster.faults.push({ on: AVAILABILITY, nth, effect: { kind: 'redirect', to: lab.url } });
    return lab;
  }
  const checksOf = ({ cluster }: RestLab) => cluster.commands.filter(({ argv: [, path = ''] }) => path.includes('/availability'));

  it('is asked for there, and what the primary says counts', async () => {
    const lab = await sendingOn();
    const report = await lab.run({ verification: VERIFICATION });
    expect(report).toMatchObject({ outcome: 'applied', health: 'verified' });
    // Three readings of health: the inspection, the one before the switch, and the samples; each check is asked for twice.
    expect(checksOf(lab).length).toBeGreaterThanOrEqual(6);
    expect(checksOf(lab).length % 2).toBe(0);
    await expectSafe(lab, report);
  });

  it('fails as any other when the primary says so', async () => {
    const lab = await sendingOn([
      { on: '^tune.*distributed', effect: unavailable(7) },
      { on: '^tune.*centralized', effect: healed(7) },
    ]);
    const report = await lab.run({ verification: VERIFICATION });
    expect(report).toMatchObject({ outcome: 'rolled-back', error: { message: expect.stringContaining('availability check fails') } });
    await expectSafe(lab, report);
  });
});

describe('E11: an action that is completed', () => {
  it('does not count while the endpoint keeps its policy', async () => {
    const lab = await labWith([
      { on: BIND, effect: { kind: 'busy', commands: 2, job: 'completed' } },
      { on: BIND, effect: { kind: 'fall-back', commands: 0, what: 'policy' } },
    ]);
    const report = await lab.run({ verification: VERIFICATION });
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'ChangeNotAppliedError' } });
    expect(report.error?.message).toContain('the action is completed');
    expect(putsOf(lab)).toHaveLength(1);
    await expectSafe(lab, report);
  });

  it('is no refusal while the mode reads as before: it may still come', async () => {
    const lab = await labWith([
      { on: SWITCH, effect: { kind: 'busy', commands: 2, job: 'completed' } },
      { on: SWITCH, effect: { kind: 'fall-back', commands: 0, what: 'mode' } },
    ]);
    const report = await lab.run({ verification: VERIFICATION });
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'ChangeNotAppliedError' } });
    await expectSafe(lab, report);
  });
});

describe('B07: entries of one endpoint that disagree about its policy', () => {
  const disagreeing = (object: Shown): Shown => {
    const [first] = object.endpoints as Shown[];
    return { ...object, endpoints: [first, { ...first, addr_type: 'external', proxy_policy: 'single' }] };
  };
  const DISAGREEING = shown({ policy: 'all-master-shards' }, disagreeing);
  /** Two readings of this step come before the bind: the one before its dry run, and the one that proves it was one. */
  const AFTER_THE_BIND = 3;

  it('are waited for after the bind, and the mode is set when they agree', async () => {
    const lab = await labWith([]);
    const report = await runWith(lab, {
      'Rebind policy': () => lab.cluster.faults.push(instead(DISAGREEING, { nth: AFTER_THE_BIND, times: 4 })),
    });
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(putsOf(lab)).toHaveLength(2);
    await expectSafe(lab, report);
  });

  it('keep the mode from being set while they never agree', async () => {
    const lab = await labWith([]);
    const report = await runWith(lab, {
      'Rebind policy': () => lab.cluster.faults.push(instead(DISAGREEING, { nth: AFTER_THE_BIND, times: 'always' })),
    });
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { message: expect.stringContaining('disagree') } });
    expect(putsOf(lab)).toHaveLength(1);
    await expectSafe(lab, report);
  });
});

describe('G26: answers that take turns between a node that is up to date and one that is not', () => {
  const OLD = shown({ policy: 'all-master-shards' }, (object) => object);

  it.each([
    ['Tune syncer', 1],
    ['Tune syncer', 2],
    ['Tune syncer', 3],
    ['Tune syncer', 4],
    ['Tune syncer', 5],
    ['Verify info', 1],
    ['Verify info', 2],
    ['Verify info', 3],
  ] as const)('are no success when they begin at %s with reading %i', async (state, first) => {
    const turns = Array.from({ length: 100 }, (_, index) => instead(OLD, { nth: first + 2 * index }));
    const lab = await labWith([]);
    const report = await runWith(lab, { [state]: () => lab.cluster.faults.push(...turns) });
    expect(['rolled-back', 'needs-operator']).toContain(report.outcome);
    await expectSafe(lab, report);
  });
});
