import type { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';
import { configuredRollout } from '../config/named-rollouts.ts';
import { requireDeployableCalendar } from './deployable-gates.ts';

/**
 * The rollouts that the configuration names, with what is in their files: functions have no others.
 * @throws ConfigurationError for a file that cannot be used, or that names a calendar which functions could not read.
 */
export function deployableRollouts(loaded: LoadedConfiguration | undefined): Readonly<Record<string, { readonly rollout: RolloutFile }>> {
  if (!loaded) return {};
  const names = Object.keys(loaded.configuration.rollouts);
  return Object.fromEntries(names.map((name) => [name, { rollout: deployableRollout(loaded, name) }]));
}

function deployableRollout(loaded: LoadedConfiguration, name: string): RolloutFile {
  const place = `rollouts.${name}`;
  const rollout = readNamed(loaded, place, name);
  const { window } = rollout.gates;
  if (window && 'calendar' in window) requireDeployableCalendar(loaded, `${place}: gates.window.calendar`, window.calendar);
  return rollout;
}

function readNamed(loaded: LoadedConfiguration, place: string, name: string): RolloutFile {
  try {
    return configuredRollout(loaded, name);
  } catch (error) {
    throw error instanceof ConfigurationError
      ? new ConfigurationError(`${loaded.file}: ${place}: ${error.message}`, { cause: error })
      : error;
  }
}
