import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionOf, clusterJobs, jobAmongAll, jobOfDatabase } from '../../../../../lambdas/adapters/cluster-rest/actions.ts';
import { agreedNodes, nodesByAddress, nodesByStatistics } from '../../../../../lambdas/adapters/cluster-rest/bound-nodes.ts';
import { nodesInMaintenance, nodesOf, shardsOf } from '../../../../../lambdas/adapters/cluster-rest/cluster-objects.ts';
import { databaseOf } from '../../../../../lambdas/adapters/cluster-rest/database.ts';
import { addressesOfNodes } from '../../../../../lambdas/adapters/cluster-rest/node-addresses.ts';
import { allAtLeast } from '../../../../../lambdas/adapters/cluster-rest/versions.ts';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';
import { database, endpoint, node, source } from './small-api.ts';

const MARK = 'Hostile-S3CRET';
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, undefined, '', 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '7', '7e9', true, [], {}, [[]], MARK, {
    [MARK]: MARK,
  }),
);

/** One field of an object, at any depth, replaced by something hostile. */
function spoiled(whole: Record<string, unknown>): fc.Arbitrary<unknown> {
  const paths = (value: unknown, path: string[]): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...paths(inner, [...path, key])])
      : [];
  const put = (value: unknown, [key, ...rest]: string[], by: unknown): unknown => {
    if (key === undefined) return by;
    const entries = Object.entries(value as object).map(([name, inner]: [string, unknown]) => [
      name,
      name === key ? put(inner, rest, by) : inner,
    ]);
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
  };
  return fc.tuple(fc.constantFrom(...paths(whole, [])), hostile).map(([path, by]) => put(whole, path, by));
}

/** Runs a decoder on something hostile: it decodes, or fails by a name that has a route, and shows nothing of the value. */
function survives<T>(decode: (value: unknown) => T, value: unknown): T | undefined {
  try {
    return decode(value);
  } catch (error) {
    expect(error).toBeInstanceOf(StepError);
    expect((error as StepError).name).toMatch(/^(?:ClusterOutputError|DatabaseBusyError|PreconditionFailedError)$/);
    expect((error as StepError).message).not.toContain(MARK);
    return undefined;
  }
}

describe('G29: decoders', () => {
  const decoders: [string, (value: unknown) => unknown][] = [
    ['databases', databaseOf],
    ['nodes', (value) => nodesOf(value, undefined)],
    ['node states', nodesInMaintenance],
    ['node addresses', addressesOfNodes],
    ['shards', shardsOf],
    ['actions', actionOf],
    ['jobs of a database', jobOfDatabase],
    ['all jobs', (value) => jobAmongAll(value, 7)],
    ['jobs of the cluster', clusterJobs],
  ];

  it.each(decoders)('of %s survive anything', (_name, decode) => {
    fc.assert(fc.property(fc.oneof(hostile, fc.array(hostile)), (value) => void survives(decode, value)));
  });

  it('of a database with one hostile field give a whole database or name a field', () => {
    fc.assert(
      fc.property(spoiled(database({ endpoints: [endpoint({ include_proxies: ['1'] })], crdt_sources: [source()] })), (value) => {
        const decoded = survives(databaseOf, value);
        if (decoded === undefined) return;
        expect(decoded.uid).toBeGreaterThan(0);
        expect(JSON.stringify(decoded)).not.toContain('admin');
        for (const { id, include, exclude } of decoded.endpoints) {
          expect(id.startsWith(`${decoded.uid}:`)).toBe(true);
          for (const number of [...include, ...exclude]) expect(Number.isInteger(number) && number > 0).toBe(true);
        }
      }),
    );
  });

  it('of nodes with one hostile field never turn a node that is not active into one that is', () => {
    fc.assert(
      fc.property(spoiled(node(1)), (value) => {
        const [decoded] = survives((one) => nodesOf([one], new Set()), value) ?? [];
        if (decoded?.status === 'OK') expect(Reflect.get(value as object, 'status')).toBe('active');
      }),
    );
  });

  it('do not find fields on the prototype', () => {
    expect(() => databaseOf(Object.create(database()))).toThrow(/uid/);
  });

  it('do not lose a source that is there', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ uid: fc.oneof(fc.nat(), fc.string()), status: fc.string() })), (sources) => {
        expect(databaseOf(database({ crdt_sources: sources })).sources).toHaveLength(sources.length);
      }),
    );
  });
});

describe('evidence', () => {
  const evidence = fc.option(fc.subarray([1, 2, 3, 4], { minLength: 1 }), { nil: undefined });

  it('counts only when two pieces say the same', () => {
    fc.assert(
      fc.property(fc.array(evidence, { maxLength: 3 }), (all) => {
        const agreed = agreedNodes(all.map((nodes) => ({ name: 'one', nodes })));
        const supporters = all.filter((nodes) => nodes?.join() === agreed?.join()).length;
        if (agreed) expect(supporters).toBeGreaterThanOrEqual(2);
        else expect(new Set(all.filter(Boolean).map(String)).size).toBe(all.filter(Boolean).length);
      }),
    );
  });

  it('of statistics survives anything, and belongs to its own endpoint', () => {
    const [own] = databaseOf(database()).endpoints;
    if (!own) throw new Error('the example has an endpoint');
    fc.assert(fc.property(hostile, (value) => void nodesByStatistics(own, value)));
    expect(nodesByStatistics(own, [{ uid: '17:1:3' }, { uid: '7:11:3' }, { uid: '7:1' }, { uid: 7 }, null])).toBeUndefined();
    expect(nodesByStatistics(own, [{ uid: '7:1:3' }, { uid: '7:1:1' }, { uid: '7:1:3' }])).toEqual([1, 3]);
  });

  it('of addresses is not to be had when one belongs to no node', () => {
    const [own] = databaseOf(database({ endpoints: [endpoint({ addr: ['127.0.0.2', '198.51.100.1'] })] })).endpoints;
    if (!own) throw new Error('the example has an endpoint');
    expect(nodesByAddress(own, nodesOf([node(1), node(2)], new Set()))).toBeUndefined();
  });
});

describe('versions', () => {
  it.each([
    [['8.0.2-17'], true],
    [['8.0.2-16'], false],
    [['7.22.2-79'], false],
    [['8.0.10-1', '100.0.21-16135'], true],
    [['8.2.0-46', ''], false],
    [['latest'], false],
    [[], false],
  ])('%o count as at least 8.0.2-17: %s', (versions, expected) => {
    expect(allAtLeast(versions, '8.0.2-17')).toBe(expected);
  });
});
