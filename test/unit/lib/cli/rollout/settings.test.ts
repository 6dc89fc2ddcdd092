import { describe, expect, it } from 'vitest';
import type { RequestDefaults } from '../../../../../lambdas/contracts/request.ts';
import type { RolloutFile } from '../../../../../lambdas/contracts/rollout-file.ts';
import { settingsOf } from '../../../../../lib/cli/rollout/settings.ts';
import { rolloutFile } from '../../../../support/rollouts.ts';

const settingAt = (path: string, file: RolloutFile, defaults: RequestDefaults = {}) =>
  settingsOf(file, defaults).find((setting) => setting.path === path);

describe('settings of a rollout', () => {
  it('have a value for everything that a file may leave out', () => {
    const paths = settingsOf(rolloutFile(), {}).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'wanted.syncerMode',
        'wanted.proxyPolicy',
        'waves.canary',
        'waves.sizes',
        'concurrency.total',
        'concurrency.perCluster',
        'bake.seconds',
        'bake.samples',
        'errorBudget',
        'alarms',
        'onStop',
        'onDrift',
        'gates.approve',
        'verification.samples',
        'rollback.restoreProxyPolicy',
        'select.exclude',
      ]),
    );
  });

  it('tell what is set from what nobody has set', () => {
    const file = rolloutFile({ waves: { canary: 3 } });
    expect(settingAt('waves.canary', file)).toEqual({ path: 'waves.canary', value: 3, from: 'file' });
    expect(settingAt('waves.sizes', file)).toEqual({ path: 'waves.sizes', value: ['10%', '25%', '100%'], from: 'default' });
  });

  it('hold nothing that is selected for a default', () => {
    expect(settingAt('select.clusters', rolloutFile())).toEqual({ path: 'select.clusters', value: ['*'], from: 'file' });
    expect(settingAt('select.exclude', rolloutFile())).toMatchObject({ from: 'default' });
  });

  it('tell what comes from the configuration', () => {
    const defaults: RequestDefaults = { proxyPolicy: 'all-nodes', verification: { samples: 2 } };
    expect(settingAt('wanted.proxyPolicy', rolloutFile(), defaults)).toMatchObject({ value: 'all-nodes', from: 'configuration' });
    expect(settingAt('verification.samples', rolloutFile(), defaults)).toMatchObject({ value: 2, from: 'configuration' });
    expect(settingAt('verification.settleSeconds', rolloutFile(), defaults)).toMatchObject({ from: 'default' });
  });

  it('prefer the file to the configuration', () => {
    const file = rolloutFile({ wanted: { proxyPolicy: 'all-nodes' } });
    expect(settingAt('wanted.proxyPolicy', file, { proxyPolicy: 'all-master-shards' })).toMatchObject({ value: 'all-nodes', from: 'file' });
  });

  it('know the other default of the way back', () => {
    const file = rolloutFile({ wanted: { syncerMode: 'centralized' } });
    expect(settingAt('onStop', file)).toEqual({ path: 'onStop', value: 'stop', from: 'default' });
    expect(settingAt('wanted.syncerMode', file)).toMatchObject({ value: 'centralized', from: 'file' });
  });
});
