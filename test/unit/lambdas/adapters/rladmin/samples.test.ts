import { describe, expect, it } from 'vitest';
import { databaseId, endpointId, endpointRole, hostsShards, nodeId, shardRole } from '../../../../../lambdas/adapters/rladmin/cells.ts';
import { entryOf, readClusterInfo, readDatabaseInfo, readNodeInfo, readSwitch } from '../../../../../lambdas/adapters/rladmin/info.ts';
import { readRunningActions } from '../../../../../lambdas/adapters/rladmin/running-actions.ts';
import { readTables, type TableRow } from '../../../../../lambdas/adapters/rladmin/tables.ts';
import { fixture } from './fixtures.ts';

const endpointsOf = (text: string) =>
  (readTables(text).endpoints ?? []).map((row) => ({
    database: databaseId(row),
    name: row.cell('NAME'),
    id: endpointId(row),
    node: nodeId(row, 'NODE'),
    ...endpointRole(row),
  }));
const row = (text: string): TableRow => {
  const [first] = readTables(text).endpoints ?? [];
  if (!first) throw new Error('no row');
  return first;
};
const HEADER = 'DB:ID NAME   ID           NODE   ROLE                              SSL';
const withRole = (role: string) => row(`${HEADER}\ndb:7  orders endpoint:7:1 node:2 ${role.padEnd(33)} No\n`);
const outputError = expect.objectContaining({ name: 'ClusterOutputError' });
const errorOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};

describe('the samples of the documentation', () => {
  it('B05: hold nodes with blank, doubled and down cells', () => {
    const nodes = readTables(fixture('nodes')).nodes ?? [];
    expect(nodes.map((node) => nodeId(node, 'NODE:ID'))).toEqual([1, 2, 3, 4]);
    expect(nodes.map((node) => node.cell('STATUS'))).toEqual(['OK', 'OK', 'OK', 'DOWN, last seen 41s ago']);
    expect(nodes.map((node) => node.optional('EXTERNAL_ADDRESS'))).toEqual([undefined, '203.0.113.12,203.0.113.42', undefined, undefined]);
    expect(nodes.map(hostsShards)).toEqual([true, true, false, true]);
    expect(nodes.map((node) => node.cell('VERSION'))).toEqual(Array(4).fill('7.22.2-79'));
  });

  it('hold databases with and without a module', () => {
    const databases = readTables(fixture('databases-with-modules')).databases ?? [];
    expect(
      databases.map((database) => [databaseId(database), database.cell('NAME'), database.optional('MODULE'), database.cell('STATUS')]),
    ).toEqual([
      ['db:7', 'orders-aa', undefined, 'active'],
      ['db:12', 'carts-replica', 'search', 'active'],
    ]);
  });

  it('hold the columns that tell whether a job runs', () => {
    const [database] = readTables(fixture('databases-extra')).databases ?? [];
    expect([database?.cell('EXEC_STATE'), database?.cell('EXEC_STATE_MACHINE')]).toEqual(['N/A', 'N/A']);
  });

  it('hold endpoints, compact with a title', () => {
    const endpoint = { database: 'db:7', name: 'orders-aa', id: '7:1', policy: 'all-master-shards', include: [], exclude: [] };
    expect(endpointsOf(fixture('endpoints-compact'))).toEqual([
      { ...endpoint, node: 1 },
      { ...endpoint, node: 2 },
    ]);
  });

  it('B04: hold endpoints, stretched without a title, with a list', () => {
    const carts = { database: 'db:12', name: 'carts-replica', id: '12:1', policy: 'all-nodes', include: [], exclude: [2] };
    expect(endpointsOf(fixture('endpoints-stretched'))).toEqual([
      { database: 'db:7', name: 'orders-aa', id: '7:1', node: 2, policy: 'single', include: [], exclude: [] },
      { ...carts, node: 1 },
      { ...carts, node: 4 },
    ]);
  });

  it('B03: hold several endpoints of a database beside a watchdog', () => {
    const read = endpointsOf(fixture('endpoints-watchdog'));
    expect(read.map(({ id, node, include }) => [id, node, include])).toEqual([
      ['7:1', 1, [4]],
      ['7:1', 4, [4]],
      ['9:1', 2, []],
      ['9:2', 1, []],
    ]);
  });

  it('hold a header without rows when nothing is wrong', () => {
    expect(readTables(fixture('endpoints-issues-only'))).toEqual({ endpoints: [] });
  });

  it('hold shards of both roles', () => {
    const shards = readTables(fixture('shards')).shards ?? [];
    expect(shards.map((shard) => [shard.cell('ID'), nodeId(shard, 'NODE'), shardRole(shard)])).toEqual([
      ['redis:21', 1, 'master'],
      ['redis:22', 2, 'slave'],
      ['redis:23', 2, 'master'],
      ['redis:24', 1, 'slave'],
    ]);
  });

  it('hold free text that is no table', () => {
    expect(readTables(fixture('cluster-block'))).toEqual({});
  });

  it('read as one output, tables apart by blank lines', () => {
    const text = ['cluster-block', 'nodes', 'databases-extra', 'endpoints-compact', 'shards'].map(fixture).join('\n');
    expect(Object.entries(readTables(text)).map(([name, rows]) => [name, rows.length])).toEqual(
      expect.arrayContaining([
        ['nodes', 4],
        ['databases', 1],
        ['endpoints', 2],
        ['shards', 4],
      ]),
    );
  });

  it('B18: read the same with colours, carriage returns and a progress line that was overwritten', () => {
    const plain = endpointsOf(fixture('endpoints-watchdog'));
    const decorated = fixture('endpoints-watchdog')
      .replaceAll('single', '\u001b[33;1msingle\u001b[0m')
      .replaceAll('\n', '\r\n')
      .replace('db:9', 'loading…\rdb:9');
    expect(endpointsOf(decorated)).toEqual(plain);
  });

  it('read the same indented, as on a how-to page', () => {
    const indented = fixture('endpoints-watchdog').replaceAll(/^(?=.)/gm, '    ');
    expect(endpointsOf(indented.replace('    ENDPOINTS:', 'ENDPOINTS:'))).toEqual(endpointsOf(fixture('endpoints-watchdog')));
    expect(endpointsOf(indented)).toEqual(endpointsOf(fixture('endpoints-watchdog')));
  });

  it('hold no balance that could be taken for endpoints', () => {
    expect(errorOf(() => readTables(fixture('balance')).endpoints)).toBeUndefined();
  });
});

describe('info', () => {
  it('gives the entries of a database', () => {
    const { name, entries } = readDatabaseInfo(fixture('info-db'), 'db:7');
    expect(name).toBe('orders-aa');
    expect(
      ['syncer_mode', 'proxy_policy', 'oss_cluster', 'client_buffer_limits', 'no such key'].map((key) => entryOf(entries, key)),
    ).toEqual(['centralized', 'all-master-shards', 'disabled', '1GB (hard limit)/512MB (soft limit) in 30 seconds', undefined]);
  });

  it.each(['  ', '   ', '\t'])('does not care for its indentation (%j)', (blanks) => {
    const text = fixture('info-db').replaceAll(/^ {4}/gm, blanks);
    expect(readDatabaseInfo(text, 'db:7')).toEqual(readDatabaseInfo(fixture('info-db'), 'db:7'));
  });

  it('B13: chooses the block by the whole id', () => {
    const twelve = fixture('info-db').replace('db:7 ', 'db:12 ').replace('centralized', 'distributed');
    const text = twelve + fixture('info-db').replace('db:7 ', 'db:1 ');
    expect(entryOf(readDatabaseInfo(text, 'db:1').entries, 'syncer_mode')).toBe('centralized');
    expect(entryOf(readDatabaseInfo(text, 'db:12').entries, 'syncer_mode')).toBe('distributed');
  });

  it('refuses no block and two blocks of an id', () => {
    expect(errorOf(() => readDatabaseInfo(fixture('info-db'), 'db:70'))).toEqual(outputError);
    expect(errorOf(() => readDatabaseInfo(fixture('info-db').repeat(2), 'db:7'))).toEqual(outputError);
  });

  it('takes a name up to its last bracket', () => {
    expect(readDatabaseInfo('db:7 [a]: b]:\n    syncer_mode: centralized\n', 'db:7').name).toBe('a]: b');
  });

  it.each(['Cluster configuration:', 'cluster configuration:'])('knows the cluster as %j', (header) => {
    const text = fixture('info-cluster').replace('Cluster configuration:', header);
    expect(entryOf(readClusterInfo(text), 'upgrade mode')).toBe('disabled');
  });

  it.each(['Command Output: node:3', 'node:3', 'node:3:'])('knows a node as %j', (header) => {
    const text = fixture('info-node').replace('Command Output: node:3', header);
    expect(['quorum only', 'max listeners'].map((key) => entryOf(readNodeInfo(text, 3), key))).toEqual(['enabled', '0']);
  });

  it('does not take node 30 for node 3', () => {
    expect(errorOf(() => readNodeInfo(fixture('info-node').replace('node:3', 'node:30'), 3))).toEqual(outputError);
  });

  it('does not take a proxy for a node', () => {
    expect(errorOf(() => readNodeInfo(fixture('info-proxy'), 2))).toEqual(outputError);
  });

  it.each([
    ['enabled', true],
    ['disabled', false],
    ['enabled (database)', true],
    ['True', undefined],
    ['enabledish', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads the switch %j as %j', (value, expected) => {
    expect(readSwitch(value)).toBe(expected);
  });
});

describe('running actions', () => {
  it('are none when idle', () => {
    expect(readRunningActions(fixture('running-actions-idle'))).toEqual([]);
    expect(readRunningActions(`\u001b[0m${fixture('running-actions-idle').replace('\n', '\r\n')}`)).toEqual([]);
  });

  it('are told as printed when busy', () => {
    expect(readRunningActions(fixture('running-actions-busy'))).toEqual([expect.stringContaining('maintenance_on')]);
  });

  it.each(['', 'ERROR: cannot list', 'Traceback (most recent call last):', 'No active', 'Got tasks'])(
    'are unknown, not none, for %j',
    (text) => {
      expect(readRunningActions(text)).toBeUndefined();
    },
  );

  it('are never none when tasks were announced', () => {
    expect(errorOf(() => readRunningActions('Got 1 tasks:\n'))).not.toEqual([]);
    expect(errorOf(() => readRunningActions('Got 2 tasks:\n1) Task: a\n'))).not.toEqual([]);
  });
});

describe('the role of an endpoint', () => {
  it.each([
    ['single', 'single', [], []],
    ['all-nodes -2', 'all-nodes', [], [2]],
    ['all-master-shards +3', 'all-master-shards', [3], []],
    ['all-nodes -2 -3', 'all-nodes', [], [2, 3]],
    ['all-nodes -2,-3', 'all-nodes', [], [2, 3]],
    ['all-nodes +12, -1', 'all-nodes', [12], [1]],
  ])('%s is read with its lists', (role, policy, include, exclude) => {
    expect(endpointRole(withRole(role))).toEqual({ policy, include, exclude });
  });

  it.each([
    'all-master-nodes',
    'all-nodes -2,3',
    'all-nodes 2',
    'all-nodes -',
    'all-nodes -x',
    'all-nodes2',
    'Single',
    'single;',
    'all-nodes -0',
  ])('%s is refused, because a list that is misread cannot be restored', (role) => {
    expect(errorOf(() => endpointRole(withRole(role)))).toEqual(outputError);
  });
});

describe('cells', () => {
  const line = (database: string, endpoint: string, node: string) =>
    row(
      `${HEADER}\n${database.padEnd(5)} orders ${endpoint.padEnd(12)} ${node.padEnd(6)} single No\n`.replace(
        'single No',
        `${'single'.padEnd(33)} No`,
      ),
    );

  it.each(['db:0', 'db:x', 'db:7x', 'db:-7', 'db:'])('%s is no database', (id) => {
    expect(errorOf(() => databaseId(line(id, 'endpoint:7:1', 'node:2')))).toEqual(outputError);
  });

  it('refuse an endpoint of another database', () => {
    expect(errorOf(() => endpointId(line('db:7', 'endpoint:1:1', 'node:2')))).toEqual(outputError);
  });

  it.each(['node', 'node:', 'node:0', 'node:a', '2'])('%s is no node', (node) => {
    expect(errorOf(() => nodeId(line('db:7', 'endpoint:7:1', node), 'NODE'))).toEqual(outputError);
  });

  it('accept the star of the local node everywhere', () => {
    expect(nodeId(row('DB:ID NAME   ID           NODE    ROLE   SSL\ndb:7  orders endpoint:7:1 *node:2 single No\n'), 'NODE')).toBe(2);
  });
});

describe('tables that are not what they seem', () => {
  it.each([
    ['a value crosses into the next column', 'DB:ID NAME ID           NODE   ROLE   SSL\ndb:7  orders endpoint:7:1 node:2 single No\n'],
    ['a required column is missing', 'ENDPOINTS:\nDB:ID NAME   ID           NODE   SSL\ndb:7  orders endpoint:7:1 node:2 No\n'],
    ['a row is something else', `ENDPOINTS:\n${HEADER}\nCCS ERROR: lost\n`],
    ['a row belongs to another kind of table', `ENDPOINTS:\n${HEADER}\nnode:1 master 10.20.0.11\n`],
  ])('%s: refused', (_what, text) => {
    const read = () => {
      const { endpoints } = readTables(text);
      if (!endpoints) throw Object.assign(new Error('absent'), { name: 'ClusterOutputError' });
      return endpoints.map((each) => [databaseId(each), endpointId(each), nodeId(each, 'NODE'), endpointRole(each)]);
    };
    expect(errorOf(read)).toEqual(outputError);
  });

  it.each(['all-nodes -12', 'all-nodes -1', 'all-nodes'])(
    'are refused when the last line is cut to %j, because a list may be lost',
    (role) => {
      // Every line of rladmin ends with a line end; without it, the line may go on.
      const text = `DB:ID NAME   ID           NODE   SSL ROLE\ndb:7  orders endpoint:7:1 node:2 No  ${role}`;
      expect(errorOf(() => (readTables(text).endpoints ?? []).map(endpointRole))).toEqual(outputError);
    },
  );

  it('keep the line that does not fit in the message', () => {
    expect(errorOf(() => readTables(`ENDPOINTS:\n${HEADER}\nCCS ERROR: lost\n`))).toMatchObject({
      message: expect.stringContaining('CCS ERROR: lost'),
    });
  });
});
