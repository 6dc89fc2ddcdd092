import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aligned, code, fitted, linkTo, literal, moment, recordLink, said } from '../../../../../lambdas/chatops/render/text.ts';
import { typed } from '../../../../../lambdas/domain/typed-command.ts';

describe('words of others', () => {
  it('are one line, whatever is in them', () => {
    expect(said(' one\n> two\r\n\tthree\u2028four\u202efive ')).toBe('one &gt; two three four five');
  });

  it('are cut between characters, and never within what stands for one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('&', '<', 'a', '🙂')), fc.integer({ min: 6, max: 40 }), (characters, max) => {
        const text = said(characters.join(''), max);
        expect(text.length).toBeLessThanOrEqual(max);
        expect(text).toMatch(/^(?:&amp;|&lt;|a|🙂)*…?$/u);
      }),
    );
  });

  it('keep their blanks in a table', () => {
    expect(literal('a   b\tc  ')).toBe('a   b c');
  });

  it('are set as code without a way out of it', () => {
    expect(code('a`b').split('`')).toHaveLength(3);
  });
});

describe('a moment', () => {
  it('is shown in the time zone of the reader, or as it is where it is none', () => {
    expect(moment('2026-12-01T13:00:00+01:00')).toBe('<!date^1796126400^{date_short_pretty} {time}|2026-12-01T13:00:00+01:00>');
    expect(moment('<soon>')).toBe('&lt;soon&gt;');
  });
});

describe('a place', () => {
  it('is a link where it is an address, and else itself', () => {
    expect(linkTo('https://example.com/r?a&b#c', 'runbook')).toBe('<https://example.com/r?a&amp;b#c|runbook>');
    expect(linkTo('docs/runbook.md#refused', 'runbook')).toBe('`docs/runbook.md#refused`');
    expect(linkTo('https://example.com/|<!channel>', 'runbook')).not.toMatch(/^</);
    expect(recordLink('`syncshift show chg-1`')).toBe('`syncshift show chg-1`');
  });
});

describe('lines', () => {
  it('that fit are left alone', () => {
    expect(fitted(['a', 'b'], 10)).toEqual({ lines: ['a', 'b'], isWhole: true });
  });

  it('that do not fit end with how many are left out', () => {
    const { lines, isWhole } = fitted(
      Array.from({ length: 100 }, () => '12345678'),
      60,
    );
    expect(lines).toEqual(['12345678', '12345678', '12345678', '12345678', '… and 96 more']);
    expect(isWhole).toBe(false);
  });

  it('one of which was cut are not whole', () => {
    expect(fitted([said('a'.repeat(50), 10)], 100).isWhole).toBe(false);
  });

  it('of a table are aligned', () => {
    expect(
      aligned([
        ['a', 'bb'],
        ['ccc', ''],
      ]),
    ).toEqual(['a    bb', 'ccc']);
  });
});

describe('a command', () => {
  it('is shown as one would type it', () => {
    expect(['tune db db:7 syncer_mode distributed', 'PUT /v1/bdbs/7 {}'].map(typed)).toEqual([
      'rladmin tune db db:7 syncer_mode distributed',
      'PUT /v1/bdbs/7 {}',
    ]);
  });
});
