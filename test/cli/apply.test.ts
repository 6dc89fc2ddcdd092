import { describe, expect, it } from 'vitest';
import { multi, neighbour, orders, ordersOfClass, single } from '../support/foreign-rladmin/foreign-cluster.ts';
import { type ReportedFacts, workplaces } from './command-line.ts';

const at = workplaces();
const BIND = 'bind db db:7 endpoint 7:1 policy all-master-shards';
const DISTRIBUTED = 'tune db db:7 syncer_mode distributed';
const CENTRALIZED = 'tune db db:7 syncer_mode centralized';

/** The calls between two others. */
const between = (calls: readonly string[], from: string, to: string) => calls.slice(calls.indexOf(from) + 1, calls.indexOf(to));
const readsState = (calls: readonly string[]) => calls.some((call) => call.startsWith('status')) && calls.includes('info db db:7');

describe.concurrent('apply', () => {
  it('takes a database of class C1 to D2, one bind and one tune', async () => {
    const workplace = at();
    const { code, document } = await workplace.apply();
    expect([code, document.outcome, document.health]).toEqual([0, 'applied', 'unverified']);
    expect([document.before.class, document.after.class]).toEqual(['C1', 'D2']);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
    expect(workplace.cluster.database(7)).toEqual({
      mode: 'distributed',
      endpoints: [{ policy: 'all-master-shards', nodes: [1, 2] }],
    });
  });

  it('proves the bind before it sends distributed, and reads the state back after the last write', async () => {
    const workplace = at();
    await workplace.apply();
    const calls = workplace.cluster.calls();
    expect(readsState(between(calls, BIND, DISTRIBUTED))).toBe(true);
    expect(readsState(calls.slice(calls.indexOf(DISTRIBUTED) + 1))).toBe(true);
  });

  it('leaves the policy of class C2 alone', async () => {
    const workplace = at({ databases: [ordersOfClass.C2, neighbour] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual([DISTRIBUTED]);
  });

  it('holds class D0 centralized, proves that, then binds, then tunes', async () => {
    const workplace = at({ databases: [ordersOfClass.D0, neighbour] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome, document.before.class, document.after.class]).toEqual([0, 'applied', 'D0', 'D2']);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED, BIND, DISTRIBUTED]);
    expect(readsState(between(workplace.cluster.calls(), CENTRALIZED, BIND))).toBe(true);
    expect(readsState(between(workplace.cluster.calls(), BIND, DISTRIBUTED))).toBe(true);
  });

  it('D09: writes nothing when the database is in the wanted state', async () => {
    const workplace = at({ databases: [ordersOfClass.D2] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([0, 'unchanged']);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('is unchanged the second time', async () => {
    const workplace = at();
    await workplace.apply();
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([0, 'unchanged']);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it.each(['C3', 'D1', 'X'] as const)('refuses class %s and writes nothing', async (name) => {
    const workplace = at({ databases: [ordersOfClass[name]] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(document.plan.blockers).not.toEqual([]);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('refuses when all primaries sit on one node, because the policy would bind one proxy', async () => {
    const workplace = at({ databases: [orders({ primaries: [2, 2] })] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('reaches two nodes with all-nodes where all-master-shards would not', async () => {
    const workplace = at({ databases: [orders({ primaries: [2, 2] })] });
    const { code, document } = await workplace.apply('lab/orders', '--policy', 'all-nodes');
    expect([code, document.outcome]).toEqual([0, 'applied']);
    expect(workplace.cluster.database(7).endpoints).toEqual([{ policy: 'all-nodes', nodes: [1, 2, 3] }]);
  });

  it('takes the policy of the configuration when the command line names none', async () => {
    const workplace = at();
    const { clusters } = JSON.parse(workplace.configuration()) as { clusters: unknown };
    workplace.configure({
      clusters,
      defaults: { proxyPolicy: 'all-nodes', verification: { settleSeconds: 0, intervalSeconds: 0, samples: 2, deadlineSeconds: 20 } },
    });
    await workplace.apply();
    expect(workplace.cluster.writes()).toEqual([BIND.replace('all-master-shards', 'all-nodes'), DISTRIBUTED]);
  });

  it('changes every endpoint of a database', async () => {
    const workplace = at({ databases: [orders({ endpoints: [single(), single(1)] }), neighbour] });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual([BIND, BIND.replace('7:1', '7:2'), DISTRIBUTED]);
    expect(workplace.cluster.database(7).endpoints.map(({ nodes }) => nodes)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('B13: changes database 1 and not database 12', async () => {
    const workplace = at({
      databases: [
        { id: 12, name: 'b', endpoints: [single()], primaries: [1, 2] },
        { id: 1, name: 'a', endpoints: [single()], primaries: [1, 2] },
      ],
    });
    const { code } = await workplace.apply('lab/db:1');
    expect(code).toBe(0);
    expect(workplace.cluster.writes()).toEqual([
      'bind db db:1 endpoint 1:1 policy all-master-shards',
      'tune db db:1 syncer_mode distributed',
    ]);
  });

  it('addresses a database called 7 by its id', async () => {
    const workplace = at({
      databases: [orders({ id: 7 }), { id: 3, name: '7', endpoints: [single()], primaries: [1, 2] }],
    });
    const { code, document } = await workplace.apply('lab/7');
    expect([code, document.target]).toEqual([0, { cluster: 'lab', database: '7', id: 'db:3' }]);
    expect(workplace.cluster.writes()).toEqual([
      'bind db db:3 endpoint 3:1 policy all-master-shards',
      'tune db db:3 syncer_mode distributed',
    ]);
  });

  it('refuses a database that does not exist and writes nothing', async () => {
    const workplace = at();
    const { code, document } = await workplace.apply('lab/unknown');
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('goes back to centralized without a policy', async () => {
    const workplace = at({ databases: [ordersOfClass.D2] });
    const { code, document } = await workplace.json('apply', 'lab/orders', '--to', 'centralized', '--yes');
    expect([code, document.outcome, document.after.class]).toEqual([0, 'applied', 'C2']);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED]);
  });

  it.each([
    [
      'the way back, even when a narrower policy is named',
      'distributed',
      ['--to', 'centralized', '--policy', 'all-master-shards'],
      [CENTRALIZED],
    ],
    ['the way out, unless a narrower policy is named', 'centralized', ['--to', 'distributed'], [DISTRIBUTED]],
    [
      'the way out when exactly that is asked for',
      'centralized',
      ['--to', 'distributed', '--policy', 'all-master-shards'],
      [BIND, DISTRIBUTED],
    ],
  ])('narrows all-nodes only when asked to: %s', async (_way, mode, flags, writes) => {
    const workplace = at({ databases: [orders({ mode, endpoints: [{ policy: 'all-nodes', nodes: [1, 2, 3] }] })] });
    const { code, document } = await workplace.json('apply', 'lab/orders', ...flags, '--yes');
    expect([code, document.outcome]).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual(writes);
  });

  it('asks before the first write, so without a terminal and without --yes nothing is written', async () => {
    const workplace = at();
    const { code } = await workplace.run(['apply', 'lab/orders', '--to', 'distributed']);
    expect(code).not.toBe(0);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('keeps the reason and whoever asked', async () => {
    const workplace = at();
    const { document } = await workplace.apply('lab/orders', '--reason', 'CHG-1234 "quoted" $(id)');
    const { stdout } = await workplace.run(['show', document.changeId, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ request: { reason: 'CHG-1234 "quoted" $(id)' } });
  });
});

const FACTS = ['class', 'effectiveMode', 'endpoints', 'syncerMode'];
const keysOf = (value: object | undefined): string[] => Object.keys(value ?? {}).sort();
const expectFacts = (facts: ReportedFacts | undefined) => {
  expect(keysOf(facts)).toEqual(FACTS);
  for (const endpoint of facts?.endpoints ?? []) expect(keysOf(endpoint)).toEqual(['id', 'nodes', 'policy']);
};

describe.concurrent('the JSON document', () => {
  it('has exactly the documented keys after a change, and names the steps in the words of the workflow', async () => {
    const { document } = await at().apply();
    expect(keysOf(document)).toEqual(['after', 'before', 'changeId', 'health', 'outcome', 'plan', 'steps', 'target']);
    expect(keysOf(document.target)).toEqual(['cluster', 'database', 'id']);
    expectFacts(document.before);
    expectFacts(document.after);
    expect(keysOf(document.plan).filter((key) => key !== 'clientImpact')).toEqual(['blockers', 'hash', 'steps', 'warnings']);
    for (const step of document.plan.steps) expect(keysOf(step)).toEqual(['command', 'name']);
    for (const step of document.steps) expect(keysOf(step)).toEqual(['endedAt', 'name', 'result', 'startedAt']);
    expect([...new Set(document.steps.map(({ name }) => name))]).toEqual([
      'Inspect status',
      'Begin change',
      'Rebind policy',
      'Tune syncer',
      'Verify info',
      'Complete change',
    ]);
    for (const { startedAt, endedAt, result } of document.steps) {
      expect(result).toBe('succeeded');
      expect(Date.parse(endedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
    }
  });

  it('carries name and message of the error when a change fails', async () => {
    const { code, document } = await at({ quirks: { 'tune-distributed': 'refused' } }).apply();
    expect(code).toBe(6);
    expect(keysOf(document.error)).toEqual(['message', 'name']);
    expectFacts(document.after);
  });

  it('carries the error of a refusal', async () => {
    const { document } = await at({ databases: [ordersOfClass.C3] }).apply();
    expect(document.error === undefined || keysOf(document.error).join() === 'message,name').toBe(true);
    expectFacts(document.before);
  });

  it.each([['plan'], ['apply', '--yes']])('is all that %s prints to stdout', async (verb, ...flags) => {
    const { stdout } = await at({ databases: [orders({ endpoints: [multi()] })] }).run([
      verb,
      'lab/orders',
      '--to',
      'distributed',
      ...flags,
      '--json',
    ]);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({ target: { id: 'db:7' } });
  });

  it('comes without progress when told to be quiet', async () => {
    const { stderr, stdout } = await at().run(['apply', 'lab/orders', '--to', 'distributed', '--yes', '--json', '--quiet']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'applied' });
  });

  it('leaves progress on stderr and the result on stdout without --json', async () => {
    const { stderr, stdout } = await at().run(['apply', 'lab/orders', '--to', 'distributed', '--yes']);
    expect(stderr).toContain('Tune syncer');
    expect(stdout).toContain('applied');
    expect(stdout + stderr).not.toContain('\u001b');
  });
});
