import { describe, expect, it } from 'vitest';
import {
  type ForeignCluster,
  multi,
  neighbour,
  orders,
  ordersOfClass,
  type Quirks,
  single,
} from '../support/foreign-rladmin/foreign-cluster.ts';
import { type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const BIND = 'bind db db:7 endpoint 7:1 policy all-master-shards';
const DISTRIBUTED = 'tune db db:7 syncer_mode distributed';
const CENTRALIZED = 'tune db db:7 syncer_mode centralized';
const FAST = { deadlineSeconds: 2 };

const locks = async (workplace: Workplace): Promise<unknown[]> => {
  const { stdout } = await workplace.run(['list', '--json']);
  return (JSON.parse(stdout) as { locks: unknown[] }).locks;
};
const timesSent = (workplace: Workplace, call: string) => workplace.cluster.writes().filter((write) => write === call).length;

describe.concurrent('a write that answers oddly but takes effect is applied when', () => {
  const odd: [what: string, cluster: ForeignCluster][] = [
    ['the bind is silent', { quirks: { bind: 'silent' } }],
    ['the tune is silent', { quirks: { 'tune-distributed': 'silent' } }],
    ['the bind reports an error (D04)', { quirks: { bind: 'error-but-applied' } }],
    ['the tune reports an error (D04)', { quirks: { 'tune-distributed': 'error-but-applied' } }],
    ['the bind is killed after its work (GR1)', { quirks: { bind: 'killed' } }],
    ['the tune is killed after its work (GR1)', { quirks: { 'tune-distributed': 'killed' } }],
    ['the bind hangs after its work (A13)', { quirks: { bind: 'hang-after' } }],
    ['the tune hangs after its work (A13)', { quirks: { 'tune-distributed': 'hang-after' } }],
    ['the bind is slow', { quirks: { 'slow-bind': '1' } }],
  ];

  it.each(odd)('%s', async (_what, cluster) => {
    const workplace = at(cluster, { deadlineSeconds: 3 });
    const { code, document, stderr } = await workplace.apply();
    expect([code, document.outcome], stderr).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it('the bind prints "Nothing to do" and exits 1, because the policy is in force by then (C01)', async () => {
    const workplace = at({ quirks: { 'before-bind': 'endpoints|7:1|2|all-master-shards\nendpoints|7:1|4|1,2' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([0, 'applied']);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });
});

describe.concurrent('a bind', () => {
  it('that binds one node only ends before the mode change, and its policy stays (C04)', async () => {
    const workplace = at({ quirks: { bind: 'one-node' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([6, 'rolled-back']);
    expect(workplace.cluster.writes().filter((write) => write !== CENTRALIZED)).toEqual([BIND]);
    expect(workplace.cluster.database(7)).toEqual({ mode: 'centralized', endpoints: [{ policy: 'all-master-shards', nodes: [2] }] });
  });

  it('that reports success without effect needs an operator, and is not repeated (C03)', async () => {
    const workplace = at({ quirks: { bind: 'no-effect' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(workplace.cluster.writes()).toEqual([BIND]);
    expect(await locks(workplace)).toHaveLength(1);
  });

  it.each(['refused', 'usage', 'prompt'])('that is %s leaves the database centralized and is not repeated (C06)', async (answer) => {
    const workplace = at({ quirks: { bind: answer } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([6, 'rolled-back']);
    expect(timesSent(workplace, BIND)).toBe(1);
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
    expect(workplace.cluster.database(7)).toEqual({ mode: 'centralized', endpoints: [{ policy: 'single', nodes: [2] }] });
    expect(await locks(workplace)).toEqual([]);
  });

  it('that hangs without effect never leads to distributed', async () => {
    const workplace = at({ quirks: { bind: 'hang-before' } }, FAST);
    const { code } = await workplace.apply();
    expect([6, 7]).toContain(code);
    expect(timesSent(workplace, BIND)).toBe(1);
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
  });

  it('that another controller takes back is not fought (C15)', async () => {
    const workplace = at({ quirks: { 'policy-back-after': '1' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([6, 7]).toContain(code);
    expect(document.outcome).not.toBe('applied');
    expect(timesSent(workplace, BIND)).toBe(1);
    expect(timesSent(workplace, DISTRIBUTED)).toBe(0);
  });

  it('after which somebody else sets the mode stops the change (rule 5)', async () => {
    const workplace = at({ quirks: { 'after-bind': 'databases|7|7|distributed' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(workplace.cluster.writes()).toEqual([BIND]);
  });

  it('of the second endpoint that fails leaves the mode centralized', async () => {
    const workplace = at({ databases: [orders({ endpoints: [single(), single(1)] }), neighbour] }, FAST);
    workplace.cluster.setQuirk('after-bind', 'nodes|3|9|DOWN, last seen 4s ago');
    const { code } = await workplace.apply();
    expect(code).toBe(7);
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
  });
});

describe.concurrent('a mode change', () => {
  it('without effect needs an operator, and is not repeated (D02)', async () => {
    const workplace = at({ quirks: { 'tune-distributed': 'no-effect' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(timesSent(workplace, DISTRIBUTED)).toBe(1);
    expect(await locks(workplace)).toHaveLength(1);
  });

  it.each(['refused', 'usage', 'prompt'])('that is %s is rolled back, and the wider policy stays (D03, D05)', async (answer) => {
    const workplace = at({ quirks: { 'tune-distributed': answer } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([6, 'rolled-back']);
    expect(timesSent(workplace, DISTRIBUTED)).toBe(1);
    expect(workplace.cluster.database(7)).toEqual({
      mode: 'centralized',
      endpoints: [{ policy: 'all-master-shards', nodes: [1, 2] }],
    });
    expect(await locks(workplace)).toEqual([]);
  });

  it('that hangs without effect is never reported as applied', async () => {
    const workplace = at({ quirks: { 'tune-distributed': 'hang-before' } }, FAST);
    const { code } = await workplace.apply();
    expect([6, 7]).toContain(code);
    expect(timesSent(workplace, DISTRIBUTED)).toBe(1);
  });

  it.each([1, 2])('that undoes itself after %i readings is never reported as applied', async (readings) => {
    // At least three readings follow the write: one proves it, two are the samples.
    const workplace = at({ databases: [ordersOfClass.C2, neighbour], quirks: { 'mode-back-after': String(readings) } }, FAST);
    const { code, document } = await workplace.apply();
    expect([6, 7]).toContain(code);
    expect(document.outcome).not.toBe('applied');
    expect(timesSent(workplace, DISTRIBUTED)).toBe(1);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
  });

  it('during which a node goes down needs an operator', async () => {
    const workplace = at({ quirks: { 'after-tune-distributed': 'nodes|2|9|DOWN, last seen 4s ago' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(timesSent(workplace, DISTRIBUTED)).toBe(1);
  });

  it('after which somebody narrows the policy is not applied, and the policy is not fought over', async () => {
    const workplace = at(
      { databases: [ordersOfClass.C2, neighbour], quirks: { 'after-tune-distributed': 'endpoints|7:1|2|single' } },
      FAST,
    );
    const { code, document } = await workplace.apply();
    expect([6, 7]).toContain(code);
    expect(document.outcome).not.toBe('applied');
    expect(workplace.cluster.writes().filter((write) => write.startsWith('bind'))).toEqual([]);
  });

  it('after which nothing can be read any more needs an operator and keeps the lock (GR6)', async () => {
    const workplace = at({ databases: [ordersOfClass.C2, neighbour], quirks: { 'status-after-write': 'unsupported' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(workplace.cluster.writes()).toEqual([DISTRIBUTED]);
    expect(await locks(workplace)).toHaveLength(1);
  });

  it('whose database stays busy past the deadline needs an operator (D20)', async () => {
    const workplace = at(
      { databases: [ordersOfClass.C2, neighbour], quirks: { 'after-tune-distributed': 'databases|7|5|active-change-pending' } },
      FAST,
    );
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(workplace.cluster.writes()).toEqual([DISTRIBUTED]);
  });
});

describe.concurrent('a roll-back', () => {
  const failing: Quirks = { 'after-tune-distributed': 'endpoints|7:1|4|1' };

  it('restores centralized when distributed reaches one node only', async () => {
    const workplace = at({ databases: [ordersOfClass.C2, neighbour], quirks: failing }, FAST);
    const { code } = await workplace.apply();
    expect([6, 7]).toContain(code);
    if (code === 6) expect(workplace.cluster.database(7).mode).toBe('centralized');
  });

  it('that cannot be proven needs an operator', async () => {
    const workplace = at(
      {
        databases: [ordersOfClass.C2, neighbour],
        quirks: { 'after-tune-distributed': 'endpoints|7:1|4|1', 'tune-centralized': 'no-effect' },
      },
      FAST,
    );
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([7, 'needs-operator']);
    expect(timesSent(workplace, CENTRALIZED)).toBeLessThanOrEqual(1);
    expect(await locks(workplace)).toHaveLength(1);
  });

  it('of class D0 ends centralized when the bind fails', async () => {
    const workplace = at({ databases: [ordersOfClass.D0, neighbour], quirks: { bind: 'refused' } }, FAST);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([6, 'rolled-back']);
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
  });

  it('of class D0 binds nothing when the hold fails', async () => {
    const workplace = at({ databases: [ordersOfClass.D0, neighbour], quirks: { 'tune-centralized': 'no-effect' } }, FAST);
    const { code } = await workplace.apply();
    expect(code).toBe(7);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED]);
  });
});

describe.concurrent('hostile endpoints', () => {
  it('bound to the same node twice are not two nodes', async () => {
    const workplace = at({ databases: [orders({ endpoints: [multi(2, 2)], primaries: [2] }), neighbour] });
    const { code } = await workplace.apply();
    expect(code).toBe(3);
    expect(workplace.cluster.writes()).toEqual([]);
  });
});
