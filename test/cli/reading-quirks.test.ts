import { describe, expect, it } from 'vitest';
import { type ForeignCluster, multi, neighbour, orders, ordersOfClass, single } from '../support/foreign-rladmin/foreign-cluster.ts';
import { workplaces } from './command-line.ts';

const at = workplaces();
const WRITES = ['bind db db:7 endpoint 7:1 policy all-master-shards', 'tune db db:7 syncer_mode distributed'];
const twoNodesAnd = (third: object) => [{ id: 1 }, { id: 2 }, { id: 3, ...third }];

// The letters and numbers are the rows of docs/failures.md.
const refused: [why: string, cluster: ForeignCluster][] = [
  ['a node is down (B16)', { nodes: twoNodesAnd({ status: 'DOWN, last seen 41s ago' }) }],
  ['a data node is in maintenance (B16)', { nodes: twoNodesAnd({ shards: '0/0' }) }],
  [
    'an empty node does not say whether it is quorum-only',
    { nodes: twoNodesAnd({ shards: '0/0', quorumOnly: true }), quirks: { 'info-node': 'unsupported' } },
  ],
  ['a node reports an error', { nodes: twoNodesAnd({ status: 'CCS ERROR: timed out' }) }],
  ['node versions differ (H05)', { nodes: twoNodesAnd({ version: '7.8.6-95' }) }],
  ['the version cannot show the mode', { nodes: [1, 2, 3].map((id) => ({ id, version: '6.2.10-121' })) }],
  ['the cluster is in upgrade mode', { quirks: { 'upgrade-mode': 'enabled' } }],
  ['a maintenance task runs (B15)', { quirks: { task: 'maintenance_on (5b0f1d0e-6a57-4a0c-9a35-3f0c0f7f3c11) Node: 2 Status: running' } }],
  ['the database is not active', { databases: [orders({ status: 'active-change-pending' })] }],
  ['the database carries a warning (B17)', { databases: [orders({ status: 'active, OLD REDIS VERSION' })] }],
  ['a job runs on the database', { databases: [orders({ job: ['RUNNING', 'SMUpdateBDB'] })] }],
  ['the job of the database is stuck (B21)', { databases: [orders({ job: ['FINAL ERROR', 'SMRedisFailover'] })] }],
  ['info prints no syncer_mode (B10)', { quirks: { 'no-mode': '1' } }],
  ['info answers for another database (B11)', { quirks: { 'info-name': 'carts' } }],
  ['info prints the block twice (B11)', { quirks: { 'other-block': '7' } }],
  ['the database has no endpoint (B06)', { databases: [orders({ endpoints: [] }), neighbour] }],
  ['the endpoint is bound to no node', { databases: [orders({ endpoints: [{ policy: 'single', nodes: [] }] }), neighbour] }],
  ['endpoints differ in their policy (B09)', { databases: [ordersOfClass.X] }],
  ['a list cannot be read (B08)', { databases: [orders({ endpoints: [{ policy: 'all-nodes', lists: '-2,3', nodes: [1] }] })] }],
  ['a policy is unknown', { databases: [orders({ endpoints: [{ policy: 'all-master-nodes', nodes: [1, 2] }] })] }],
  ['a mode is unknown', { databases: [orders({ mode: 'Distributed' })] }],
  ['an endpoint sits on a node that is not listed', { databases: [orders({ endpoints: [single(9)] })] }],
  ['a shard is sick', { databases: [orders({ shardStatus: 'LOADING' })] }],
  ['status prints nothing', { quirks: { status: 'empty' } }],
  ['status prints an error and exits 0 (B21)', { quirks: { status: 'garbage' } }],
  ['no status works at all', { quirks: { status: 'unsupported' } }],
  ['info db does not work', { quirks: { 'info-db': 'unsupported' } }],
  ['excludes would leave one proxy', { databases: [orders({ endpoints: [{ policy: 'all-nodes', lists: '-2 -3', nodes: [1] }] })] }],
  [
    'the OSS Cluster API is on and the version predates the fix',
    { databases: [orders({ oss: 'enabled', endpoints: [multi()] })], nodes: [1, 2, 3].map((id) => ({ id, version: '7.8.2-34' })) },
  ],
];

describe.concurrent('apply refuses and writes nothing when', () => {
  it.each(refused)('%s', async (_why, cluster) => {
    const workplace = at(cluster, { deadlineSeconds: 3 });
    const { code, document, stderr } = await workplace.apply('lab/db:7');
    expect([code, document.outcome], stderr).toEqual([3, 'refused']);
    expect([...(document.plan?.blockers ?? []), document.error?.message ?? ''].join('')).not.toBe('');
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('something stands in the way, so no lock is left behind', async () => {
    const workplace = at({ quirks: { 'upgrade-mode': 'enabled' } });
    await workplace.apply();
    expect(JSON.parse((await workplace.run(['list', '--json'])).stdout)).toMatchObject({ locks: [] });
  });
});

const unharmed: [what: string, cluster: ForeignCluster][] = [
  ['status extra all is unsupported', { quirks: { 'status-extra': 'unsupported' } }],
  ['status extra all prints the plain tables', { quirks: { 'status-extra': 'ignored' } }],
  [
    'only the status tells that no job runs (B14, decision 0006)',
    { quirks: { 'running-actions': 'unsupported', 'status-extra': 'ignored' } },
  ],
  ['running_actions fails while EXEC_STATE is idle (B14)', { quirks: { 'running-actions': 'unsupported' } }],
  ['a quorum-only node is there', { nodes: twoNodesAnd({ shards: '0/0', quorumOnly: true }) }],
  ['info node is unsupported and no node is empty', { quirks: { 'info-node': 'unsupported' } }],
  ['info also prints the block of another database', { quirks: { 'other-block': '12' } }],
  ['the neighbour is broken', { databases: [orders(), { ...neighbour, status: 'recovery', shardStatus: 'DOWN' }] }],
  [
    'the neighbour has an unreadable policy',
    { databases: [orders(), { ...neighbour, endpoints: [{ policy: 'some-nodes', nodes: [1] }] }] },
  ],
  ['the first reading fails', { quirks: { status: 'flaky' } }],
  ['the writes answer on stderr', { quirks: { bind: 'stderr', 'tune-distributed': 'stderr' } }],
];

describe.concurrent('apply is not disturbed when', () => {
  it.each(unharmed)('%s', async (_what, cluster) => {
    const workplace = at(cluster);
    const { code, document, stderr } = await workplace.apply('lab/orders', '--policy', 'all-master-shards');
    expect([code, document.outcome], stderr).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual(WRITES);
  });

  it('info cluster is unsupported, but says that upgrade mode is unknown', async () => {
    const workplace = at({ quirks: { 'info-cluster': 'unsupported' } });
    const { code, document } = await workplace.apply();
    expect([0, 3]).toContain(code);
    expect([...document.plan.warnings, ...document.plan.blockers].join('\n')).toMatch(/upgrade/i);
  });

  it('only the status tells that no job runs, but warns', async () => {
    const workplace = at({ quirks: { 'running-actions': 'unsupported', 'status-extra': 'ignored' } });
    const { document } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect(document.plan.warnings.join('\n')).toMatch(/whether a job runs/);
  });

  it('every node is of an unknown version, but warns', async () => {
    const workplace = at({ nodes: [1, 2, 3].map((id) => ({ id, version: '100.0.21-16135' })) });
    const { document } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect(document.plan.warnings.join('\n')).toMatch(/100\.0\.21-16135|version/);
  });
});

describe.concurrent('a reading that hangs', () => {
  it.each(['status', 'info-db'])('is given up in %s, and refused', async (key) => {
    const workplace = at({ quirks: { [key]: 'hang' } }, { deadlineSeconds: 1 });
    const { process: running, ended } = workplace.start(['apply', 'lab/orders', '--to', 'distributed', '--yes', '--json']);
    // Longer than the documented deadline of the test, far shorter than the sixty seconds of a test's patience.
    const late = setTimeout(() => running.kill('SIGKILL'), 25_000);
    const { code } = await ended;
    clearTimeout(late);
    expect(code).toBe(3);
    expect(workplace.cluster.writes()).toEqual([]);
  });
});
