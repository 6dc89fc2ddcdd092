import { resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';

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

/** Bundles programs for one machine into a folder, split so that each loads only what it needs. @param entryPoints - their sources, by name. */
export async function bundle(entryPoints: Record<string, string>, outdir: string): Promise<void> {
  await build({
    entryPoints,
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
}
