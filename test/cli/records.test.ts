import { describe, expect, it } from 'vitest';
import { neighbour, ordersOfClass } from '../support/foreign-rladmin/foreign-cluster.ts';
import { type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const CENTRALIZED = 'tune db db:7 syncer_mode centralized';

interface Listed {
  readonly changes: { readonly changeId: string; readonly outcome: string }[];
  readonly locks: unknown[];
}
const list = async (workplace: Workplace): Promise<Listed> => JSON.parse((await workplace.run(['list', '--json'])).stdout) as Listed;

/** A change that ends as needs-operator, so its lock stands. */
const stuck = async () => {
  const workplace = at({ quirks: { 'tune-distributed': 'no-effect' } }, { deadlineSeconds: 1 });
  const { code, document } = await workplace.apply();
  expect(code).toBe(7);
  return { workplace, changeId: document.changeId };
};

describe.concurrent('rollback', () => {
  it('takes class D2 back to centralized and leaves the policy as it is', async () => {
    const workplace = at({ databases: [ordersOfClass.D2, neighbour] });
    const { code, document } = await workplace.json('rollback', 'lab/orders');
    expect([code, document.outcome, document.after.class]).toEqual([0, 'applied', 'C2']);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED]);
  });

  it('reads the state back after its write', async () => {
    const workplace = at({ databases: [ordersOfClass.D2, neighbour] });
    await workplace.run(['rollback', 'lab/orders']);
    const calls = workplace.cluster.calls();
    expect(calls.slice(calls.indexOf(CENTRALIZED) + 1)).toContain('info db db:7');
  });

  it.each(['C1', 'C2', 'C3'] as const)('writes nothing on class %s', async (name) => {
    const workplace = at({ databases: [ordersOfClass[name]] });
    const { code, document } = await workplace.json('rollback', 'lab/orders');
    expect([code, document.outcome]).toEqual([0, 'unchanged']);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it.each(['D0', 'D1'] as const)('clears the flag of class %s', async (name) => {
    const workplace = at({ databases: [ordersOfClass[name]] });
    const { code } = await workplace.json('rollback', 'lab/orders');
    expect(code).toBe(0);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED]);
  });

  it('undoes what apply did, twice over', async () => {
    const workplace = at();
    for (const _ of [1, 2]) {
      expect((await workplace.apply()).document.after.class).toBe('D2');
      expect((await workplace.json('rollback', 'lab/orders')).document.after.class).toBe('C2');
    }
  });

  it('that has no effect needs an operator', async () => {
    const workplace = at({ databases: [ordersOfClass.D2], quirks: { 'tune-centralized': 'no-effect' } }, { deadlineSeconds: 1 });
    const { code } = await workplace.json('rollback', 'lab/orders');
    expect(code).toBe(7);
    expect(workplace.cluster.writes()).toEqual([CENTRALIZED]);
  });
});

describe.concurrent('list and show', () => {
  it('know nothing before the first change', async () => {
    expect(await list(at())).toEqual({ changes: [], locks: [] });
  });

  it('tell the newest change first', async () => {
    const workplace = at();
    const first = await workplace.apply();
    const second = await workplace.json('rollback', 'lab/orders');
    const { changes } = await list(workplace);
    expect(changes.map(({ changeId }) => changeId)).toEqual([second.document.changeId, first.document.changeId]);
  });

  it('keep every command with its answer', async () => {
    const workplace = at();
    const { document } = await workplace.apply();
    const { code, stdout } = await workplace.run(['show', document.changeId, '--json']);
    expect(code).toBe(0);
    for (const call of ['bind db db:7 endpoint 7:1 policy all-master-shards', 'Executing bind endpoint', 'Tuning database']) {
      expect(stdout).toContain(call);
    }
    expect(JSON.parse(stdout)).toMatchObject({ changeId: document.changeId, report: { outcome: 'applied' } });
  });

  it('show a change to people as well', async () => {
    const workplace = at();
    const { document } = await workplace.apply();
    const { code, stdout } = await workplace.run(['show', document.changeId]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('tune db db:7 syncer_mode distributed')]);
  });

  it('call nothing on the cluster', async () => {
    const workplace = at();
    await workplace.run(['list']);
    expect(workplace.cluster.calls()).toEqual([]);
  });
});

describe.concurrent('a change that needs an operator', () => {
  it('keeps its lock, and refuses the next change by its name', async () => {
    const { workplace, changeId } = await stuck();
    workplace.cluster.clearQuirk('tune-distributed');
    const before = workplace.cluster.writes();
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(JSON.stringify(document)).toContain(changeId);
    expect(workplace.cluster.writes()).toEqual(before);
  });

  it('does not lock another database of the cluster', async () => {
    const { workplace } = await stuck();
    expect((await workplace.json('plan', 'lab/carts', '--to', 'distributed')).code).toBe(0);
  });

  it('lets the next change in once it is cleared', async () => {
    const { workplace, changeId } = await stuck();
    workplace.cluster.clearQuirk('tune-distributed');
    expect((await workplace.run(['clear', changeId])).code).toBe(0);
    expect(await list(workplace)).toMatchObject({ locks: [] });
    expect((await workplace.apply()).document.outcome).toBe('applied');
  });

  it('is listed with its lock', async () => {
    const { workplace, changeId } = await stuck();
    const { changes, locks } = await list(workplace);
    expect(changes).toEqual([expect.objectContaining({ changeId, outcome: 'needs-operator' })]);
    expect(JSON.stringify(locks)).toContain(changeId);
  });

  it('still lets anybody look', async () => {
    const { workplace } = await stuck();
    expect((await workplace.inspect('lab/orders')).document).toMatchObject({ class: 'C2' });
    expect((await workplace.json('plan', 'lab/orders', '--to', 'distributed')).code).toBe(0);
  });
});

describe.concurrent('clear', () => {
  it('does not change the database', async () => {
    const { workplace, changeId } = await stuck();
    const before = workplace.cluster.writes();
    await workplace.run(['clear', changeId]);
    expect(workplace.cluster.writes()).toEqual(before);
  });

  it('refuses a change that holds no lock', async () => {
    const workplace = at();
    const { document } = await workplace.apply();
    const { code } = await workplace.run(['clear', document.changeId]);
    expect(code).not.toBe(0);
  });
});
