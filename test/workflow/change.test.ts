import { describe, expect, it } from 'vitest';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

describe('change workflow towards distributed', () => {
  it('E01: widens the policy, then sets the mode, and reports the proof, without a word on health (C1)', async () => {
    const lab = new Lab(clusterWith());
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({
      outcome: 'applied',
      health: 'unverified',
      target: { cluster: 'lab', database: 'orders', id: 'db:7' },
      before: { class: 'C1', endpoints: [{ id: '7:1', policy: 'single', nodes: [1] }] },
      after: { class: 'D2', effectiveMode: 'distributed', endpoints: [{ id: '7:1', policy: 'all-master-shards', nodes: [1, 2] }] },
    });
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
  });

  it('sets only the mode when the policy is wide already (C2)', async () => {
    const lab = new Lab(clusterWith({ policy: 'all-nodes' }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
    expect(sent(lab)).toEqual([DISTRIBUTE]);
    expect(lab.database.endpoints[0]?.policy).toBe('all-nodes');
  });

  it('D10: calls a flag that is set on a single proxy (D0) no success, and clears it before it widens the policy', async () => {
    const lab = new Lab(clusterWith({ syncerMode: 'distributed' }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'applied', before: { class: 'D0', syncerMode: 'distributed', effectiveMode: 'centralized' } });
    expect(sent(lab)).toEqual([CENTRALIZE, WIDEN, DISTRIBUTE]);
  });

  it('binds every endpoint of a database that has two', async () => {
    const lab = new Lab(clusterWith({ endpointCount: 2 }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
    expect(sent(lab)).toEqual([WIDEN, 'bind db db:7 endpoint 7:2 policy all-master-shards', DISTRIBUTE]);
  });

  it('D09: writes nothing when the database is distributed already (D2)', async () => {
    const lab = new Lab(clusterWith({ policy: 'all-nodes', syncerMode: 'distributed' }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('unchanged');
  });

  it('writes nothing when only a plan is asked for', async () => {
    const lab = new Lab(clusterWith());
    const report = await lab.run({ planOnly: true });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('planned');
    expect(report.plan?.steps.map((step) => step.command)).toEqual([WIDEN, DISTRIBUTE]);
  });

  it.each([
    ['placement leaves one proxy', clusterWith({ masters: [2, 2], replicas: [3, 3] }), /would bind endpoint 7:1 to only node 2/],
    ['an exclude list leaves one proxy (C3)', clusterWith({ policy: 'all-master-shards', exclude: [2] }), /bound to only node 1/],
    [
      'the flag is set and an exclude list leaves one proxy (D1)',
      clusterWith({ policy: 'all-nodes', exclude: [2, 3], syncerMode: 'distributed' }),
      /class D1/,
    ],
    ['the database is not active', clusterWith({ status: 'active, OLD REDIS VERSION' }), /OLD REDIS VERSION/],
    ['a job runs on the database', clusterWith({ execState: { state: 'running', machine: 'SMUpdateBDB' } }), /SMUpdateBDB/],
    ['the cluster is in upgrade mode', clusterWith({}, { upgradeMode: true }), /upgrade mode/],
    ['the cluster runs a task', clusterWith({}, { runningActions: ['maintenance_on (5b0f) Node: 2 Status: running'] }), /maintenance_on/],
  ])('refuses while %s', async (_why, cluster, message) => {
    const lab = new Lab(cluster);
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('refused');
    expect(report.error?.message).toMatch(message);
  });

  it.each([
    ['an approval', { approval: { required: true } }],
    ['a window', { window: { calendar: 'nights' } }],
    ['health data', { verification: { requireHealth: true } }],
  ])('refuses a request that needs %s, which this version does not have', async (_what, request) => {
    const lab = new Lab(clusterWith());
    const report = await lab.run(request);
    await expectSafe(lab, report);
    expect(report.outcome).toBe('refused');
  });

  it('refuses a request it does not understand, and believes nothing in it', async () => {
    const lab = new Lab(clusterWith());
    const forged = { halted: { Error: 'X' }, begun: {}, verification: { verdict: 'passed' } };
    const report = await lab.run(forged as never);
    await expectSafe(lab, report);
    expect(report).toMatchObject({
      outcome: 'refused',
      error: { name: 'InvalidInputError' },
      target: { cluster: 'lab', database: 'orders' },
    });
  });

  it('refuses a database whose name two databases have, and names their ids', async () => {
    const cluster = clusterWith();
    addDatabase(cluster, { id: 8, name: 'orders' });
    const report = await new Lab(cluster).run();
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'PreconditionFailedError' } });
    expect(report.error?.message).toContain('db:7, db:8');
  });

  it('replaces a wide policy by another only when the request names it', async () => {
    const lab = new Lab(clusterWith({ policy: 'all-nodes' }));
    const report = await lab.run({ wanted: { syncerMode: 'distributed', proxyPolicy: 'all-master-shards' } });
    await expectSafe(lab, report);
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
    expect(report.plan?.clientImpact.join()).toMatch(/clients of endpoint 7:1 on node 3 are disconnected/);
  });
});

describe('change workflow towards centralized', () => {
  it('sets the mode and leaves the policy wide', async () => {
    const lab = new Lab(clusterWith({ policy: 'all-nodes', syncerMode: 'distributed' }));
    const report = await lab.run({ wanted: { syncerMode: 'centralized' } });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
    expect(sent(lab)).toEqual([CENTRALIZE]);
    expect(lab.database.endpoints[0]?.policy).toBe('all-nodes');
  });

  it('goes on while a node is down, because that is when it is needed', async () => {
    const cluster = clusterWith({ policy: 'all-nodes', syncerMode: 'distributed' });
    for (const node of cluster.nodes) if (node.id === 3) node.status = 'DOWN, last seen 41s ago';
    const lab = new Lab(cluster);
    const report = await lab.run({ wanted: { syncerMode: 'centralized' } });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
    expect(report.plan?.warnings.join()).toContain('node 3');
  });

  it('sends its write once even when it is refused, and calls an operator', async () => {
    const cluster = clusterWith({ policy: 'all-nodes', syncerMode: 'distributed' });
    cluster.faults.push({ on: '^tune', times: 'always', effect: { kind: 'fail' } });
    const lab = new Lab(cluster);
    const report = await lab.run({ wanted: { syncerMode: 'centralized' } });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('needs-operator');
    expect(sent(lab)).toEqual([CENTRALIZE]);
  });
});

describe('the reading that also shows running jobs', () => {
  const wideReadings = async (times: 1 | 'always') => {
    const lab = new Lab(clusterWith({}, { faults: [{ on: '^status extra', times, effect: { kind: 'garbage', applied: false } }] }));
    expect((await lab.run()).outcome).toBe('applied');
    return lab.cluster.commands.filter(({ argv }) => argv[1] === 'extra').length;
  };

  it('is asked for again after one garbled answer', async () => {
    expect(await wideReadings(1)).toBeGreaterThan(2);
  });

  it('is given up where it is never understood', async () => {
    expect(await wideReadings('always')).toBe(2);
  });
});

describe('rollback', () => {
  const failing = () => {
    const cluster = clusterWith({ exclude: [3] });
    cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
    return new Lab(cluster);
  };

  it('leaves the policy wide', async () => {
    const lab = failing();
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      error: { name: 'VerificationFailedError' },
      after: { syncerMode: 'centralized' },
    });
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
    expect(lab.database.endpoints[0]?.policy).toBe('all-master-shards');
  });

  it('F06: restores policy and lists after centralized is proven when the request asks for it', async () => {
    const lab = failing();
    const report = await lab.run({ rollback: { restoreProxyPolicy: true } });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('rolled-back');
    expect(sent(lab)).toEqual([
      WIDEN,
      DISTRIBUTE,
      CENTRALIZE,
      'bind db db:7 endpoint 7:1 policy single',
      'bind db db:7 endpoint 7:1 exclude 3',
    ]);
    expect(lab.database.endpoints[0]).toMatchObject({ policy: 'single', exclude: [3] });
  });
});

describe('a rollback that comes at a bad moment', () => {
  it('waits for a job to end that somebody else started on the database', async () => {
    const cluster = clusterWith();
    cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
    const lab = new Lab(cluster);
    const report = await lab.run({}, (name, run) => async (event) => {
      if (name === 'Restore centralized') {
        lab.database.status = 'active-change-pending';
        cluster.faults.push({
          on: '^status',
          nth: 6,
          effect: { kind: 'foreign-change', database: 7, when: 'before', set: { status: 'active' } },
        });
      }
      return run(event);
    });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('rolled-back');
  });

  it('waits for reading to come back', async () => {
    const cluster = clusterWith();
    cluster.faults.push({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
    const lab = new Lab(cluster);
    const report = await lab.run({}, (name, run) => async (event) => {
      if (name === 'Restore centralized') cluster.faults.push({ on: '^(status|info)', times: 8, effect: { kind: 'fail' } });
      return run(event);
    });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('rolled-back');
  });
});

describe('cancelling', () => {
  const STATES = ['Inspect status', 'Begin change', 'Rebind policy', 'Tune syncer', 'Verify info'];

  it.each(STATES)('leaves the database centralized when it comes while %s runs', async (state) => {
    const lab = new Lab(clusterWith());
    const report = await lab.run({}, (name, run) => async (event) => {
      if (name === state) lab.cancel();
      return run(event);
    });
    await expectSafe(lab, report);
    expect(report.error?.name).toBe('ChangeCancelledError');
    expect(report.outcome).toBe(sent(lab).length > 0 ? 'rolled-back' : 'refused');
    expect(lab.database.syncerMode).toBe('centralized');
  });
});

describe('cancelling in a wait', () => {
  it.each(['Settle before verify info', 'Wait to verify info again'])('cuts %s short and goes straight to the rollback', async (wait) => {
    const lab = new Lab(clusterWith());
    lab.waits[wait] = 600_000;
    const running = lab.run();
    const waiting = setInterval(async () => {
      const samples = (await lab.store.get('chg-test'))?.timeline.filter(({ type }) => type === 'sample').length ?? 0;
      if (sent(lab).includes(DISTRIBUTE) && (samples > 0 || wait.startsWith('Settle'))) lab.cancel();
    }, 100);
    const report = await running;
    clearInterval(waiting);
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'rolled-back', error: { name: 'ChangeCancelledError' }, after: { syncerMode: 'centralized' } });
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
  });
});

describe('locks', () => {
  it('H01: refuse a second change and name the first', async () => {
    const lab = new Lab(clusterWith());
    const first = lab.run({}, (name, run) => async (event) => {
      if (name !== 'Rebind policy') return run(event);
      const second = await lab.run({}, undefined, 'chg-second');
      expect(second).toMatchObject({ outcome: 'refused', error: { name: 'LockHeldError' } });
      expect(second.error?.message).toContain('chg-test');
      return run(event);
    });
    const report = await first;
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
  });

  it('stand until an operator clears them, and a change whose lock is cleared under it stops', async () => {
    const lab = new Lab(clusterWith());
    const report = await lab.run({}, (name, run) => async (event) => {
      if (name === 'Tune syncer') await lab.store.clear('chg-test', 'somebody');
      return run(event);
    });
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'LockLostError' } });
    expect(sent(lab)).toEqual([WIDEN]);
  });
});
