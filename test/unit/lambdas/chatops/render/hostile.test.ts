/** Whatever people and clusters write, it is shown as what it is, and it fits. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderAsked, renderOpening } from '../../../../../lambdas/chatops/render/asked.ts';
import { renderInspection } from '../../../../../lambdas/chatops/render/inspection.ts';
import { renderOne, renderStatus } from '../../../../../lambdas/chatops/render/status.ts';
import { renderThread, type ThreadSource } from '../../../../../lambdas/chatops/render/thread.ts';
import type { Inspection } from '../../../../../lambdas/contracts/inspection.ts';
import type { Lock } from '../../../../../lambdas/contracts/record.ts';
import type { ChatMessage } from '../../../../../lambdas/ports/chat.ts';
import { endpoint, facts, NOW } from '../../../../support/facts.ts';
import { problemsOf } from '../../../../support/slack/block-kit.ts';
import { type StoryName, tell } from './stories.ts';

/** Where people, clusters and errors put words; ids, kinds and moments are ours. */
const WORDS = new Set([
  'requestedBy',
  'reason',
  'by',
  'holder',
  'why',
  'text',
  'message',
  'command',
  'database',
  'cluster',
  'calendar',
  'policy',
  'class',
  'state',
  'description',
  'status',
  'name',
]);
const LISTS = new Set(['clientImpact', 'warnings', 'blockers']);
/** By these a record is understood. */
const OURS = new Set(['ChangeCancelledError', 'ChangeNotAppliedError', 'waiting', 'approved', 'rejected', 'closed']);

function poisoned(value: unknown, words: string, many: number, key = ''): unknown {
  if (typeof value === 'string') return WORDS.has(key) && !OURS.has(value) ? words : value;
  if (Array.isArray(value)) {
    if (LISTS.has(key)) return Array.from({ length: many }, () => words);
    const inner = value.map((item) => poisoned(item, words, many));
    if (key === 'endpoints') return Array.from({ length: many }, (_, i) => ({ ...(inner[0] as object), id: `7:${i + 1}` }));
    return key === 'steps' && many > 1 && inner[0] ? Array.from({ length: many }, () => inner[0]) : inner;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, words, many, name)]));
}

const poison = ({ links, ...source }: ThreadSource, words: string, many: number): ThreadSource => ({
  ...(poisoned(source, words, many) as Omit<ThreadSource, 'links'>),
  links,
});

const EVIL = [
  '<!channel>',
  '<!here|x>',
  '<@U0123456>',
  '<https://evil.example|here>',
  '*bold*',
  '`',
  '```',
  '&amp;',
  '&',
  '\n> ',
  '\u202e',
  '🙂',
  '👩‍🚀',
  ':x:',
  '"',
  ' ',
];
const anyWords = fc.oneof(
  fc.array(fc.constantFrom(...EVIL, 'word'), { minLength: 1, maxLength: 40 }).map((parts) => parts.join('')),
  fc.constantFrom(...EVIL).map((part) => part.repeat(Math.ceil(3_000 / part.length))),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 3_000 }),
);
const anyCount = fc.constantFrom(1, 2, 30, 200);

/** Mentions and links that we write ourselves never name what the hostile words name. */
const SMUGGLED = /<!(?:channel|here|everyone)|<@U0123456|<https:\/\/evil|[\u202a-\u202e\u2066-\u2069]/;

function expectHarmless(message: ChatMessage): void {
  expect(problemsOf(message)).toEqual([]);
  expect(JSON.stringify(message)).not.toMatch(SMUGGLED);
  for (const text of [message.text, ...message.blocks.map((block) => ('text' in block ? (block.text as { text: string }).text : ''))]) {
    expect(text.split('```').length % 2, `a code block that is left or broken into: ${text}`).toBe(1);
    expect(text.split('`').length % 2, `code that is left or broken into: ${text}`).toBe(1);
  }
}

describe('hostile words', () => {
  const names: StoryName[] = [
    'two approvers',
    'rejected',
    'cancelled after a write',
    'needs an operator, cleared',
    'refused',
    'planned',
    'window to come',
  ];
  const sources: ThreadSource[] = [];
  beforeAll(async () => {
    // One after the other: changes on one machine share their ports.
    for (const name of names) {
      const moments = await tell(name);
      sources.push(...[moments.find(({ gate }) => gate), moments.at(-1)].filter((source) => source !== undefined));
    }
  });

  it('in a record and its gate neither break a limit nor mean anything', () => {
    fc.assert(
      fc.property(anyWords, anyCount, fc.nat(), (words, many, which) => {
        const source = sources[which % sources.length] ?? expect.unreachable();
        for (const { message } of renderThread(poison(source, words, many))) expectHarmless(message);
      }),
      { numRuns: 150 },
    );
  });

  it('that did not fit are in a file in full', () => {
    const [source = expect.unreachable()] = sources;
    const words = `${'long '.repeat(100)}<!channel>`;
    const question = renderThread(poison(source, words, 200)).find(({ part }) => part === 'approval');
    expect(JSON.stringify(question?.message)).toMatch(/… and \d+ more/);
    expect(question?.file?.text.split(words).length).toBeGreaterThan(400);
    expect(question?.file?.text).toContain('endpoint 7:200');
  });

  it('in a list of changes, in one of them and in what was asked mean nothing', () => {
    fc.assert(
      fc.property(anyWords, fc.constantFrom(1, 100), (words, many) => {
        const { record, gate, links } = poison(sources.at(-1) ?? expect.unreachable(), words, 1);
        const { report: _, ...running } = record;
        const lock: Lock = {
          cluster: words,
          database: words,
          changeId: record.changeId,
          holder: { description: words, host: words },
          since: NOW,
          leaseUntil: words,
          snapshot: facts(),
        };
        const texts = [
          renderStatus(
            Array.from({ length: many }, () => record),
            [lock],
          ),
          renderStatus(
            Array.from({ length: many }, () => running),
            [lock],
          ),
          renderOne(record, gate, lock, links),
          renderOne(running, gate, lock, links),
        ];
        for (const text of texts) {
          expectHarmless({ text, blocks: [] });
          expect(text.length).toBeLessThanOrEqual(4_000);
        }
        expectHarmless(renderAsked({ user: 'U123', words }));
        expectHarmless(
          renderOpening({
            changeId: 'chg',
            target: { cluster: words, database: words },
            wanted: { syncerMode: 'distributed' },
            reason: words,
          }),
        );
      }),
    );
  });

  it('in the names of a cluster mean nothing, however many databases it has', () => {
    fc.assert(
      fc.property(anyWords, anyCount, fc.constantFrom(1, 30), (words, many, endpoints) => {
        const read = facts({
          database: { cluster: words, id: 'db:7', name: words },
          status: words,
          endpoints: Array.from({ length: endpoints }, () => endpoint()),
        });
        const unread = { id: words, name: words, error: { name: words, message: words } };
        const databases: Inspection['databases'] = [...Array.from({ length: many }, () => read), unread];
        expectHarmless(renderInspection({ cluster: words, databases }).message);
      }),
      { numRuns: 50 },
    );
  });
});
