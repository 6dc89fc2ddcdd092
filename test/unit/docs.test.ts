import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import { STEP_ERROR_NAMES } from '../../lambdas/contracts/errors.ts';
import { OUTCOME_NAMES } from '../../lambdas/contracts/outcomes.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file))
    .sort();

const idsIn = (text: string): string[] => [...text.matchAll(/\b(?:[A-H]\d{2}|GR\d|U\d{1,2})\b/g)].map(([id]) => id);
/** `A01` to `A31`, for 'A' and 31. */
const range = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);
/** What is known to go wrong, by the vendor's documentation and by what others have seen. */
const KNOWN = [
  ...range('A', 31),
  ...range('B', 21),
  ...range('C', 18),
  ...range('D', 20),
  ...range('E', 16),
  ...range('F', 9),
  ...range('G', 30),
  ...range('H', 10),
];

interface Row {
  readonly ids: string[];
  readonly cells: string[];
}
const rowsOf = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => ({ ids: idsIn(cells[0] ?? ''), cells: cells.map((cell) => cell.trim()) }))
    .filter(({ ids }) => ids.length > 0);

const [reactions = '', notStaged = ''] = read('docs/failures.md').split(/^## Not staged in tests$/m);
const listed = rowsOf(reactions).flatMap(({ ids }) => ids);
const unstaged = rowsOf(notStaged).flatMap(({ ids }) => ids);

/** Tests of the simulator show that it can go wrong, not what is done about it. */
const SIMULATOR = join('test', 'unit', 'lib', 'simulator');
/** Titles, and the rows of the tables that titles are made from, are what a test has in quotes; a comment stages nothing. */
const staged = new Set(
  filesIn('test', '.test.ts')
    .filter((file) => !file.startsWith(SIMULATOR) && file !== relative(ROOT, fileURLToPath(import.meta.url)))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
        .flatMap((line) => line.match(/'(?:[^'\\]|\\.)*'|`[^`]*`|"(?:[^"\\]|\\.)*"/g) ?? [])
        .flatMap(idsIn),
    ),
);

describe('the list of failures', () => {
  it('has a row for everything that is known to go wrong', () => {
    expect(KNOWN.filter((id) => !listed.includes(id))).toEqual([]);
  });

  it('has no id twice', () => {
    for (const ids of [listed, unstaged]) expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('says in every row what is seen, what is done and how it ends', () => {
    expect(rowsOf(reactions).filter(({ cells }) => cells.length !== 4 || cells.includes(''))).toEqual([]);
  });

  it('has every row that a test is named after', () => {
    expect(staged.size).toBeGreaterThan(50);
    expect([...staged].filter((id) => !listed.includes(id))).toEqual([]);
  });

  it('says of every row without a test why there is none', () => {
    expect(KNOWN.filter((id) => !staged.has(id) && !unstaged.includes(id))).toEqual([]);
    expect(rowsOf(notStaged).filter(({ cells: [, why = ''] }) => why.length < 20)).toEqual([]);
  });

  it('calls nothing not staged that a test is named after', () => {
    expect(unstaged.filter((id) => staged.has(id))).toEqual([]);
  });
});

const headingsOf = (markdown: string): string[] => [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
/** The anchor that a heading gets. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');

describe('the runbook', () => {
  const runbook = read('docs/runbook.md');
  const anchors = headingsOf(runbook).map(anchorOf);
  const [, entries = ''] = /RUNBOOK_ENTRIES = \{([^}]*)\}/.exec(read('lib/constructs/change-alarms.ts')) ?? [];
  const alarms = [...entries.matchAll(/(\w+): '([^']+)'/g)].map(([, alarm = '', anchor = '']) => [alarm, anchor] as const);

  it.each(OUTCOME_NAMES)('has an entry for %s', (outcome) => {
    expect(runbook).toMatch(new RegExp(`^## .*${outcome}`, 'm'));
  });

  it('has the entry that each alarm points to', () => {
    expect(alarms.length).toBeGreaterThan(0);
    expect(alarms.filter(([, anchor]) => !anchors.includes(anchor))).toEqual([]);
  });

  it('speaks of every error, and only of errors that exist', () => {
    const mentioned = new Set([...runbook.matchAll(/`([A-Z][A-Za-z]+Error)`/g)].map(([, name = '']) => name));
    expect([...mentioned].sort()).toEqual([...STEP_ERROR_NAMES].sort());
  });
});

describe('the documentation', () => {
  const pages = ['README.md', ...filesIn('docs', '.md')];
  const linksOf = (page: string): string[] =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));

  it.each(pages)('has no broken link in %s', (page) => {
    const broken = linksOf(page).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !headingsOf(read(target)).map(anchorOf).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(['README.md', 'docs/connecting.md', 'docs/gates.md', 'docs/chatops.md', 'docs/notifications.md'])(
    'shows in %s only configurations that are accepted',
    (page) => {
      // An example may be part of a list, and is indented then.
      const examples = [...read(page).matchAll(/^( *)```json\n([\s\S]*?)^\1```$/gm)].map(([, , example = '']) => example);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(Configuration.safeParse(JSON.parse(example)).error?.message).toBeUndefined();
    },
  );

  it('can be reached from the readme, page by page', () => {
    const reached = new Set<string>();
    const follow = (page: string): void => {
      if (reached.has(page)) return;
      reached.add(page);
      for (const link of linksOf(page)) {
        const target = join(dirname(page), link.split('#')[0] ?? '');
        if (target.endsWith('.md')) follow(target);
      }
    };
    follow('README.md');
    expect(pages.filter((page) => !reached.has(page) && !page.startsWith(join('docs', 'decisions')))).toEqual([]);
  });
});
