import { describe, expect, it } from 'vitest';
import { renderInspection } from '../../../../../lambdas/chatops/render/inspection.ts';
import type { Inspection } from '../../../../../lambdas/contracts/inspection.ts';
import { endpoint, facts, OF_CLASS } from '../../../../support/facts.ts';
import { problemsOf } from '../../../../support/slack/block-kit.ts';
import { textOf } from './reading.ts';

const unread = { id: 'db:9', name: 'carts', error: { name: 'ClusterOutputError', message: 'no such line' } };
const many = (count: number): Inspection['databases'] =>
  Array.from({ length: count }, (_, index) =>
    facts({ database: { cluster: 'eu-west', id: `db:${index + 1}`, name: `orders-${index + 1}` } }),
  );

describe('an inspection', () => {
  it('of some databases is a table, with the meanings of the classes in it', () => {
    const wide = facts({
      syncerMode: 'distributed',
      status: 'active',
      job: 'rebinding',
      endpoints: [endpoint({ policy: 'all-nodes', exclude: [3], nodes: [1, 2] })],
    });
    const { message, file } = renderInspection({ cluster: 'eu-west', databases: [OF_CLASS.C1, wide, unread] });
    const text = textOf(message);
    expect(problemsOf(message)).toEqual([]);
    expect(file).toBeUndefined();
    expect(text).toContain('*eu-west*: 3 databases');
    expect(text).toMatch(
      /DATABASE +ID +CLASS +MODE +IN EFFECT +POLICY +PROXIES ON +STATUS\norders +db:7 +C1 +centralized +centralized +single +1 +active\n/,
    );
    expect(text).toMatch(/orders +db:7 +D2 +distributed +distributed +all-nodes -3 +1,2 +active, rebinding\n/);
    expect(text).toMatch(/carts +db:9 +\? .* not read: no such line\n/);
    expect(text).toContain('C1: centralized on a single proxy: the classic baseline\nD2: distributed on several proxies');
  });

  it('of many is what stands out, and the table as a file', () => {
    const { message, file } = renderInspection({ cluster: 'eu-west', databases: [...many(40), OF_CLASS.D0, OF_CLASS.D2, unread] });
    const text = textOf(message);
    expect(problemsOf(message)).toEqual([]);
    expect(text).toContain('• 40 × C1: centralized on a single proxy');
    expect(text).toContain('• 41 centralized, 1 distributed');
    expect(text).toContain('*Distributed by flag only: 1*\n• orders (db:7)');
    expect(text).toContain('*Not read: 1*\n• carts (db:9): no such line');
    expect(text).not.toContain('orders-17');
    expect(file).toMatchObject({ name: 'eu-west-databases.txt' });
    expect(file?.text.split('\n').filter((line) => line.includes('orders-'))).toHaveLength(40);
  });

  it('of few with very many endpoints is a summary as well', () => {
    const endpoints = Array.from({ length: 200 }, (_, index) => endpoint({ id: `7:${index + 1}` }));
    const { message, file } = renderInspection({ cluster: 'eu-west', databases: [facts({ endpoints })] });
    expect(problemsOf(message)).toEqual([]);
    expect(file?.text).toContain('single | single');
  });

  it('of a cluster without databases says that', () => {
    const { message, file } = renderInspection({ cluster: 'eu-west', databases: [] });
    expect([textOf(message), file, problemsOf(message)]).toEqual(['*eu-west*: 0 databases', undefined, []]);
  });
});
