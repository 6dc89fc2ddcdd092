/** The health of replication as the verdict sees it: changed through rladmin, watched over REST. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { FaultEffect } from '../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { activeActive, replicaOf } from '../../lib/simulator/replication.ts';
import {
  alertRaised,
  fullSync,
  healed,
  lagRises,
  outOfSync,
  peerGoesDown,
  syncBecomes,
  unavailable,
} from '../../lib/simulator/replication-faults.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, DISTRIBUTE, type Lab, sent } from '../support/lab.ts';
import { RestLab } from '../support/rest-lab.ts';

const DB = 7;
const PEER = 'rs-b.example.net';
const ON_DISTRIBUTED = '^tune.*distributed';
const ON_CENTRALIZED = '^tune.*centralized';
const VERIFICATION = { samples: 3, intervalSeconds: 10, deadlineSeconds: 200 };

const labs: RestLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

type When = readonly [on: string, effect: FaultEffect];
async function labWith(when: readonly When[], database: DatabaseOptions = { relations: { replica: replicaOf(2) } }): Promise<RestLab> {
  const faults = when.map(([on, effect]) => ({ on, effect }));
  const lab = await RestLab.open(clusterWith(database, { faults }), 'rladmin');
  labs.push(lab);
  return lab;
}
const inActiveActive = (): DatabaseOptions => ({ relations: { crdt: activeActive([PEER]) } });
const run = (lab: Lab) => lab.run({ verification: VERIFICATION });
const timelineOf = async (lab: Lab) => (await lab.store.get('chg-test'))?.timeline ?? [];

describe('a change whose replication is watched', () => {
  it.each([
    ['Replica Of', { relations: { replica: replicaOf(2) } }],
    ['Active-Active', inActiveActive()],
  ])('ends applied and verified when replication of %s stays as it was', async (_name, database) => {
    const lab = await labWith([], database);
    const report = await run(lab);
    expect(report).toMatchObject({ outcome: 'applied', health: 'verified' });
    await expectSafe(lab, report);
  });

  it('keeps what it was judged by: the reading before, the baseline, and the lag of each sample', async () => {
    const lab = await labWith([]);
    await run(lab);
    const timeline = await timelineOf(lab);
    expect(timeline.find(({ type }) => type === 'health')).toMatchObject({
      health: { kind: 'replica-of', sources: [{ status: 'in-sync' }, { status: 'in-sync' }] },
      baseline: { from: 'statistics' },
    });
    expect(timeline.filter(({ type }) => type === 'sample')).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ state: 'good', lagMs: expect.any(Number) })),
    );
  });

  const AFTER_THE_SWITCH: readonly (readonly [string, readonly When[], Outcome, string | undefined])[] = [
    ['D12: sources fall out of sync and come back', [[ON_DISTRIBUTED, outOfSync(DB, '', { recoverAfter: 12 })]], 'applied', undefined],
    [
      'D16: lag rises, and going back helps',
      [
        [ON_DISTRIBUTED, lagRises(DB, 4_000)],
        [ON_CENTRALIZED, healed(DB)],
      ],
      'rolled-back',
      'VerificationFailedError',
    ],
    [
      'D14: a source never comes back, and going back helps',
      [
        [ON_DISTRIBUTED, outOfSync(DB, 'connection refused', { source: 1 })],
        [ON_CENTRALIZED, healed(DB)],
      ],
      'rolled-back',
      'VerificationFailedError',
    ],
    ['F03: going back does not help', [[ON_DISTRIBUTED, lagRises(DB, 4_000)]], 'needs-operator', 'VerificationFailedError'],
    ['D13: a full sync starts', [[ON_DISTRIBUTED, fullSync(DB)]], 'needs-operator', 'FullSyncError'],
    ['D11: the syncer gives up', [[ON_DISTRIBUTED, syncBecomes(DB, 'stopped')]], 'needs-operator', 'SyncStoppedError'],
    ['F09: somebody pauses the sync', [[ON_DISTRIBUTED, syncBecomes(DB, 'paused')]], 'needs-operator', 'ForeignChangeError'],
    [
      'E15: an alert of the syncer is raised',
      [
        [ON_DISTRIBUTED, alertRaised(DB, 'syncer_connection_error')],
        [ON_CENTRALIZED, healed(DB)],
      ],
      'rolled-back',
      'VerificationFailedError',
    ],
    [
      'E06: the availability check fails',
      [
        [ON_DISTRIBUTED, unavailable(DB)],
        [ON_CENTRALIZED, healed(DB)],
      ],
      'rolled-back',
      'VerificationFailedError',
    ],
  ];
  it.each(AFTER_THE_SWITCH)('%s', async (_name, when, outcome, error) => {
    const lab = await labWith(when);
    // The availability path is asked for on builds that have it.
    for (const node of lab.cluster.nodes) node.version = '8.0.20-96';
    const report = await run(lab);
    expect(report.outcome, report.error?.message).toBe(outcome);
    expect(report.error?.name).toBe(error);
    await expectSafe(lab, report);
  });

  it.each<[string, FaultEffect]>([
    ['D13: during a full sync', fullSync(DB, { perCommand: 1 })],
    ['D11: after the syncer gave up', syncBecomes(DB, 'stopped')],
  ])('%s the mode is not set back, whatever else failed', async (_name, effect) => {
    const lab = await labWith([[ON_DISTRIBUTED, effect]]);
    const report = await run(lab);
    expect(report.outcome).toBe('needs-operator');
    expect(sent(lab)).toContain(DISTRIBUTE);
    expect(sent(lab)).not.toContain(CENTRALIZE);
  });

  it('D13: a full sync that begins while the mode is being set stops the rollback as well', async () => {
    const lab = await labWith([
      [ON_DISTRIBUTED, fullSync(DB, { perCommand: 1 })],
      [ON_DISTRIBUTED, { kind: 'fall-back', commands: 3, what: 'proxies' }],
    ]);
    const report = await run(lab);
    expect(report.outcome).toBe('needs-operator');
    expect(sent(lab)).not.toContain(CENTRALIZE);
  });

  it('D15: leaves it to an operator when no source answers and a peer is down', async () => {
    const lab = await labWith(
      [
        [ON_DISTRIBUTED, peerGoesDown(DB, PEER)],
        [ON_DISTRIBUTED, outOfSync(DB, 'no route to host')],
      ],
      inActiveActive(),
    );
    const report = await run(lab);
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'PeerDownError' } });
    expect(sent(lab)).not.toContain(CENTRALIZE);
  });

  it('E14: rolls back when the peers see this cluster go, and it comes back with the mode', async () => {
    const lab = await labWith(
      [
        [ON_DISTRIBUTED, peerGoesDown(DB, PEER)],
        [ON_CENTRALIZED, healed(DB)],
      ],
      inActiveActive(),
    );
    expect(await run(lab)).toMatchObject({ outcome: 'rolled-back', error: { name: 'VerificationFailedError' } });
  });

  it.each<[string, FaultEffect]>([
    ['the sync is paused', syncBecomes(DB, 'paused')],
    ['a source is out of sync', outOfSync(DB, 'refused')],
    ['a full sync runs', fullSync(DB, { perCommand: 1 })],
    ['lag is far above what it was', lagRises(DB, 90_000)],
  ])('is refused before anything is written while %s', async (_name, effect) => {
    const lab = await labWith([['^status', effect]]);
    const report = await run(lab);
    expect(report.outcome).toBe('refused');
    await expectSafe(lab, report);
    expect((await timelineOf(lab)).filter((event) => event.type === 'finding' && event.effect === 'blocks')).not.toEqual([]);
  });

  it('is refused for a database that does not replicate', async () => {
    const lab = await labWith([], { relations: {} });
    const report = await run(lab);
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('does not replicate') } });
  });

  it('goes back to centralized although its source of health data does not answer', async () => {
    const lab = await labWith([], { policy: 'all-master-shards', syncerMode: 'distributed', relations: { replica: replicaOf(1) } });
    await lab.silence();
    const report = await lab.run({ wanted: { syncerMode: 'centralized' } });
    expect(report).toMatchObject({ outcome: 'applied', health: 'unverified' });
  });

  it('is refused when its source of health data does not answer, rather than changed unwatched', async () => {
    const lab = await labWith([]);
    await lab.silence();
    expect(await run(lab)).toMatchObject({ outcome: 'refused', error: { name: 'ClusterUnreachableError' } });
  });
});

describe('a request that requires health data', () => {
  const strict = { verification: { ...VERIFICATION, requireHealth: true } };

  it('is carried out where there is a source of it', async () => {
    const lab = await labWith([]);
    expect(await lab.run(strict)).toMatchObject({ outcome: 'applied', health: 'verified' });
  });
});
