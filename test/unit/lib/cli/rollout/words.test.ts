import { describe, expect, it } from 'vitest';
import { countsInWords, lengthInWords, moneyInWords } from '../../../../../lib/cli/rollout/words.ts';

describe('a length of time', () => {
  it.each([
    [0, '0 s'],
    [0.44, '0.4 s'],
    [9.96, '10 s'],
    [119, '119 s'],
    [120, '2 min'],
    [3_599, '1 h'],
    [11_400, '3 h 10 min'],
    [86_400, '1 d'],
    [180_000, '2 d 2 h'],
  ])('of %s s reads %s', (seconds, words) => {
    expect(lengthInWords(seconds)).toBe(words);
  });
});

it('counts are told in one order, whatever order they come in, without those that are zero', () => {
  expect(countsInWords({ applied: 3, running: 1, waiting: 0 })).toBe('1 running, 3 applied');
  expect(countsInWords({ running: 1, applied: 3 })).toBe('1 running, 3 applied');
  expect(countsInWords({})).toBe('nothing');
});

it('a cost far below a cent does not read as nothing', () => {
  expect([moneyInWords(0.00042), moneyInWords(12.345)]).toEqual(['$0.00042', '$12.35']);
});
