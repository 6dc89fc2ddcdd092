import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, splitWords } from '../../../../lambdas/chatops/split-words.ts';

describe('plainText', () => {
  it.each([
    ['inspect <http://eu.example.com|eu.example.com>', 'inspect eu.example.com'],
    ['inspect <http://eu.example.com/orders|eu.example.com/orders>', 'inspect eu.example.com/orders'],
    ['by <mailto:anna@example.com|anna@example.com>', 'by anna@example.com'],
    ['see <https://example.com/ticket?a=1&amp;b=2>', 'see https://example.com/ticket?a=1&b=2'],
    ['call <tel:112>', 'call 112'],
    ['for <@U012A3CDE|anna> in <#C012AB3CD|databases>', 'for @anna in #databases'],
    ['for <@U012A3CDE>', 'for @U012A3CDE'],
    ['<!channel> <!subteam^S012|@dba>', '@channel @dba'],
    ['a &lt;b&gt; &amp;lt;', 'a <b> &lt;'],
    ['a &lt;http://x.example|x&gt;', 'a <http://x.example|x>'],
    ['<cluster>/<database>', '<cluster>/<database>'],
    ['a\u00a0b\u2003c\u202fd\te\nf', 'a b c d e f'],
    ['in\u200bspect \u202eeu\u2066', 'inspect eu'],
    ['bell\u0007 and \u001b[31m', 'bell  and  [31m'],
  ])('gives %j as it was typed: %j', (text, expected) => {
    expect(plainText(text)).toBe(expected);
  });

  it('never makes a text longer', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '|', '&', 'amp;', 'http:', 'mailto:', '@', '#', '!', 'x', ' ') }), (text) => {
        expect(plainText(text).length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  plan   eu/orders ', ['plan', 'eu/orders']],
    ['cancel c1 --reason "not today"', ['cancel', 'c1', '--reason', 'not today']],
    ['cancel c1 —reason “not today”', ['cancel', 'c1', '--reason', 'not today']],
    ['cancel c1 –reason „not today“', ['cancel', 'c1', '--reason', 'not today']],
    ['cancel c1 --reason=‘not today’', ['cancel', 'c1', '--reason=not today']],
    ["cancel c1 —reason='not today'", ['cancel', 'c1', '--reason=not today']],
    ['a «b c» d', ['a', 'b c', 'd']],
    ["\"it's late\" 'it’s late'", ["it's late", 'it’s late']],
    ["don't", ["don't"]],
    ['--reason ""', ['--reason', '']],
    ['"— an aside" a—b —', ['— an aside', 'a—b', '—']],
    ['"say "hi"', ['say "hi']],
  ])('splits %j into %j', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it.each(['cancel c1 --reason "not today', '--reason=“a b', "'", 'a "b"c'])('finds the quote without an end in %j', (text) => {
    expect(splitWords(text)).toEqual({ fault: expect.stringMatching(/^the quote that begins with .* has no end$/) });
  });

  it('gives back words that were put in quotes', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'B', ' ', "'", '-', '—', '=', '<', '/'), minLength: 1 });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(words.map((each) => `"${each}"`).join(' '))).toEqual(words);
      }),
    );
  });
});
