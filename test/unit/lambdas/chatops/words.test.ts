import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWords } from '../../../../lambdas/chatops/words.ts';

const answerTo = (text: string): string => {
  const read = readWords(text);
  return 'answer' in read ? read.answer : `no answer but ${JSON.stringify(read.command)}`;
};

const target = { cluster: 'eu-west', database: 'orders' };
const distributed = { syncerMode: 'distributed' };
const window = { opensAt: '2026-12-01T02:00:00+01:00', closesAt: '2026-12-01T04:00:00+01:00' };

describe('readWords', () => {
  it.each([
    ['inspect eu-west', { verb: 'inspect', cluster: 'eu-west' }],
    ['inspect eu-west/orders', { verb: 'inspect', cluster: 'eu-west', database: 'orders' }],
    ['inspect eu-west/db:7', { verb: 'inspect', cluster: 'eu-west', database: 'db:7' }],
    ['inspect <http://eu.example.com|eu.example.com>', { verb: 'inspect', cluster: 'eu.example.com' }],
    ['plan eu-west/orders --to distributed', { verb: 'plan', target, wanted: distributed }],
    ['plan --to=distributed eu-west/orders', { verb: 'plan', target, wanted: distributed }],
    [
      'apply eu-west/orders —to distributed —policy all-nodes —reason “it’s time” --window freeze-free',
      {
        verb: 'apply',
        target,
        wanted: { ...distributed, proxyPolicy: 'all-nodes' },
        reason: 'it’s time',
        window: { calendar: 'freeze-free' },
      },
    ],
    [
      `apply eu-west/orders --to distributed --window ${window.opensAt}/${window.closesAt}`,
      { verb: 'apply', target, wanted: distributed, window },
    ],
    ['apply eu-west/orders --to\u00a0distributed', { verb: 'apply', target, wanted: distributed }],
    [
      'apply eu-west/orders --to distributed --reason "a &lt; b &amp; c"',
      { verb: 'apply', target, wanted: distributed, reason: 'a < b & c' },
    ],
    ['rollback eu-west/orders', { verb: 'rollback', target, wanted: { syncerMode: 'centralized' } }],
    ['rollback eu-west/orders --reason late', { verb: 'rollback', target, wanted: { syncerMode: 'centralized' }, reason: 'late' }],
    ['status', { verb: 'status' }],
    ['status orders-1', { verb: 'status', changeId: 'orders-1' }],
    ['cancel orders-1', { verb: 'cancel', changeId: 'orders-1' }],
    ['rollout plan eu-night', { verb: 'rollout', ask: { action: 'plan', name: 'eu-night' } }],
    ['rollout start eu-night --reason "CHG 9"', { verb: 'rollout', ask: { action: 'start', name: 'eu-night', reason: 'CHG 9' } }],
    ['rollout show rol-eu-1', { verb: 'rollout', ask: { action: 'show', rolloutId: 'rol-eu-1' } }],
    ['rollout pause rol-eu-1', { verb: 'rollout', ask: { action: 'control', control: 'pause', rolloutId: 'rol-eu-1' } }],
    ['rollout resume rol-eu-1', { verb: 'rollout', ask: { action: 'control', control: 'resume', rolloutId: 'rol-eu-1' } }],
    [
      'rollout abort rol-eu-1 —reason ‘it’s late’',
      { verb: 'rollout', ask: { action: 'control', control: 'abort', rolloutId: 'rol-eu-1', reason: 'it’s late' } },
    ],
    ['rollout undo rol-eu-1', { verb: 'rollout', ask: { action: 'control', control: 'undo-all', rolloutId: 'rol-eu-1' } }],
    ['rollout undo --wave rol-eu-1', { verb: 'rollout', ask: { action: 'control', control: 'undo-wave', rolloutId: 'rol-eu-1' } }],
    ["cancel orders-1 --reason 'not today'", { verb: 'cancel', changeId: 'orders-1', reason: 'not today' }],
  ])('reads %j', (text, command) => {
    expect(readWords(text)).toEqual({ command });
  });

  it.each(['', '   ', 'help', '--help', 'help aply'])('answers %j with the help of all verbs', (text) => {
    const answer = answerTo(text);
    expect(answer).toMatch(/^```\nUsage: \/syncshift /);
    for (const verb of ['inspect', 'plan', 'apply', 'rollback', 'status', 'cancel', 'rollout', 'help'])
      expect(answer).toContain(`\n  ${verb} `);
  });

  it.each(['help apply', 'apply --help', 'help   apply'])('answers %j with the help of that verb and its choices', (text) => {
    const answer = answerTo(text);
    expect(answer).toContain('Usage: /syncshift apply &lt;cluster&gt;/&lt;database&gt; --to &lt;mode&gt;');
    expect(answer).toContain('(choices: "centralized", "distributed")');
    expect(answer).toContain('"all-master-shards", "all-nodes"');
  });

  it.each([
    ['aply eu-west/orders', "`unknown command 'aply'`. Did you mean apply?"],
    ['apply eu-west/orders --too distributed', "`unknown option '--too'`. Did you mean --to?"],
    ['apply eu-west/orders', "`required option '--to &lt;mode&gt;' not specified`."],
    ['apply eu-west/orders --to dist', 'Allowed choices are centralized, distributed`.'],
    ['apply eu-west/orders --to distributed --policy single', 'Allowed choices are all-master-shards, all-nodes`.'],
    ['plan eu-west/orders --to distributed --reason x', "`unknown option '--reason'`."],
    ['rollback eu-west/orders --to distributed', "`unknown option '--to'`."],
    ['apply eu-west --to distributed', '`target "eu-west" is not of the form &lt;cluster&gt;/&lt;database&gt;`.'],
    ['apply a/b/c --to distributed', 'is not of the form &lt;cluster&gt;/&lt;database&gt;`.'],
    ['apply eu-west/_x --to distributed', 'database: expected a database name'],
    ['inspect eu!west', 'cluster: expected a cluster name'],
    ['inspect eu-west orders', "`too many arguments for 'inspect'. Expected 1 argument but got 2: eu-west, orders`."],
    ['cancel', "`missing required argument 'change'`."],
    ['cancel a/b', 'changeId: expected letters, digits'],
    ['rollout strat eu-night', "`unknown command 'strat'`. Did you mean start?"],
    ['rollout pause chg-1', 'is no id of a rollout'],
    ['rollout start', "`missing required argument 'name'`."],
    ['rollout undo rol-1 --waves', "`unknown option '--waves'`. Did you mean --wave?"],
    ['cancel orders-1 --reason', "`option '--reason &lt;text&gt;' argument missing`."],
    ['apply eu-west/orders --to distributed --window 2026-12-01/2026-12-02', 'opensAt: Invalid ISO datetime'],
    ['apply eu-west/orders --to distributed --window ""', 'window.calendar: '],
    ['apply eu-west/orders --to distributed --reason "not today', 'the quote that begins with "not today has no end`.'],
    [`cancel orders-1 --reason "${'x'.repeat(1_001)}"`, 'reason: '],
    ['x'.repeat(3_001), '`a command has at most 3000 characters`.'],
  ])('says what is wrong with %j, and how it is right', (text, fault) => {
    const answer = answerTo(text);
    expect(answer).toMatch(/^Nothing was done: /);
    expect(answer).toContain(fault);
    expect(answer).toContain('\n```\n/syncshift ');
  });

  it('shows the usage of the verb that was meant, and of every verb while none is known', () => {
    expect(answerTo('cancel')).toContain('```\n/syncshift cancel &lt;change&gt; [--reason &lt;text&gt;]\n/syncshift help [verb]\n```');
    expect(answerTo('cancl x').match(/^\/syncshift /gm)).toHaveLength(8);
    expect(answerTo('rollout strt x').match(/^\/syncshift rollout \w+/gm)).toEqual(
      ['plan', 'start', 'show', 'pause', 'resume', 'abort', 'undo'].map((action) => `/syncshift rollout ${action}`),
    );
  });

  it.each(['<!channel> x', '&lt;!channel&gt;', 'inspect "<http://evil.example|x>"', 'status `<!here>`', 'apply a/`b --to <@U1>'])(
    'repeats nothing of %j that Slack would act on',
    (text) => {
      expect(answerTo(text)).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
    },
  );

  const piece = fc.constantFrom(
    ...[
      'inspect',
      'plan',
      'apply',
      'status',
      'cancel',
      'help',
      'eu/orders',
      '--to',
      '—to',
      'distributed',
      '--reason',
      '--window',
      '--help',
    ],
    ...[
      '--',
      '-',
      '=',
      '"',
      '“',
      "'",
      '`',
      '```',
      '<!channel>',
      '<http://x|y>',
      '&lt;',
      '&amp;',
      '<',
      '>',
      '\n',
      '\u00a0',
      '/',
      '__proto__',
    ],
  );

  const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

  it('reads or answers whatever is typed, with back quotes only around our own pieces of code', () => {
    const typed = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 60 }),
      fc.array(piece, { maxLength: 12 }).map((all) => all.join(' ')),
      fc.array(piece).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(typed, (text) => {
        const read = readWords(text);
        if ('command' in read) return;
        expect(read.answer).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
        expect(read.answer).toMatch(/^(?:Nothing was done: `[^`\n]+`[^`\n]*\n)?```\n[^`]+\n```$/);
      }),
      { numRuns: 500 },
    );
  });
});
