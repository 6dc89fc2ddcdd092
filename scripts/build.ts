/** Builds `dist/`: the command line, split so that each verb loads only what it needs, and the simulator it demonstrates with. */
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

// Built beside the old one and put in its place by renaming, so that nobody meets a build that is half-way.
const outdir = mkdtempSync('dist-');

/**
 * The local engine never calls a function in AWS and takes its definition from our build, but imports what it would need for both:
 * an SDK client, its credential providers and a validator, four fifths of its loading time. Others may need the same packages.
 */
const spareTheLocalEngine: Plugin = {
  name: 'spare-the-local-engine',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^(?:@aws-sdk\/client-lambda|@aws-sdk\/credential-providers|asl-validator)$/ }, ({ importer }) =>
      importer.includes('aws-local-stepfunctions') ? { path: resolve('scripts/unused-module.ts') } : undefined,
    ),
};

await build({
  entryPoints: { syncshift: 'bin/syncshift.ts', 'rladmin-simulator': 'bin/rladmin-simulator.ts' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  // ES modules where a package has them: a CommonJS one that is loaded later shows nothing but its default.
  mainFields: ['module', 'main'],
  sourcemap: true,
  plugins: [spareTheLocalEngine],
  // commander is CommonJS and asks for node's own modules with require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
for (const entry of ['syncshift', 'rladmin-simulator']) chmodSync(`${outdir}/${entry}.js`, 0o755);
const former = `${outdir}-former`;
if (existsSync('dist')) renameSync('dist', former);
renameSync(outdir, 'dist');
rmSync(former, { recursive: true, force: true });
chmodSync('dist', 0o755);
