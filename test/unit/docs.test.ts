import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STEP_ERROR_NAMES } from '../../lambdas/contracts/errors.ts';
import { OUTCOME_NAMES } from '../../lambdas/contracts/outcomes.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const testsOf = (folder: string) =>
  readdirSync(new URL(`../${folder}`, import.meta.url))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => read(`test/${folder}/${file}`));
const idsIn = (text: string): string[] => [...text.matchAll(/\b(?:[A-H]\d{2}|GR\d|U\d{1,2})\b/g)].map(([id]) => id);

describe('the list of failures', () => {
  it('has every row that a test is named after', () => {
    const listed = new Set(idsIn(read('docs/failures.md')));
    const named = [...testsOf('workflow'), ...testsOf('cli')].flatMap(idsIn);
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((id) => !listed.has(id))).toEqual([]);
  });
});

describe('the runbook', () => {
  const runbook = read('docs/runbook.md');

  it.each(OUTCOME_NAMES.filter((name) => !['rejected', 'expired', 'window-missed'].includes(name)))('has an entry for %s', (outcome) => {
    expect(runbook).toMatch(new RegExp(`^## .*${outcome}`, 'm'));
  });

  it('speaks only of errors that exist', () => {
    const mentioned = [...runbook.matchAll(/`([A-Z][A-Za-z]+Error)`/g)].map(([, name]) => name);
    expect(mentioned.filter((name) => !(STEP_ERROR_NAMES as string[]).includes(name ?? ''))).toEqual([]);
  });
});
