import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../../lambdas/contracts/configuration.ts';
import { rolloutNamed } from '../../../../lambdas/contracts/named-rollouts.ts';
import { describeIssues } from '../../../../lambdas/contracts/parse.ts';
import type { LoadedConfiguration } from '../../../../lib/config/load.ts';
import { configuredRollout, rolloutFilesOf } from '../../../../lib/config/named-rollouts.ts';
import { bundledConfiguration } from '../../../../lib/constructs/deployable-clusters.ts';

const SLACK = { team: 'T012AB3C4', credentials: { secretId: 'slack' }, operators: ['alice@example.com'] };
const ROLLOUT = 'name: eu\nselect: { clusters: ["eu-*"] }\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'named-rollouts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const configured = (more: Record<string, unknown>): LoadedConfiguration => ({
  configuration: Configuration.parse({ clusters: {}, chat: { slack: SLACK }, ...more }),
  file: join(folder, 'syncshift.config.json'),
  stateFolder: join(folder, '.syncshift'),
});
const withFile = (text = ROLLOUT, more: Record<string, unknown> = {}): LoadedConfiguration => {
  writeFileSync(join(folder, 'eu.yaml'), text);
  return configured({ rollouts: { 'eu-night': { file: './eu.yaml' } }, ...more });
};
/** The configuration as functions of chat find it. */
function bundled(loaded: LoadedConfiguration): Configuration {
  const [{ text } = { text: '' }] = bundledConfiguration(loaded, { chat: loaded.configuration.chat });
  return Configuration.parse(JSON.parse(text));
}

describe('a rollout that the configuration names', () => {
  it('is read from its file beside the configuration, as it is at that moment', () => {
    const loaded = withFile();
    expect(configuredRollout(loaded, 'eu-night').errorBudget).toBe(0);
    withFile(`${ROLLOUT}errorBudget: 2`);
    expect(configuredRollout(loaded, 'eu-night').errorBudget).toBe(2);
  });

  it('is another one than those that are not configured', () => {
    const says = 'is configured; there is eu-night';
    expect(() => configuredRollout(withFile(), 'us')).toThrow(`no rollout "us" ${says}`);
    expect(() => configuredRollout(withFile(), 'constructor')).toThrow(`no rollout "constructor" ${says}`);
    expect(() => configuredRollout(configured({}), 'us')).toThrow('no rollout "us" is configured; there is none');
  });

  it('is for somebody in chat refused with the fault of its file', async () => {
    const { names, read } = rolloutFilesOf(withFile('name: eu'));
    expect(names).toEqual(['eu-night']);
    await expect(read('eu-night')).rejects.toMatchObject({
      name: 'InvalidInputError',
      message: expect.stringContaining('eu.yaml:1:1: select: '),
    });
    await expect(rolloutFilesOf(withFile()).read('eu-night')).resolves.toMatchObject({ name: 'eu' });
  });

  it.each([
    ['neither', {}, 'rollouts.eu: expected { "file" } or { "rollout" }'],
    ['both', { file: 'a', rollout: { name: 'eu', select: { clusters: ['a'] } } }, 'rollouts.eu: expected { "file" } or { "rollout" }'],
    ['a rollout with a fault', { rollout: { name: 'eu', select: {} } }, 'rollouts.eu.rollout.select: selects nothing'],
    ['another key', { path: 'a' }, 'Unrecognized key: "path"'],
  ])('is a file or a rollout, not %s', (_case, named, says) => {
    const { error } = Configuration.safeParse({ clusters: {}, rollouts: { eu: named } });
    expect(error && describeIssues(error)).toContain(says);
  });

  it('has a name that can be typed', () => {
    const { error } = Configuration.safeParse({ clusters: {}, rollouts: { 'eu night': { file: 'a' } } });
    expect(error && describeIssues(error)).toContain('is no name of a rollout');
  });
});

describe('a rollout that is deployed', () => {
  it('lies in the configuration of the functions of chat, without its file', () => {
    const configuration = bundled(withFile());
    expect(configuration.rollouts).toEqual({ 'eu-night': { rollout: configuredRollout(withFile(), 'eu-night') } });
    rmSync(join(folder, 'eu.yaml'));
    expect(rolloutNamed(configuration, 'eu-night')).toMatchObject({ name: 'eu', onStop: 'undo-wave' });
  });

  it('is left out where nobody asks for it by its name', () => {
    const [{ text } = { text: '' }] = bundledConfiguration(withFile());
    expect(JSON.parse(text)).not.toHaveProperty('rollouts');
  });

  it('is refused with a fault, whoever reads it', () => {
    const says = `${join(folder, 'syncshift.config.json')}: rollouts.eu-night: ${join(folder, 'eu.yaml')}:1:1: select: expected`;
    expect(() => bundledConfiguration(withFile('name: eu'))).toThrow(says);
    expect(() => bundledConfiguration(configured({ rollouts: { us: { file: 'us.yaml' } } }))).toThrow(
      `rollouts.us: ${join(folder, 'us.yaml')}: no such file`,
    );
  });

  it('is refused with a calendar that functions cannot read', () => {
    const loaded = withFile(`${ROLLOUT}gates: { window: { calendar: lab } }`, { calendars: { lab: { file: 'lab.ics' } } });
    expect(() => bundledConfiguration(loaded)).toThrow(
      'rollouts.eu-night: gates.window.calendar: the calendar "lab" is a file of this machine',
    );
  });

  it('cannot be a file to a function', () => {
    expect(() => rolloutNamed(withFile().configuration, 'eu-night')).toThrow('the rollout "eu-night" is a file of another machine');
  });
});
