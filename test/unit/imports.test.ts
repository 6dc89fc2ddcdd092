import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Folder {
  /** Folders whose files it may import, beside its own. */
  readonly folders: readonly string[];
  /** Packages it may import. */
  readonly packages: RegExp;
  /** Built-in modules it may import; every one unless said. */
  readonly builtIns?: readonly string[];
}

const NONE = /^$/;
const ZOD = /^zod$/;
const MIDDY = /^@middy\//;
const SDK = /^@(?:aws-sdk|smithy|slack)\//;
const POWERTOOLS = /^@aws-lambda-powertools\//;
const CDK = /^(?:aws-cdk-lib|constructs|cdk-[a-z-]+|@aws-cdk\/.*)(?:\/|$)/;
const CDK_OR_ZOD = new RegExp(`${CDK.source}|${ZOD.source}`);
const NOT_CDK = new RegExp(`^(?!${CDK.source.slice(1)})`);

const RRULE = /^rrule-temporal$/;
const LAMBDA_CODE = { folders: ['lambdas/contracts', 'lambdas/domain', 'lambdas/ports', 'lambdas/runtime'], packages: MIDDY };
const CDK_CODE = {
  folders: ['lib/stacks', 'lib/constructs', 'lib/workflows', 'lib/config', 'lambdas/contracts'],
  packages: CDK_OR_ZOD,
};
const DEPLOYED_CODE = { folders: ['lib/local/definitions', 'lib/config', 'lambdas'], packages: NOT_CDK };
const TERMINAL_CODE = { folders: ['lib/local', 'lib/cli', 'lib/config', 'lambdas'], packages: NOT_CDK };

/** Who may import what. What runs in Lambda never sees CDK, and decisions never see the outside world. */
const TABLE: Record<string, Folder> = {
  'lambdas/contracts': { folders: [], packages: ZOD },
  'lambdas/domain': { folders: ['lambdas/contracts'], packages: NONE, builtIns: ['node:crypto'] },
  'lambdas/ports': { folders: ['lambdas/contracts'], packages: NONE },
  'lambdas/adapters/*': {
    folders: ['lambdas/contracts', 'lambdas/ports'],
    packages: new RegExp(`${SDK.source}|^undici(?:/|$)|${RRULE.source}`),
  },
  // Its pipeline takes schemas, so it has to know what a schema is; it makes the clients of the SDK.
  'lambdas/runtime': {
    folders: ['lambdas/contracts', 'lambdas/domain', 'lambdas/ports', 'lambdas/adapters'],
    packages: new RegExp([MIDDY, ZOD, SDK, POWERTOOLS].map(({ source }) => source).join('|')),
  },
  // A step that opens the gate tells its workflow what was decided already.
  'lambdas/steps': {
    ...LAMBDA_CODE,
    folders: [...LAMBDA_CODE.folders, 'lambdas/gates'],
  },
  // Its steps look at gates, and wake the workflow at one that was decided already.
  'lambdas/rollout': {
    folders: [...LAMBDA_CODE.folders, 'lambdas/gates'],
    packages: new RegExp(`${MIDDY.source}|${ZOD.source}`),
  },
  // It reads requests that come from outside.
  'lambdas/gates': { ...LAMBDA_CODE, packages: new RegExp(`${MIDDY.source}|${ZOD.source}`) },
  // It reads what a chat sends, in the words of the command line, and decides by what the gates decide.
  'lambdas/chatops': {
    folders: [...LAMBDA_CODE.folders, 'lambdas/gates'],
    packages: new RegExp([MIDDY, ZOD, /^commander$/, /^@slack\/types$/].map(({ source }) => source).join('|')),
  },
  'lambdas/upkeep': LAMBDA_CODE,
  'lib/stacks': CDK_CODE,
  // It bundles the functions.
  'lib/constructs': { ...CDK_CODE, packages: new RegExp(`${CDK_OR_ZOD.source}|^esbuild$`) },
  'lib/workflows': CDK_CODE,
  // Both the CDK side and the command line load it; it reads the files of rollouts.
  'lib/config': { folders: ['lambdas/contracts'], packages: /^(?:zod|yaml)$/ },
  'lib/local': TERMINAL_CODE,
  // The client of the workflow that is deployed; it knows the definition that it was built with.
  'lib/deployed': DEPLOYED_CODE,
  // The demo shows a simulated cluster, so it has to make one.
  'lib/cli': { ...TERMINAL_CODE, folders: [...TERMINAL_CODE.folders, 'lib/deployed', 'lib/simulator'] },
  // It must be able to disagree with the product.
  'lib/simulator': { folders: ['lambdas/contracts'], packages: /^selfsigned$/ },
  bin: { folders: ['lib', 'lambdas'], packages: /./ },
};

const files = ['bin', 'lambdas', 'lib'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/')),
);
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const IMPORTS = [/^(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]/gm, /\bimport\(\s*['"]([^'"]+)['"]/g];

/** What a text imports, types included: other files as paths from the root, everything else as it is written. */
const importsIn = (text: string, file: string): string[] =>
  IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, specifier = '']) => specifier)).map((specifier) =>
    specifier.startsWith('.') ? join(dirname(file), specifier).split(sep).join('/') : specifier,
  );
const importsOf = (file: string): string[] => importsIn(source(file), file);

const isIn = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);

/** The row of the table that a file belongs to, and the folder that counts as its own. */
function rowOf(file: string): { row: string; own: string } | undefined {
  for (const row of Object.keys(TABLE)) {
    const own = row.endsWith('/*') ? file.split('/').slice(0, row.split('/').length).join('/') : row;
    if (isIn(file, row.replace(/\/\*$/, '')) && isIn(file, own)) return { row, own };
  }
  return undefined;
}

function isAllowed(imported: string, own: string, { folders, packages, builtIns }: Folder): boolean {
  if (imported.startsWith('node:')) return builtIns?.includes(imported) ?? true;
  if (files.includes(imported) || /^(?:bin|lib|lambdas)\//.test(imported))
    return [own, ...folders].some((folder) => isIn(imported, folder));
  return packages.test(imported);
}

function violationsIn(row: string): string[] {
  const rule = TABLE[row];
  return files.flatMap((file) => {
    const place = rowOf(file);
    if (!rule || place?.row !== row) return [];
    return importsOf(file)
      .filter((imported) => !isAllowed(imported, place.own, rule))
      .map((imported) => `${file} imports ${imported}`);
  });
}

describe('imports', () => {
  it('are looked for in every form', () => {
    const text = [
      "import middy, { type MiddlewareObj } from '@middy/core';",
      "import type * as z from 'zod';",
      "import {\n  one,\n  two,\n} from './beside.ts';",
      "export { three } from '../above.ts';",
      "import 'side-effect';",
      "const later = await import('./lazy.ts');",
      "const word = 'not imported'; // from 'anywhere'",
    ].join('\n');
    expect(importsIn(text, 'lib/cli/main.ts')).toEqual([
      '@middy/core',
      'zod',
      'lib/cli/beside.ts',
      'lib/above.ts',
      'side-effect',
      'lib/cli/lazy.ts',
    ]);
  });

  it('name files that exist', () => {
    const written = /^(?:bin|lib|lambdas)\/.*\.ts$/;
    const missing = files.flatMap((file) => importsOf(file).filter((imported) => written.test(imported) && !files.includes(imported)));
    expect(missing).toEqual([]);
  });

  it('are ruled for every file', () => {
    expect(files.filter((file) => rowOf(file) === undefined)).toEqual([]);
  });

  it('count every adapter as a folder of its own', () => {
    expect(rowOf('lambdas/adapters/sqlite/schema.ts')).toEqual({ row: 'lambdas/adapters/*', own: 'lambdas/adapters/sqlite' });
  });

  it.each(Object.keys(TABLE))('of %s keep to the table', (row) => {
    expect(violationsIn(row)).toEqual([]);
  });

  it.each(['lib/local', 'lib/cli', 'lib/simulator', 'lambdas'])('of %s never reach CDK, over however many files', (folder) => {
    const reached = new Set(files.filter((file) => isIn(file, folder)));
    for (const file of reached) for (const imported of importsOf(file)) if (files.includes(imported)) reached.add(imported);
    const loading = [...reached].filter((file) => importsOf(file).some((imported) => CDK.test(imported)));
    expect(loading).toEqual([]);
  });
});

describe('decisions and ports', () => {
  const pure = files.filter((file) => isIn(file, 'lambdas/domain') || isIn(file, 'lambdas/ports'));

  it.each([
    ['the environment', /\bprocess\.env\b/],
    ['the clock', /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/],
    ['chance', /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/],
  ])('never ask for %s', (_name, pattern) => {
    expect(pure.filter((file) => pattern.test(source(file)))).toEqual([]);
  });
});
