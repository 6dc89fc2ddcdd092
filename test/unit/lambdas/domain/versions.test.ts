import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isOlder, parseVersion, type Version } from '../../../../lambdas/domain/versions.ts';

const field = fc.nat({ max: 30_000 });
const anyVersion: fc.Arbitrary<Version> = fc.tuple(field, field, field, field);

describe('parseVersion', () => {
  it('reads the four fields, build last', () => {
    expect(parseVersion('7.22.2-79')).toEqual([7, 22, 2, 79]);
  });

  it('reads back every version', () => {
    fc.assert(
      fc.property(anyVersion, ([major, minor, patch, build]) => {
        expect(parseVersion(`${major}.${minor}.${patch}-${build}`)).toEqual([major, minor, patch, build]);
      }),
    );
  });

  it.each(['', '7.22.2', '7.22-79', '7.22.2-79b', 'v7.22.2-79', '7.22.2.79', '-'])('does not know the form of "%s"', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('compareVersions', () => {
  it.each([
    ['6.2.18-43', '7.2.4-52'],
    ['7.8.2-34', '7.22.0-95'],
    ['8.0.6-54', '8.0.10-64'],
    ['8.0.20-44', '8.0.20-96'],
  ])('takes %s for older than %s', (older, newer) => {
    const [a, b] = [older, newer].map(parseVersion);
    expect(a && b && compareVersions(a, b)).toBeLessThan(0);
  });

  it('finds a version equal to itself', () => {
    fc.assert(
      fc.property(anyVersion, (version) => {
        expect(compareVersions(version, version)).toBe(0);
      }),
    );
  });

  it('turns its sign when the versions change places', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
    );
  });
});

describe('isOlder', () => {
  it('does not call a version older than itself', () => {
    expect(isOlder([8, 0, 20, 96], [8, 0, 20, 96])).toBe(false);
  });
});
