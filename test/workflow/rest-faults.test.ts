/** One fault in a change over the REST API, by the row of the failure list. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import type { Fault, FaultEffect } from '../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { expectSafe } from '../support/invariants.ts';
import { putsOf, RestLab } from '../support/rest-lab.ts';

const BIND = '^PUT /v1/bdbs/7 .*proxy_policy';
const SWITCH = '^PUT /v1/bdbs/7 .*replica_sync_dist":true';
const BACK = '^PUT /v1/bdbs/7 .*replica_sync_dist":false';
const REHEARSAL = '^PUT /v1/bdbs/7\\?dry_run';
const DATABASE = '^GET /v1/bdbs/7\\?fields';
const ANYTHING = '^';

const labs: RestLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

async function labWith(faults: Fault[], database: DatabaseOptions = {}, settings: Partial<SimulatedCluster> = {}): Promise<RestLab> {
  const lab = await RestLab.open(clusterWith({ relations: { replica: replicaOf(1) }, ...database }, { faults, ...settings }));
  labs.push(lab);
  return lab;
}
const status = (code: number, error_code: string, applied = false): FaultEffect => ({
  kind: 'status',
  status: code,
  applied,
  body: { error_code, description: `${error_code} it is` },
});
const once = (on: string, effect: FaultEffect, nth = 1): Fault => ({ on, nth, effect });
const always = (on: string, effect: FaultEffect): Fault => ({ on, times: 'always', effect });

type Row = readonly [rows: string, faults: Fault[], outcome: Outcome, tells?: string];

const BEFORE_A_WRITE: readonly Row[] = [
  ['G01: the login is refused', [always(ANYTHING, status(401, 'unauthorized'))], 'refused', '401'],
  ['G03: the role may not read', [always(DATABASE, status(403, 'forbidden'))], 'refused', '403'],
  ['G03: the role may not write', [always(REHEARSAL, status(403, 'forbidden'))], 'refused', 'forbidden'],
  [
    'G05: the version has no actions per database',
    [always('^GET /v1/actions/bdb', { kind: 'status', status: 404, applied: false })],
    'applied',
  ],
  ['G09: a node does not answer for a moment', [once('^GET /v1/nodes', { kind: 'status', status: 503, applied: false })], 'applied'],
  ['G10: the gateway fails for a moment', [once(DATABASE, { kind: 'status', status: 502, applied: false })], 'applied'],
  ['G10: the gateway fails for good', [always(DATABASE, { kind: 'status', status: 502, applied: false })], 'refused'],
  ['G11: a header is not understood', [always('^GET /v1/bdbs\\?', status(505, 'bad_version'))], 'refused'],
  ['G12: too many connections for a moment', [once(DATABASE, { kind: 'status', status: 429, applied: false })], 'applied'],
  [
    'G13 G14: sent to a host that is no node',
    [always('^GET /v1/bdbs\\?', { kind: 'redirect', to: 'https://203.0.113.9:9443' })],
    'refused',
    'primary',
  ],
  ['G22: connections are refused for a moment', [once('^GET /v1/nodes', { kind: 'drop', applied: false })], 'applied'],
  ['G25: a page of somebody else answers', [always('^GET /v1/bdbs\\?', { kind: 'html', applied: false })], 'refused'],
  ['G29: an answer is cut', [always(DATABASE, { kind: 'truncated' })], 'refused'],
  [
    'C11: the policy is not accepted',
    [always(`${REHEARSAL}.*proxy_policy`, status(406, 'invalid_proxy_policy'))],
    'refused',
    'invalid_proxy_policy',
  ],
  [
    'C13: something else is wrong with the database',
    [always(REHEARSAL, status(406, 'certificate_expired'))],
    'refused',
    'certificate_expired',
  ],
  ['D08 G08: the request is malformed', [always(REHEARSAL, status(400, 'bad_schema'))], 'refused', 'bad_schema'],
];

const DURING_WRITES: readonly Row[] = [
  ['C02 D01: jobs take their time', [once(BIND, { kind: 'busy', commands: 6 }), once(SWITCH, { kind: 'busy', commands: 6 })], 'applied'],
  ['C08: the bind never ends', [once(BIND, { kind: 'busy', commands: 100_000 })], 'needs-operator'],
  ['D20: the switch never ends', [once(SWITCH, { kind: 'busy', commands: 100_000 })], 'needs-operator'],
  ['C14 C03: the bind is taken and does nothing', [once(BIND, { kind: 'no-effect' })], 'needs-operator'],
  ['D06: the flag is set, the mode does not follow', [once(SWITCH, { kind: 'flag-only' })], 'needs-operator'],
  ['D07: the flag is ignored', [once(SWITCH, { kind: 'no-effect' })], 'rolled-back', 'ignored'],
  ['G07: the database is busy with another change for a while', [once(SWITCH, status(409, 'db_busy'))], 'applied'],
  ['G07: the database stays busy', [always(SWITCH, status(409, 'db_busy'))], 'rolled-back'],
  ['G23 GR1: no answer, and the bind was done', [once(BIND, { kind: 'drop', applied: true })], 'applied'],
  ['G23 GR1: no answer, and the switch was done', [once(SWITCH, { kind: 'drop', applied: true })], 'applied'],
  ['G23 GR3: no answer, and the switch was not done', [once(SWITCH, { kind: 'drop', applied: false })], 'rolled-back'],
  ['G10 G24: the gateway fails, and the switch was done', [once(SWITCH, { kind: 'status', status: 504, applied: true })], 'applied'],
  ['G25: a page of somebody else answers the switch', [once(SWITCH, { kind: 'html', applied: true })], 'applied'],
  ['G06: the action is forgotten at once', [always('^GET /v1/actions/[a-z]?\\w{8}-', status(404, 'action_not_found'))], 'applied'],
  [
    'E12: the action stays running, the database is done',
    [always('^GET /v1/actions/bdb', { kind: 'status', status: 404, applied: false })],
    'applied',
  ],
  ['G03: the role may not switch', [once(SWITCH, status(403, 'forbidden'))], 'rolled-back', 'forbidden'],
  [
    'G01: the login is refused in the middle',
    [{ on: ANYTHING, nth: 42, times: 'always', effect: status(401, 'unauthorized') }],
    'needs-operator',
  ],
  [
    'G09 GR6: nobody answers any more',
    [{ on: ANYTHING, nth: 40, times: 'always', effect: { kind: 'drop', applied: false } }],
    'needs-operator',
  ],
  ['G04: the database is gone after the bind', [once(SWITCH, { kind: 'drop-database', database: 7 })], 'needs-operator'],
  [
    'F02: the way back is refused',
    [once(SWITCH, { kind: 'fall-back', commands: 4, what: 'proxies' }), always(BACK, status(409, 'db_busy'))],
    'needs-operator',
  ],
  ['C04: the policy is taken, one node is bound', [once(BIND, { kind: 'fall-back', commands: 0, what: 'proxies' })], 'rolled-back'],
  ['C15: the policy falls back', [once(BIND, { kind: 'fall-back', commands: 12, what: 'policy' })], 'needs-operator'],
  ['E13: the mode falls back', [once(SWITCH, { kind: 'fall-back', commands: 14, what: 'mode' })], 'rolled-back'],
];

const VERIFICATION = { samples: 2, intervalSeconds: 10, deadlineSeconds: 300 };

describe('one fault in a change over REST', () => {
  const rows = [...BEFORE_A_WRITE, ...DURING_WRITES].map(([name, faults, outcome, tells = '']) => [name, faults, outcome, tells] as const);
  it.each(rows)('%s', async (_rows, faults, outcome, tells) => {
    const lab = await labWith(faults);
    const report = await lab.run({ verification: VERIFICATION });
    expect(report.outcome, report.error?.message).toBe(outcome);
    if (tells) expect(report.error?.message).toContain(tells);
    await expectSafe(lab, report);
    const puts = putsOf(lab).filter((line) => !line.includes('":false'));
    const answered409 = faults.some(({ effect }) => effect.kind === 'status' && effect.status === 409);
    if (!answered409) expect(new Set(puts).size, 'a write was sent twice').toBe(puts.length);
    if (outcome === 'refused') expect(putsOf(lab)).toEqual([]);
  });

  it('G16: a rehearsal that was carried out is noticed', async () => {
    const lab = await labWith([once(`${REHEARSAL}.*replica_sync`, { kind: 'dry-run-lost' })]);
    const report = await lab.run({ verification: VERIFICATION });
    expect(putsOf(lab).filter((line) => line.includes('replica_sync'))).toEqual([]);
    expect(report.outcome).not.toBe('refused');
    await expectSafe(lab, report);
  });

  it('G01: logs in once and no more when the login is refused', async () => {
    const lab = await labWith([always(ANYTHING, status(401, 'unauthorized'))]);
    await lab.run();
    expect(lab.cluster.commands).toHaveLength(1);
  });

  it.each<[string, DatabaseOptions, Partial<SimulatedCluster>, string]>([
    ['C12: lists and the OSS Cluster API', { ossCluster: true, policy: 'single' }, {}, ''],
    ['U9: an endpoint has lists, which REST cannot put back', { exclude: [3] }, {}, 'list'],
    ['H05: nodes run different versions', {}, {}, 'versions'],
    ['B15: the cluster is at work', {}, { runningActions: ['rebalance'] }, 'rebalance'],
    ['B17: the database is not active', { status: 'recovery' }, {}, 'recovery'],
    ['the cluster is in upgrade mode', {}, { upgradeMode: true }, 'upgrade mode'],
  ])('%s', async (name, database, settings, tells) => {
    const lab = await labWith([], database, settings);
    if (name.startsWith('H05')) for (const node of lab.cluster.nodes.slice(0, 1)) node.version = '7.22.0-95';
    const report = await lab.run();
    if (tells) expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining(tells) } });
    else expect(report.outcome, report.error?.message).toBe('applied');
    await expectSafe(lab, report);
  });

  it('G30: names the databases that the login may see when the wanted one is not among them', async () => {
    const lab = await labWith([]);
    const report = await lab.run({ target: { cluster: 'lab', database: 'hidden' } });
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('orders') } });
  });
});
