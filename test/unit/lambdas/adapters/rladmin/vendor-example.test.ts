import { describe, expect, it } from 'vitest';
import { assembleFacts, type ClusterTables, listDatabases } from '../../../../../lambdas/adapters/rladmin/facts.ts';
import { readDatabaseInfo } from '../../../../../lambdas/adapters/rladmin/info.ts';
import { readTables } from '../../../../../lambdas/adapters/rladmin/tables.ts';
import { classify } from '../../../../../lambdas/domain/classify.ts';
import { fixture } from './fixtures.ts';

describe("the vendor's own example of status extra all", () => {
  it('reads as the database that it shows', () => {
    const tables = readTables(fixture('status-extra-all')) as ClusterTables;
    const [listed] = listDatabases(tables);
    if (!listed) throw new Error('no database was read');
    const info = readDatabaseInfo('db:3 [database3]:\n  proxy_policy: single\n  syncer_mode: centralized\n', 'db:3');
    const facts = assembleFacts('docs', listed, tables, info, new Set(), '2026-01-01T00:00:00Z');
    expect(facts).toMatchObject({
      database: { id: 'db:3', name: 'database3' },
      status: 'active',
      job: null,
      endpoints: [{ id: '3:1', policy: 'single', include: [], exclude: [], nodes: [1] }],
      primaryNodes: [1],
      sickShards: [],
      nodes: [1, 2, 3].map((id) => ({ id, status: 'OK', version: '6.2.12-37', kind: 'data' })),
    });
    expect(classify(facts)).toBe('C1');
  });
});
