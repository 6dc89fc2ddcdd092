import { describe, expect, it } from 'vitest';
import { multi, neighbour, orders, ordersOfClass, single } from '../support/foreign-rladmin/foreign-cluster.ts';
import { workplaces } from './command-line.ts';

const at = workplaces();

/** Everything any document of `inspect` says about one database, wherever it puts it. */
const named = (document: unknown): string => JSON.stringify(document);

describe.concurrent('inspect', () => {
  it.each(Object.entries(ordersOfClass))('names class %s, and infers no effective mode from the flag alone', async (name, database) => {
    const { code, document } = await at({ databases: [database, neighbour] }).inspect('lab/orders');
    const effectiveMode = name === 'D2' ? 'distributed' : 'centralized';
    const facts = { class: name, syncerMode: database.mode ?? 'centralized', ...(name !== 'X' && { effectiveMode }) };
    expect([code, document]).toEqual([0, expect.objectContaining(facts)]);
  });

  it('prints every database of the cluster under one key', async () => {
    const { code, document } = await at().inspect('lab');
    expect(code).toBe(0);
    expect(Object.keys(document)).toEqual(['databases']);
    expect(document.databases?.map((database) => /db:\d+/.exec(named(database))?.[0])).toEqual(['db:7', 'db:12']);
  });

  it('prints every database of every cluster without a target, and names the clusters that cannot be read', async () => {
    const workplace = at();
    const { clusters } = JSON.parse(workplace.configuration()) as { clusters: { lab: object } };
    workplace.configure({ clusters: { ...clusters, twin: clusters.lab, gone: { transport: 'exec', rladmin: ['/no/such/rladmin'] } } });
    const { code, document } = await workplace.json<{ databases: { target: object }[]; unread: object[] }>('inspect');
    expect(document.databases.map(({ target }) => target)).toEqual(
      ['lab', 'twin'].flatMap((cluster) => [
        { cluster, database: 'orders', id: 'db:7' },
        { cluster, database: 'carts', id: 'db:12' },
      ]),
    );
    expect(document.unread).toEqual([{ cluster: 'gone', error: { name: 'UsageError', message: expect.stringContaining('no such file') } }]);
    expect(code).toBe(3);
    const { stdout } = await workplace.run(['inspect']);
    expect(stdout).toMatch(/^CLUSTER +DATABASE +ID[\s\S]*^lab +orders +db:7[\s\S]*^twin +carts +db:12[\s\S]*^gone [ ?]+not read: /m);
  });

  it('finds a database by its id', async () => {
    const { code, document } = await at().inspect('lab/db:12');
    expect([code, named(document)]).toEqual([0, expect.stringContaining('carts')]);
  });

  it('does not find database 12 when it looks for 1', async () => {
    const workplace = at({
      databases: [
        { id: 12, name: 'b', endpoints: [single(3)] },
        { id: 1, name: 'a', mode: 'distributed', endpoints: [multi()] },
      ],
    });
    const [one, twelve] = [await workplace.inspect('lab/db:1'), await workplace.inspect('lab/db:12')];
    expect(one.document).toMatchObject({ class: 'D2', endpoints: [{ id: '1:1', nodes: [1, 2] }] });
    expect(twelve.document).toMatchObject({ class: 'C1', endpoints: [{ id: '12:1', nodes: [3] }] });
  });

  it('takes a name that looks like an id for a name', async () => {
    const workplace = at({ databases: [orders({ id: 7, name: 'orders' }), { id: 3, name: '7', endpoints: [single(1)] }] });
    const { document } = await workplace.inspect('lab/7');
    expect(document.endpoints.map(({ id }) => id)).toEqual(['3:1']);
    expect(workplace.cluster.calls()).toContain('info db db:3');
    expect(workplace.cluster.calls().join('\n')).not.toMatch(/db (?:7|db:7)$/m);
  });

  it('shows every endpoint of a database with its bound nodes in ascending order', async () => {
    const workplace = at({ databases: [orders({ endpoints: [multi(3, 1), { policy: 'all-nodes', lists: '-2', nodes: [3, 1] }] })] });
    const { document } = await workplace.inspect('lab/orders');
    expect(document.endpoints).toEqual([
      expect.objectContaining({ id: '7:1', policy: 'all-master-shards', nodes: [1, 3] }),
      expect.objectContaining({ id: '7:2', policy: 'all-nodes', nodes: [1, 3] }),
    ]);
  });

  it('only reads', async () => {
    const workplace = at();
    await workplace.run(['inspect', 'lab']);
    expect(workplace.cluster.calls()).not.toEqual([]);
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('shows the other databases when one of them cannot be read', async () => {
    const broken = { ...neighbour, endpoints: [{ policy: 'some-nodes', nodes: [1] }] };
    const { document } = await at({ databases: [orders(), broken] }).inspect('lab');
    expect(document.databases).toHaveLength(2);
    expect(named(document.databases?.[0])).toContain('"C1"');
    expect(named(document.databases?.[1])).toContain('some-nodes');
  });

  it('reports a missing database as an error document', async () => {
    const { code, document } = await at().inspect('lab/unknown');
    expect(code).not.toBe(0);
    expect(document).toEqual({ error: { name: expect.any(String), message: expect.stringContaining('unknown') } });
  });

  it('refuses to choose between two databases of one name', async () => {
    const workplace = at({ databases: [orders(), orders({ id: 8 })] });
    const { code, document } = await workplace.inspect('lab/orders');
    expect(code).not.toBe(0);
    expect(document.error?.message).toMatch(/db:7.*db:8/);
  });

  it('prints no colour codes to a pipe, and none when told so', async () => {
    const workplace = at({ quirks: { ansi: '1' } });
    const plain = await workplace.run(['inspect', 'lab']);
    const forced = await workplace.run(['inspect', 'lab', '--no-color'], { FORCE_COLOR: '1' });
    const told = await workplace.run(['inspect', 'lab'], { NO_COLOR: '1', FORCE_COLOR: '1' });
    for (const { code, stdout, stderr } of [plain, forced, told]) {
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });
});
