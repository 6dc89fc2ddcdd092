import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, makeBundle } from '../../lib/constructs/bundling/bundle.ts';
import { defaultProvider } from '../../lib/constructs/bundling/credentials-from-environment.ts';
import { SyncshiftStack } from '../../lib/stacks/syncshift-stack.ts';
import { EVERY_CHAT, loaded, REGION } from './deployment.ts';

/** Files of a folder that are functions. */
const functionsIn = (folder: string): string[] =>
  readdirSync(folder)
    .map((file) => `${folder}/${file}`)
    .filter((path) => /export const handler\b/.test(readFileSync(path, 'utf8')));
const STEPS = [...functionsIn('lambdas/steps'), ...functionsIn('lambdas/rollout')];
const CONFIGURED_CHAT = ['receive', 'work', 'inspect-databases', 'follow'].map((name) => `lambdas/chatops/${name}.ts`);
const ENTRIES = [...STEPS, 'lambdas/gates/decisions.ts', 'lambdas/upkeep/watch-locks.ts', ...CONFIGURED_CHAT, 'lambdas/chatops/notify.ts'];
const MOST_BYTES = 400_000;

/** Files that are loaded with a file before any code runs, itself included. */
function loadedWith({ outputs }: Metafile, entry: string): Metafile['outputs'] {
  const byName = Object.fromEntries(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const seen = new Set([entry]);
  for (const name of seen)
    for (const { path, kind, external } of byName[name]?.imports ?? [])
      if (kind === 'import-statement' && !external) seen.add(basename(path));
  return Object.fromEntries(Object.entries(byName).filter(([name]) => seen.has(name)));
}
const packagesIn = (outputs: Metafile['outputs']): string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []) : [],
    ),
  );
const run = (script: string, environment: NodeJS.ProcessEnv = {}): string =>
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: { ...process.env, ...environment } });

describe.each(ENTRIES)('the bundle of %s', (entry) => {
  let folder: string;
  let metafile: Metafile;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    metafile = bundle(entry, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('loads less than 400 kB before it is called', () => {
    const bytes = Object.values(loadedWith(metafile, 'index.mjs')).reduce((sum, output) => sum + output.bytes, 0);
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  it('loads no client of the SDK before a call needs it', () => {
    const clients = packagesIn(loadedWith(metafile, 'index.mjs')).filter((name) => name.startsWith('@aws-sdk/client-'));
    expect(clients).toEqual([]);
  });

  it('looks for credentials in the environment and nowhere else', () => {
    const packages = new Set(packagesIn(metafile.outputs));
    expect(packages).not.toContain('@aws-sdk/credential-provider-node');
  });

  it('is made of files that every user can read', () => {
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o644);
  });

  it('exports a handler, as a function of Lambda loads it', () => {
    const script = `const { handler } = await import(${JSON.stringify(join(folder, 'index.mjs'))}); process.stdout.write(typeof handler);`;
    expect(run(script, { AWS_LAMBDA_FUNCTION_NAME: 'a-step', AWS_REGION: REGION })).toBe('function');
  });
});

describe('bundling', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  // One bundle after the other.
  it('puts the code and the configuration of each step of a change and of a rollout, of the function that takes decisions and of those of chat into assets of their own', {
    timeout: 120_000,
  }, () => {
    const app = new App({ outdir: folder });
    const stack = new SyncshiftStack(app, 'Syncshift', {
      env: { region: REGION },
      configuration: loaded({}, undefined, { chat: EVERY_CHAT }),
    });
    const keys = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Code.S3Key,
    );
    expect(new Set(keys).size).toBe(ENTRIES.length);
    const contents = keys.map((key: string) => readdirSync(join(folder, `asset.${key.replace('.zip', '')}`)));
    for (const files of contents) expect(files).toContain('index.mjs');
    expect(contents.filter((files) => files.includes('syncshift.config.json'))).toHaveLength(STEPS.length + 1 + CONFIGURED_CHAT.length);
  });

  it('gives the same bundle the same hash, wherever and whenever it is made', () => {
    const [one, other] = [mkdtempSync(join(tmpdir(), 'bundle-')), mkdtempSync(join(tmpdir(), 'bundle-'))];
    for (const each of [one, other]) makeBundle('lambdas/steps/complete-change.ts', each);
    expect(readdirSync(one)).toEqual(readdirSync(other));
    for (const file of readdirSync(one)) expect(readFileSync(join(one, file)).equals(readFileSync(join(other, file))), file).toBe(true);
    for (const each of [one, other]) rmSync(each, { recursive: true });
  });

  it('is left out where the stack is not to be deployed', () => {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': ['Another'] }, outdir: join(folder, 'unbundled') });
    new SyncshiftStack(app, 'Syncshift');
    app.synth();
    expect(existsSync(join(folder, 'unbundled'))).toBe(true);
    expect(readdirSync(join(folder, 'unbundled')).filter((name) => name.startsWith('asset.'))).toEqual([]);
  });
});

describe('credentials of a function', () => {
  const source = new URL('../../lib/constructs/bundling/credentials-from-environment.ts', import.meta.url).href;
  const ask = `const { defaultProvider } = await import(${JSON.stringify(source)});
    console.log(JSON.stringify(await defaultProvider()().catch(({ message }) => ({ message }))));`;
  const inEnvironment = (environment: NodeJS.ProcessEnv) =>
    JSON.parse(run(ask, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '', ...environment }));

  it('are those of its role, with the token that makes them temporary', () => {
    const environment = { AWS_ACCESS_KEY_ID: 'one', AWS_SECRET_ACCESS_KEY: 'two', AWS_SESSION_TOKEN: 'three' };
    expect(inEnvironment(environment)).toEqual({ accessKeyId: 'one', secretAccessKey: 'two', sessionToken: 'three' });
  });

  it('are refused in words when there are none', () => {
    expect(inEnvironment({ AWS_ACCESS_KEY_ID: 'one' })).toEqual({ message: 'the environment of the function holds no credentials' });
  });

  it('are given by a function of the name that clients of the SDK import', () => {
    const client = readFileSync('node_modules/@aws-sdk/client-ssm/dist-es/runtimeConfig.js', 'utf8');
    expect(client).toContain('import { defaultProvider as credentialDefaultProvider } from "@aws-sdk/credential-provider-node"');
    expect(defaultProvider()).toBeTypeOf('function');
  });
});
