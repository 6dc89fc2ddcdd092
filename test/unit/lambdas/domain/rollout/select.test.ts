import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RolloutFile, type Selection } from '../../../../../lambdas/contracts/rollout-file.ts';
import { REPLICATION_KINDS } from '../../../../../lambdas/contracts/words.ts';
import { CLASSES, type DatabaseClass } from '../../../../../lambdas/domain/classify.ts';
import { clusterMayMatch, type Selectable, selects, unmatchedTargets } from '../../../../../lambdas/domain/rollout/select.ts';

type SelectionInput = Partial<Selection>;
const selection = (select: SelectionInput): Selection => RolloutFile.parse({ name: 'spring', select }).select;
const orders: Selectable = { cluster: 'eu-west', id: 'db:7', name: 'orders', kind: 'active-active', class: 'C1' };
const isSelected = (select: SelectionInput, database: Partial<Selectable> = {}): boolean =>
  selects(selection(select), { ...orders, ...database }, 'distributed').selected;
const whyNot = (select: SelectionInput, database: Partial<Selectable> = {}): string => {
  const found = selects(selection(select), { ...orders, ...database }, 'distributed');
  return found.selected ? 'it is selected' : found.why;
};

describe('selects', () => {
  it.each<[string, SelectionInput]>([
    ['the name of its cluster', { clusters: ['us-east', 'eu-west'] }],
    ['a pattern of its cluster', { clusters: ['eu-*'] }],
    ['its name', { databases: ['orders'] }],
    ['a pattern of its name', { databases: ['carts', 'ord*'] }],
    ['its id', { databases: ['db:7'] }],
    ['its kind', { kinds: ['replica-of', 'active-active'] }],
    ['its class', { classes: ['C1'] }],
    ['its listed name', { targets: ['eu-west/orders'] }],
    ['its listed id', { targets: ['eu-west/db:7'] }],
    ['all of them', { clusters: ['eu-*'], databases: ['o*'], kinds: ['active-active'], classes: ['C1'] }],
  ])('takes a database by %s', (_name, select) => {
    expect(isSelected(select)).toBe(true);
  });

  it.each<[string, SelectionInput, RegExp]>([
    ['on another cluster', { clusters: ['us-*'] }, /on cluster eu-west/],
    ['of another name', { databases: ['carts'] }, /name/],
    ['of the same name in other letters', { databases: ['Orders'] }, /name/],
    ['of another id', { databases: ['db:70'] }, /name/],
    ['whose id only looks like the pattern', { databases: ['d*'] }, /name/],
    ['of another kind', { kinds: ['replica-of'] }, /of kind active-active, and only replica-of/],
    ['of another class', { classes: ['C2', 'D0'] }, /of class C1, and only C2, D0/],
    ['that fits all but one pattern', { clusters: ['eu-*'], databases: ['carts'] }, /name/],
    ['that is not listed where nothing else selects', { targets: ['eu-west/carts'] }, /not listed/],
    ['of that name listed on another cluster', { targets: ['us-east/orders'] }, /not listed/],
  ])('leaves out a database %s', (_name, select, why) => {
    expect(whyNot(select)).toMatch(why);
  });

  it('takes listed targets beside what the patterns select', () => {
    const select: SelectionInput = { clusters: ['us-*'], targets: ['eu-west/orders'] };
    expect([isSelected(select), isSelected(select, { cluster: 'us-east' }), isSelected(select, { name: 'carts' })]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each<[string, string]>([
    ['name', 'eu-west/orders'],
    ['id', '*/db:7'],
    ['a pattern of its cluster', 'eu-*/orders'],
    ['a pattern of its name', '*/or*s'],
    ['everything', '*/*'],
  ])('leaves out by %s whatever selects it', (_name, exclude) => {
    expect(whyNot({ clusters: ['*'], targets: ['eu-west/orders'], exclude: [exclude] })).toBe(`is excluded by "${exclude}"`);
  });

  it.each(['eu-west/order', 'eu/orders', '*/db:70', '*/d*7', 'eu-west/Orders'])('is not kept from it by the exclusion %s', (exclude) => {
    expect(isSelected({ clusters: ['*'], exclude: [exclude] })).toBe(true);
  });

  it.each(Object.keys(CLASSES).filter((name) => name !== 'X') as DatabaseClass[])('takes class %s where no class is given', (name) => {
    expect(isSelected({ clusters: ['*'] }, { class: name })).toBe(true);
  });

  it('leaves out by any pattern what is not understood, and tells how to learn more', () => {
    expect(whyNot({ clusters: ['*'] }, { class: 'X' })).toMatch(/not understood.*"targets".*distributed/);
  });

  it('takes a listed target whatever its class and kind, so that its plan can tell what is in the way', () => {
    const select: SelectionInput = { kinds: ['active-active'], classes: ['C1'], targets: ['eu-west/orders'] };
    expect(isSelected(select, { class: 'X', kind: 'none' })).toBe(true);
  });

  it('leaves out what does not replicate', () => {
    expect(whyNot({ clusters: ['*'] }, { kind: 'none' })).toBe('does not replicate');
  });

  it('leaves out a database of unknown kind where kinds are given, and says so', () => {
    expect(whyNot({ kinds: ['active-active', 'both'] }, { kind: undefined })).toMatch(/does not say.*active-active, both/);
  });

  it('takes a database of unknown kind where none is given', () => {
    expect(isSelected({ clusters: ['*'] }, { kind: undefined })).toBe(true);
  });
});

const CLUSTERS = ['eu-west', 'eu-east', 'us'];
const PATTERNS = ['eu-*', '*', 'us', '??'];
const anySelection = fc
  .record(
    {
      clusters: fc.subarray(PATTERNS, { minLength: 1 }),
      databases: fc.subarray(['orders', 'o*', 'db:2'], { minLength: 1 }),
      kinds: fc.subarray(['active-active', 'replica-of', 'both'] as const, { minLength: 1 }),
      targets: fc.subarray(
        CLUSTERS.flatMap((cluster) => [`${cluster}/orders`, `${cluster}/db:2`]),
        { minLength: 1, maxLength: 2 },
      ),
      exclude: fc.subarray(['eu-*/*', 'us/orders', '*/db:1', '*/**'], { maxLength: 2 }),
    },
    { requiredKeys: ['exclude'] },
  )
  .filter(({ exclude: _, ...parts }) => Object.keys(parts).length > 0)
  .map((parts) => selection(parts));
const anyDatabase: fc.Arbitrary<Selectable> = fc.record({
  cluster: fc.constantFrom(...CLUSTERS),
  id: fc.constantFrom('db:1', 'db:2'),
  name: fc.constantFrom('orders', 'carts'),
  kind: fc.constantFrom(undefined, ...REPLICATION_KINDS),
  class: fc.constantFrom(...(Object.keys(CLASSES) as DatabaseClass[])),
});

describe('clusterMayMatch', () => {
  it('is true of every cluster that a database is selected on', () => {
    fc.assert(
      fc.property(anySelection, anyDatabase, (any, database) => {
        fc.pre(selects(any, database, 'distributed').selected);
        expect(clusterMayMatch(any, database.cluster)).toBe(true);
      }),
    );
  });

  it.each<[string, SelectionInput]>([
    ['that no pattern stands for', { clusters: ['us-*'] }],
    ['without a listed target where nothing else selects', { targets: ['eu-west-2/orders', 'us/eu-west'] }],
    ['that is excluded as a whole', { clusters: ['*'], exclude: ['eu-*/*'] }],
  ])('is false of a cluster %s', (_name, select) => {
    expect(clusterMayMatch(selection(select), 'eu-west')).toBe(false);
  });

  it.each<[string, SelectionInput]>([
    ['where patterns say nothing of clusters', { databases: ['orders'] }],
    ['with a listed target that no pattern stands for', { clusters: ['us-*'], targets: ['eu-west/orders'] }],
    ['of which only some databases are excluded', { clusters: ['*'], exclude: ['eu-west/?*', 'eu/*'] }],
  ])('is true of a cluster %s', (_name, select) => {
    expect(clusterMayMatch(selection(select), 'eu-west')).toBe(true);
  });
});

describe('unmatchedTargets', () => {
  it('names the listed targets that are nowhere, by name and by id', () => {
    const select = selection({ targets: ['eu-west/orders', 'eu-west/db:7', 'eu-west/Orders', 'us/orders', 'eu-west/db:8'] });
    expect(unmatchedTargets(select, [orders])).toEqual(
      ['eu-west/Orders', 'us/orders', 'eu-west/db:8'].map((target) => `there is no database ${target}`),
    );
  });

  it('says of one that is listed and excluded that it is both', () => {
    const select = selection({ targets: ['eu-west/orders', 'us/carts'], exclude: ['*/orders'] });
    expect(unmatchedTargets(select, [])).toEqual([
      'eu-west/orders is listed, and excluded by "*/orders"',
      'there is no database us/carts, or it is excluded',
    ]);
  });

  it('has nothing to name where only patterns select', () => {
    expect(unmatchedTargets(selection({ clusters: ['*'] }), [])).toEqual([]);
  });
});
