import { describe, expect, it } from 'vitest';
import { multi, neighbour, orders, ordersOfClass, single } from '../support/foreign-rladmin/foreign-cluster.ts';
import { workplaces } from './command-line.ts';

const at = workplaces();

describe.concurrent('plan', () => {
  it('writes nothing and takes no lock', async () => {
    const workplace = at();
    const { code, document } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect([code, document.outcome]).toEqual([0, 'planned']);
    expect(workplace.cluster.writes()).toEqual([]);
    expect((await workplace.apply()).document.outcome).toBe('applied');
  });

  it('points to no record, because a plan leaves none', async () => {
    const { code, stdout } = await at({ databases: [ordersOfClass.C3] }).run(['plan', 'lab/orders', '--to', 'distributed']);
    expect([code, stdout.includes('refused'), stdout.includes('syncshift show')]).toEqual([3, true, false]);
  });

  it('names the commands in the order in which they are sent', async () => {
    const { document } = await at().json('plan', 'lab/orders', '--to', 'distributed');
    expect(document.plan.steps).toEqual([
      { name: 'Rebind policy', command: 'bind db db:7 endpoint 7:1 policy all-master-shards' },
      { name: 'Tune syncer', command: 'tune db db:7 syncer_mode distributed' },
    ]);
  });

  it('clears the flag first when it is set on a single proxy', async () => {
    const { document } = await at({ databases: [ordersOfClass.D0] }).json('plan', 'lab/orders', '--to', 'distributed');
    expect(document.plan.steps.map(({ command }) => command)).toEqual([
      'tune db db:7 syncer_mode centralized',
      'bind db db:7 endpoint 7:1 policy all-master-shards',
      'tune db db:7 syncer_mode distributed',
    ]);
  });

  it('binds every endpoint that is not right and no other', async () => {
    const database = orders({ endpoints: [single(), single(1)] });
    const { document } = await at({ databases: [database] }).json('plan', 'lab/orders', '--to', 'distributed', '--policy', 'all-nodes');
    expect(document.plan.steps.map(({ command }) => command)).toEqual([
      'bind db db:7 endpoint 7:1 policy all-nodes',
      'bind db db:7 endpoint 7:2 policy all-nodes',
      'tune db db:7 syncer_mode distributed',
    ]);
  });

  it('keeps a multi-proxy policy that nobody asked to change', async () => {
    const database = orders({ endpoints: [{ policy: 'all-nodes', lists: '-2', nodes: [1, 3] }] });
    const { document } = await at({ databases: [database] }).json('plan', 'lab/orders', '--to', 'distributed');
    expect(document.plan.steps.map(({ command }) => command)).toEqual(['tune db db:7 syncer_mode distributed']);
  });

  it('needs no policy for the way back', async () => {
    const { document } = await at({ databases: [ordersOfClass.D2] }).json('plan', 'lab/orders', '--to', 'centralized');
    expect(document.plan.steps.map(({ command }) => command)).toEqual(['tune db db:7 syncer_mode centralized']);
  });

  it('warns when the current proxy is not in the new set, because its clients are cut', async () => {
    const database = orders({ endpoints: [single(3)], primaries: [1, 2] });
    const { document } = await at({ databases: [database] }).json('plan', 'lab/orders', '--to', 'distributed');
    expect(JSON.stringify(document.plan)).toMatch(/node 3/);
    expect(JSON.stringify(document.plan)).toMatch(/cut|disconnect|lose/);
  });

  it('says that lists vanish when a policy is set', async () => {
    const database = orders({ endpoints: [{ policy: 'single', lists: '+3', nodes: [2, 3] }], primaries: [1, 2] });
    const { document } = await at({ databases: [database] }).json('plan', 'lab/orders', '--to', 'distributed');
    expect(JSON.stringify(document.plan)).toMatch(/include|\+3|list/);
  });

  it('gives one hash for one state, whatever the order of the rows', async () => {
    const hash = async (nodes: number[]) => {
      const { document } = await at({ databases: [neighbour, orders({ endpoints: [multi(...nodes)] })] }).json(
        'plan',
        'lab/orders',
        '--to',
        'distributed',
      );
      return document.plan.hash;
    };
    expect(await hash([2, 1])).toBe(await hash([1, 2]));
  });

  it('tells that ROLE and the policy of the database differ', async () => {
    const workplace = at({ databases: [ordersOfClass.C2], quirks: { 'info-policy': 'single' } });
    const { document } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect([...document.plan.warnings, ...document.plan.blockers].join('\n')).toMatch(/single/);
  });

  it.each(['C3', 'D1', 'X'] as const)('lists why class %s cannot be distributed', async (name) => {
    const workplace = at({ databases: [ordersOfClass[name]] });
    const { code, document } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(document.plan.blockers).not.toEqual([]);
    expect(workplace.cluster.writes()).toEqual([]);
  });
});
