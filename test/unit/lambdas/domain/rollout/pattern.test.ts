import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../../../lambdas/domain/rollout/pattern.ts';

const fewLetters = (letters: string[]) => fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(''));

describe('matchesPattern', () => {
  it.each([
    ['orders', 'orders'],
    ['*', 'orders'],
    ['*', ''],
    ['**', 'orders'],
    ['orders-*', 'orders-'],
    ['*-eu', 'orders-eu-eu'],
    ['o*d*s', 'orders'],
    ['order?', 'orders'],
    ['?*', 'o'],
    ['eu.*', 'eu.west'],
  ])('%s stands for "%s"', (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(true);
  });

  it.each([
    ['orders', 'Orders'],
    ['orders', 'orders-2'],
    ['orders', 'my-orders'],
    ['orders?', 'orders'],
    ['?', ''],
    ['*-eu', 'orders-eu-1'],
    ['a*b*c', 'a-c-b'],
    ['eu.west', 'eu-west'],
    ['', 'orders'],
  ])('%s does not stand for "%s"', (pattern, text) => {
    expect(matchesPattern(pattern, text)).toBe(false);
  });

  it('agrees with the regular expression that the pattern means', () => {
    fc.assert(
      fc.property(fewLetters(['a', 'b', '*', '?']), fewLetters(['a', 'b']), (pattern, text) => {
        const meant = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(pattern, text)).toBe(meant.test(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gets to an end with a pattern of many stars on a text that nearly fits', () => {
    expect(matchesPattern(`${'a*'.repeat(65)}b`, 'a'.repeat(2_000))).toBe(false);
  });
});
