import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile, version } from 'esbuild';
import { KeptBundles } from './kept-bundles.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs as another user than the one who bundles, whose files may be private by default. */
const READABLE_BY_ALL = 0o644;

const OPTIONS = {
  absWorkingDir: ROOT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // ES modules where a package has them: only those can be shaken.
  mainFields: ['module', 'main'],
  // A function has its credentials in its environment: none of the other places that the SDK knows is asked.
  alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'lib/constructs/bundling/credentials-from-environment.ts') },
  // CommonJS packages ask for node's own modules with require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  // Asked for by undici: without it, it brings its parser a second time for processors that Lambda does not have.
  define: { esbuildDetection: '1' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Packages and where they are found are those of the lock file. */
const SETTLED_BY = ['package-lock.json', 'package.json', 'tsconfig.json'];
const keptBundles = (): KeptBundles =>
  new KeptBundles(ROOT, [version, JSON.stringify(OPTIONS), ...SETTLED_BY.map((file) => readFileSync(join(ROOT, file), 'utf8'))]);

/** Bundles anew. */
export function makeBundle(entry: string, outdir: string): Metafile {
  const { metafile } = buildSync({ ...OPTIONS, entryPoints: { index: entry }, outdir });
  for (const file of readdirSync(outdir)) chmodSync(join(outdir, file), READABLE_BY_ALL);
  return metafile;
}

/**
 * Bundles one function as ES modules: `index.mjs` with what it always needs, and a chunk for each thing that it imports when it
 * needs it. The SDK is part of it, so what was tested is what runs.
 * @param entry - path of the file that exports `handler`, from the root of the project.
 * @param outdir - existing folder, which is empty.
 * @returns what went into which file.
 * @see docs/decisions/0009-functions-are-split-bundles.md
 */
export function bundle(entry: string, outdir: string): Metafile {
  const kept = keptBundles();
  const taken = kept.take(entry, outdir);
  if (taken) return taken;
  const metafile = makeBundle(entry, outdir);
  kept.keep(entry, outdir, metafile);
  return metafile;
}
