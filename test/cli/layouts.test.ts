import { describe, expect, it } from 'vitest';
import { neighbour, orders, type Quirks, single } from '../support/foreign-rladmin/foreign-cluster.ts';
import { workplaces } from './command-line.ts';

const at = workplaces();

const WRITES = ['bind db db:7 endpoint 7:1 policy all-master-shards', 'tune db db:7 syncer_mode distributed'];

const layouts: Record<string, Quirks> = {
  'the compact layout': { layout: 'compact' },
  'the stretched layout': { layout: 'stretched' },
  'B04: titles glued to the header': { layout: 'glued' },
  'B18: colour codes': { ansi: '1' },
  'B18: carriage returns': { crlf: '1' },
  'two blanks of indentation': { indent: '2' },
  'three blanks of indentation': { indent: '3', 'header-case': 'lower' },
  'a tab of indentation': { indent: 'tab' },
  'B03 B05: extra columns with blank cells': { columns: 'extra' },
  'columns in another order': { order: 'reversed', columns: 'extra' },
  'a wide NAME column': { wide: '1' },
  'all of it at once': { layout: 'glued', ansi: '1', crlf: '1', columns: 'extra', order: 'reversed', wide: '1', indent: '2' },
  'B04: single tables without titles': { layout: 'stretched', 'status-extra': 'unsupported' },
};

const cluster = (quirks: Quirks) => ({
  nodes: [{ id: 1, external: '203.0.113.12,203.0.113.42' }, { id: 2 }, { id: 3 }],
  databases: [orders(), { ...neighbour, module: 'search', endpoints: [{ policy: 'all-nodes', lists: '-2', nodes: [1, 3] }] }],
  quirks,
});

describe.concurrent('a cluster that prints', () => {
  it.each(['all of it at once', 'B04: single tables without titles'])('%s is inspected', async (name) => {
    const { code, document } = await at(cluster(layouts[name] ?? {})).inspect('lab');
    expect(code).toBe(0);
    expect(document.databases).toEqual([
      expect.objectContaining({ class: 'C1', endpoints: [expect.objectContaining({ id: '7:1', policy: 'single', nodes: [2] })] }),
      expect.objectContaining({ class: 'C2', endpoints: [expect.objectContaining({ id: '12:1', policy: 'all-nodes', nodes: [1, 3] })] }),
    ]);
  });

  it.each(Object.entries(layouts))('%s is changed', async (_name, quirks) => {
    const workplace = at(cluster(quirks));
    const { code, document } = await workplace.apply();
    expect([code, document.outcome, document.after?.class]).toEqual([0, 'applied', 'D2']);
    expect(workplace.cluster.writes()).toEqual(WRITES);
  });
});

describe.concurrent('names', () => {
  it.each(['7', 'db-7', 'x'.repeat(63)])('%s is found and changed by id', async (name) => {
    const workplace = at({ databases: [orders({ name }), neighbour] });
    const { code, document } = await workplace.apply(`lab/${name}`);
    expect([code, document.outcome, document.target.database]).toEqual([0, 'applied', name]);
    expect(workplace.cluster.writes()).toEqual(WRITES);
  });

  it('with blanks, as very old releases allowed them, do not shift a cell', async () => {
    const workplace = at({ databases: [orders({ name: 'old name' }), { ...neighbour, endpoints: [single(1)] }] });
    const { code, document } = await workplace.apply('lab/db:7');
    expect([code, document.outcome]).toEqual([0, 'applied']);
  });

  it('are told apart by case', async () => {
    const workplace = at({ databases: [orders(), { id: 8, name: 'Orders', endpoints: [single(1)] }] });
    const { document } = await workplace.inspect('lab/Orders');
    expect(document.endpoints.map(({ id }) => id)).toEqual(['8:1']);
  });
});
