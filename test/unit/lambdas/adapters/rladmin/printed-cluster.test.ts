import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointRole, nodeId } from '../../../../../lambdas/adapters/rladmin/cells.ts';
import {
  assembleFacts,
  type ClusterTables,
  emptyNodes,
  listDatabases,
  missingTables,
} from '../../../../../lambdas/adapters/rladmin/facts.ts';
import { readClusterInfo, readDatabaseInfo, readNodeInfo } from '../../../../../lambdas/adapters/rladmin/info.ts';
import { readRunningActions } from '../../../../../lambdas/adapters/rladmin/running-actions.ts';
import { readTables, TABLE_NAMES, type TableRow, type Tables } from '../../../../../lambdas/adapters/rladmin/tables.ts';
import { cleanLines } from '../../../../../lambdas/adapters/rladmin/text.ts';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';
import type { DatabaseFacts } from '../../../../../lambdas/contracts/facts.ts';
import { anyCluster, anyLayout, factsOf, type PrintedCluster, printInfo, printStatus } from './printed-cluster.ts';

const READ_AT = '2026-11-23T10:00:00.000Z';

const complete = (tables: Tables): ClusterTables => {
  expect(missingTables(tables)).toEqual([]);
  const { nodes = [], databases = [], endpoints = [], shards = [] } = tables;
  return { nodes, databases, endpoints, shards };
};

const quorumOnly = ({ nodes }: PrintedCluster) => new Set(nodes.filter((node) => node.quorumOnly).map(({ id }) => id));

const readAll = (cluster: PrintedCluster, status: string, info: (id: number) => string): DatabaseFacts[] => {
  const tables = complete(readTables(status));
  return listDatabases(tables).map((listed) =>
    assembleFacts('lab', listed, tables, readDatabaseInfo(info(Number(listed.id.slice(3))), listed.id), quorumOnly(cluster), READ_AT),
  );
};

/** The order of endpoints and nodes is free. */
const sorted = <T extends Pick<DatabaseFacts, 'endpoints' | 'nodes'>>(facts: T): T => ({
  ...facts,
  endpoints: [...facts.endpoints].sort((one, other) => (one.id < other.id ? -1 : 1)),
  nodes: [...facts.nodes].sort((one, other) => one.id - other.id),
});

/** Runs a reader that may refuse what it is given, but only by the two names. */
const unlessRefused = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    expect(['ClusterOutputError', 'DatabaseBusyError']).toContain(error.name);
    return undefined;
  }
};

// Written apart from the parser's own: what a terminal would show of a line.
const ESCAPE = '\u001b';
const visible = (text: string): string[] =>
  text
    .replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g'), '')
    .replaceAll('\r\n', '\n')
    .split('\n');

const TITLES = [
  ...['NODE:ID', 'DB:ID', 'NAME', 'ID', 'NODE', 'ROLE', 'SSL', 'STATUS', 'SHARDS', 'VERSION', 'ADDRESS', 'SLOTS', 'TYPE', 'ENDPOINT'],
  ...['EXEC_STATE', 'EXEC_STATE_MACHINE', 'MODULE', 'EXTERNAL_ADDRESS', 'HOSTNAME'],
];
const rowsOf = (tables: Tables): TableRow[] => TABLE_NAMES.flatMap((name) => tables[name] ?? []);
const valuesOf = (row: TableRow): string[] =>
  TITLES.flatMap((title) => {
    const value = unlessRefused(() => row.optional(title));
    return value === undefined ? [] : [value];
  });

describe('reading back what was printed', () => {
  it('gives the cluster, in every layout', () => {
    fc.assert(
      fc.property(anyCluster, anyLayout, (cluster, layout) => {
        const read = readAll(cluster, printStatus(cluster, layout), (id) => printInfo(cluster, id, layout));
        const expected = cluster.databases.map((one) => factsOf(cluster, one));
        expect(read.map(({ job: _job, sickShards: _sick, ...facts }) => sorted(facts))).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  it('tells the job of a database, that there is none, or that nothing was said', () => {
    fc.assert(
      fc.property(anyCluster, anyLayout, (cluster, layout) => {
        const read = readAll(cluster, printStatus(cluster, layout), (id) => printInfo(cluster, id, layout));
        for (const [at, one] of cluster.databases.entries()) {
          const job = read[at]?.job;
          if (!layout.jobs) expect(job).toBeUndefined();
          else if (one.job[0] === 'N/A') expect(job).toBeNull();
          else expect(job).toContain(one.job[1]);
        }
      }),
    );
  });

  it('names exactly the shards that are not OK', () => {
    fc.assert(
      fc.property(anyCluster, anyLayout, (cluster, layout) => {
        const read = readAll(cluster, printStatus(cluster, layout), (id) => printInfo(cluster, id, layout));
        for (const [at, one] of cluster.databases.entries()) {
          const sick = one.shards
            .filter(({ status }) => status !== 'OK')
            .map(({ id, status }) => expect.stringMatching(`redis:${id}\\b.*${status}`));
          expect(read[at]?.sickShards).toHaveLength(sick.length);
          expect(read[at]?.sickShards).toEqual(expect.arrayContaining(sick));
        }
      }),
    );
  });

  it('finds the nodes without room for shards', () => {
    fc.assert(
      fc.property(anyCluster, anyLayout, (cluster, layout) => {
        const tables = complete(readTables(printStatus(cluster, layout)));
        const expected = cluster.nodes.filter(({ shards }) => shards === '0/0').map(({ id }) => id);
        expect(emptyNodes(tables).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });
});

/** What a cut or damaged text may still say about a database: nothing but what was printed. */
const expectNothingInvented = (facts: DatabaseFacts, cluster: PrintedCluster): void => {
  const printed = cluster.databases.find(({ id }) => `db:${id}` === facts.database.id);
  expect(printed).toBeDefined();
  if (!printed) return;
  const whole = factsOf(cluster, printed);
  expect([facts.database.name, facts.syncerMode]).toEqual([printed.name, printed.mode]);
  for (const endpoint of facts.endpoints) {
    const original = whole.endpoints.find(({ id }) => id === endpoint.id);
    expect(original).toMatchObject({ policy: endpoint.policy, include: endpoint.include, exclude: endpoint.exclude });
    expect(original?.nodes).toEqual(expect.arrayContaining(endpoint.nodes));
  }
  expect(whole.primaryNodes).toEqual(expect.arrayContaining(facts.primaryNodes));
  expect(whole.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(facts.nodes.map(({ id }) => id)));
};

describe('a text that is cut', () => {
  const documentedOrder = anyLayout.map((layout) => ({ ...layout, shuffledColumns: false, extraColumns: false }));

  it.each([
    ['the documented order', documentedOrder],
    ['any order', anyLayout],
  ])('in one of its lines, with columns in %s, is refused or says only what was printed', (_name, layouts) => {
    fc.assert(
      fc.property(anyCluster, layouts, fc.nat(), (cluster, layout, seed) => {
        const text = printStatus(cluster, layout);
        const ends = [...text.matchAll(/\n/g)].map(({ index }) => index);
        const line = seed % ends.length;
        for (let end = (ends[line - 1] ?? 0) + 1; end <= (ends[line] ?? 0) + 1; end++) {
          const part = text.slice(0, end);
          const tables = unlessRefused(() => readTables(part));
          if (tables === undefined) continue;
          const lines = visible(part);
          for (const value of rowsOf(tables).flatMap(valuesOf)) {
            if (!lines.some((printed) => printed.includes(value))) expect(lines).toContain(value);
          }
          if (missingTables(tables).length > 0) continue;
          const whole = complete(tables);
          for (const listed of unlessRefused(() => listDatabases(whole)) ?? []) {
            const facts = unlessRefused(() => {
              const info = readDatabaseInfo(printInfo(cluster, Number(listed.id.slice(3)), layout), listed.id);
              return assembleFacts('lab', listed, whole, info, quorumOnly(cluster), READ_AT);
            });
            if (facts) expectNothingInvented(facts, cluster);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of info is refused or says only what was printed', () => {
    fc.assert(
      fc.property(anyCluster, anyLayout, fc.double({ min: 0, max: 1, noNaN: true }), (cluster, layout, where) => {
        const tables = complete(readTables(printStatus(cluster, layout)));
        for (const listed of listDatabases(tables)) {
          const text = printInfo(cluster, Number(listed.id.slice(3)), layout);
          const facts = unlessRefused(() =>
            assembleFacts(
              'lab',
              listed,
              tables,
              readDatabaseInfo(text.slice(0, Math.floor(where * text.length)), listed.id),
              quorumOnly(cluster),
              READ_AT,
            ),
          );
          if (facts) expectNothingInvented(facts, cluster);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a text that is damaged', () => {
  it('by one character is refused or says only what stands there', () => {
    const character = fc.constantFrom(' ', 'x', '1', '\n', '\t', '\r', '\b', '-', ':', '\u001b', 'é', '');
    fc.assert(
      fc.property(anyCluster, anyLayout, fc.nat(), character, (cluster, layout, at, replacement) => {
        const text = printStatus(cluster, layout);
        const place = at % text.length;
        const damaged = text.slice(0, place) + replacement + text.slice(place + 1);
        const tables = unlessRefused(() => readTables(damaged));
        if (tables === undefined || missingTables(tables).length > 0) return;
        const whole = complete(tables);
        for (const listed of unlessRefused(() => listDatabases(whole)) ?? []) {
          unlessRefused(() => {
            const info = readDatabaseInfo(printInfo(cluster, Number(listed.id.slice(3)), layout), listed.id);
            return assembleFacts('lab', listed, whole, info, quorumOnly(cluster), READ_AT);
          });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

const FRAGMENTS = [
  ...['DB:ID', 'NODE:ID', 'NAME', 'ID', 'NODE', 'ROLE', 'SSL', 'STATUS', 'SHARDS', 'SLOTS', 'TYPE', 'ENDPOINT', 'ADDRESS', 'VERSION'],
  ...['ENDPOINTS:', 'SHARDS:', 'DATABASES:', 'CLUSTER NODES:', 'CLUSTER:', 'db:7', 'db:12', '*node:1', 'node:2', 'endpoint:7:1', 'redis:3'],
  ...[
    'single',
    'all-nodes -2',
    'all-master-shards',
    'master',
    'slave',
    'OK',
    'No',
    'active',
    ' ',
    '  ',
    '   ',
    '\n',
    '\n',
    '\n\n',
    '\r\n',
    '\t',
  ],
  ...['\u001b[33m', '\u001b[0m', '\r', '\b', 'db:7 [orders]:', '    syncer_mode: distributed', '    proxy_policy: single', ': ', '[', ']:'],
];
const soup = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 6 })), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 80 }).map((parts) => parts.join(' ')),
);

describe('random text', () => {
  it('never gives a row or a value that does not stand there', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const tables = unlessRefused(() => readTables(text));
        if (tables === undefined) return;
        for (const row of rowsOf(tables)) {
          for (const value of valuesOf(row)) expect(row.line).toContain(value);
          unlessRefused(() => nodeId(row, 'NODE'));
          unlessRefused(() => endpointRole(row));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is never taken for info in a way that throws something else', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const info = unlessRefused(() => readDatabaseInfo(text, 'db:7'));
        // As a reader sees it: without what a terminal would have erased.
        const seen = cleanLines(text).join('\n');
        for (const values of info?.entries.values() ?? []) for (const value of values) expect(seen).toContain(value);
        unlessRefused(() => readClusterInfo(text));
        unlessRefused(() => readNodeInfo(text, 2));
        const actions = readRunningActions(text);
        for (const action of actions ?? []) expect(text).toContain(action);
      }),
      { numRuns: 3_000 },
    );
  });
});
