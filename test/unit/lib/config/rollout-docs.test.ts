import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Configuration } from '../../../../lambdas/contracts/configuration.ts';
import { RolloutFile } from '../../../../lambdas/contracts/rollout-file.ts';
import { ROLLOUT_OUTCOMES } from '../../../../lambdas/contracts/rollout-outcomes.ts';
import { parseRolloutText, readRolloutFile } from '../../../../lib/config/rollout-file.ts';

const DOCS = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const page = readFileSync(join(DOCS, 'rollouts.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
const rowsUnder = (heading: string): string[][] => {
  const [, part = ''] = page.split(`## ${heading}\n`);
  const [own = ''] = part.split(/^## /m);
  return own
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
};

/** What a table has in back quotes. */
const quoted = (cell: string): string | undefined => /^`(.*)`$/.exec(cell)?.[1];
/** Parts that are explained as a whole. */
const WHOLE = new Set(['verification', 'rollback', 'gates.window']);

const unwrapped = (schema: unknown): unknown => {
  if (schema instanceof z.ZodPipe) return unwrapped(schema.def.in);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrapped(schema.def.innerType);
  return schema;
};
function keysOf(schema: unknown, path = ''): string[] {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodObject) || WHOLE.has(path)) return [path];
  return Object.entries(inner.shape).flatMap(([key, value]) => keysOf(value, path === '' ? key : `${path}.${key}`));
}
const valueAt = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inside, key) => (inside as Record<string, unknown> | undefined)?.[key], value);

const isHead = ([first = '']: string[]): boolean => first === 'Key';
const reference = rowsUnder('The file').filter((row) => !isHead(row) && !row[0]?.startsWith('---'));

describe('the page about rollouts', () => {
  it('shows an example that is accepted', () => {
    const file = readRolloutFile(join(DOCS, 'rollout.example.yaml'));
    expect(file).toMatchObject({ name: 'eu-night', select: { clusters: ['eu-*'] }, waves: { canary: 2 }, errorBudget: 2 });
  });

  it('shows only rollouts and configurations that are accepted', () => {
    const [rollouts, configurations] = [blocks('yaml'), blocks('json')];
    expect(rollouts.length * configurations.length).toBeGreaterThan(0);
    for (const text of rollouts) expect(parseRolloutText(text, 'rollouts.md').name).not.toBe('');
    for (const text of configurations) expect(Configuration.safeParse(JSON.parse(text)).error?.message).toBeUndefined();
  });

  it('explains every key of a file, and no other', () => {
    const explained = reference.map(([key = '']) => quoted(key));
    expect(explained.sort()).toEqual(
      keysOf(RolloutFile)
        .filter((key) => key !== '$schema')
        .sort(),
    );
  });

  it('has the defaults that a file has', () => {
    const file = RolloutFile.parse({ name: 'any', select: { clusters: ['*'] } });
    const keys = reference.map(([key = '', value = '']): [string, string | undefined] => [quoted(key) ?? '', quoted(value)]);
    expect(keys.filter(([, value]) => value !== undefined).length).toBeGreaterThan(10);
    for (const [key, value] of keys) {
      const has = key === 'name' || key === 'select.clusters' ? undefined : valueAt(file, key);
      expect([key, value]).toEqual([key, typeof has === 'string' ? has : JSON.stringify(has)]);
    }
  });

  it('has every outcome under its exit code', () => {
    const rows = rowsUnder('Steering it').filter(([code = '']) => /^\d$/.test(code));
    const documented = rows.flatMap(([code, says = '']) =>
      [...says.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => [name, Number(code)] as const),
    );
    const known = Object.entries(ROLLOUT_OUTCOMES).map(([name, { exitCode }]) => [name, exitCode] as const);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(known));
  });
});
