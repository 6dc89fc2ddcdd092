import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT, byTag, EVERY_WAY_IN, OTHER_ACCOUNT } from './deployment.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the app as the CDK command line does, without bundling. */
function synth(context: Record<string, string> = {}, environment: NodeJS.ProcessEnv = {}) {
  const { CDK_DEFAULT_ACCOUNT: _account, CDK_DEFAULT_REGION: _region, ...inherited } = process.env;
  const env = {
    ...inherited,
    CDK_OUTDIR: join(folder, 'out'),
    CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context }),
    ...environment,
  };
  const { status, stderr } = spawnSync(process.execPath, [resolve('bin/app.ts')], { cwd: folder, encoding: 'utf8', env });
  return {
    status,
    stderr,
    stacks: () => readdirSync(join(folder, 'out')).flatMap((file) => /^(.+)\.template\.json$/.exec(file)?.[1] ?? []),
  };
}
const configure = (clusters: Record<string, unknown>, file = 'syncshift.config.json') =>
  writeFileSync(join(folder, file), JSON.stringify({ clusters }));

describe('the app', () => {
  it('makes the main stack in a bare checkout, and says that it can reach nothing', () => {
    const { status, stacks } = synth();
    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'out', 'Syncshift.metadata.json'), 'utf8')).toContain(
      'no syncshift.config.json here and none given with -c config=FILE: no cluster can be reached',
    );
    expect(stacks()).toEqual(['Syncshift']);
  });

  it('makes a stack for each other account and region where the file of the usual name has nodes', () => {
    configure(EVERY_WAY_IN);
    const { status, stacks } = synth({}, { CDK_DEFAULT_ACCOUNT: ACCOUNT, CDK_DEFAULT_REGION: 'eu-west-1' });
    expect(status).toBe(0);
    expect(stacks().sort()).toEqual([
      'Syncshift',
      `SyncshiftNodes-${OTHER_ACCOUNT}-ap-south-1-for-${ACCOUNT}-eu-west-1`,
      'SyncshiftNodes-us-west-2-for-eu-west-1',
    ]);
  });

  it('takes the configuration and its region from the context', () => {
    configure({ far: byTag('far', 'us-west-2') }, 'other.json');
    const { status, stacks } = synth({ region: 'eu-west-1', config: 'other.json' });
    expect(status).toBe(0);
    expect(stacks().sort()).toEqual(['Syncshift', 'SyncshiftNodes-us-west-2-for-eu-west-1']);
  });

  it.each([
    ['a file that is not there', { config: 'missing.json' }, /^\S+missing\.json: no such file\n$/],
    ['a region that is not known', {}, /^clusters\.eu: .*expected one from -c region=.*\n$/],
  ])('says in one line what is wrong: %s', (_case, context, message) => {
    configure({ eu: byTag('eu') });
    const { status, stderr } = synth(context);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
