import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KeptBundles } from '../../../../../lib/constructs/bundling/kept-bundles.ts';

/** A project with one function, made of two files, and its bundle. */
function project() {
  const root = mkdtempSync(join(tmpdir(), 'kept-bundles-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const at = (path: string) => join(root, path);
  for (const folder of ['node_modules', 'made', 'taken']) mkdirSync(at(folder));
  writeFileSync(at('one.ts'), 'one');
  writeFileSync(at('other.ts'), 'other');
  writeFileSync(at('made/index.mjs'), 'bundled');
  const metafile = { inputs: { 'one.ts': {}, 'other.ts': {}, '(disabled):fs': {} }, outputs: {} } as unknown as Metafile;
  const kept = new KeptBundles(root, ['version 1']);
  kept.keep('one.ts', at('made'), metafile);
  return { root, at, kept, metafile };
}

describe('a bundle that was made before', () => {
  it('is used again while nothing that it was made of has changed', () => {
    const { at, kept, metafile } = project();
    expect(kept.take('one.ts', at('taken'))).toEqual(metafile);
    expect(readFileSync(at('taken/index.mjs'), 'utf8')).toBe('bundled');
  });

  it.each([
    ['one of its files was changed, whatever its age', (at: (path: string) => string) => writeFileSync(at('other.ts'), 'OTHER')],
    ['one of its files is gone', (at: (path: string) => string) => rmSync(at('other.ts'))],
  ])('is made anew when %s', (_what, change) => {
    const { at, kept } = project();
    change(at);
    expect(kept.take('one.ts', at('taken'))).toBeUndefined();
    expect(readdirSync(at('taken'))).toEqual([]);
  });

  it('is made anew under other circumstances, and for another function', () => {
    const { root, at, kept } = project();
    expect(new KeptBundles(root, ['version 2']).take('one.ts', at('taken'))).toBeUndefined();
    expect(kept.take('other.ts', at('taken'))).toBeUndefined();
  });

  it('is replaced by the one that is kept after it', () => {
    const { at, kept, metafile } = project();
    writeFileSync(at('made/index.mjs'), 'bundled anew');
    kept.keep('one.ts', at('made'), metafile);
    kept.take('one.ts', at('taken'));
    expect(readFileSync(at('taken/index.mjs'), 'utf8')).toBe('bundled anew');
  });

  it('need not be kept where that cannot be done', () => {
    const { root, at, metafile } = project();
    writeFileSync(at('file'), '');
    const nowhere = new KeptBundles(join(root, 'file'), []);
    expect(() => nowhere.keep('one.ts', at('made'), metafile)).not.toThrow();
    expect(nowhere.take('one.ts', at('taken'))).toBeUndefined();
  });
});
