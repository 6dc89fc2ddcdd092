import { dirname, resolve } from 'node:path';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { rolloutNamed } from '../../lambdas/contracts/named-rollouts.ts';
import type { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import { ConfigurationError, type LoadedConfiguration } from './load.ts';
import { readRolloutFile } from './rollout-file.ts';

/**
 * A rollout that the configuration names, from its file as it is now, which lies relative to the configuration.
 * @throws ConfigurationError when the file cannot be used; StepError `InvalidInputError` when there is none of this name.
 */
export const configuredRollout = ({ configuration, file }: LoadedConfiguration, name: string): RolloutFile =>
  rolloutNamed(configuration, name, (path) => readRolloutFile(resolve(dirname(file), path)));

export interface RolloutFiles {
  readonly names: readonly string[];
  /** @throws StepError `InvalidInputError` */
  read(name: string): Promise<RolloutFile>;
}

/** The rollouts that the configuration of this machine names, for somebody who asks for them from elsewhere. */
export const rolloutFilesOf = (loaded: LoadedConfiguration): RolloutFiles => ({
  names: Object.keys(loaded.configuration.rollouts),
  read: async (name) => {
    try {
      return configuredRollout(loaded, name);
    } catch (error) {
      throw error instanceof ConfigurationError ? new StepError('InvalidInputError', error.message, { cause: error }) : error;
    }
  },
});
