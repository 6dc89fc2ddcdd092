import { configurationFor } from '../configuration.ts';
import type { Engine } from '../output.ts';
import type { Stores } from './watch.ts';

/**
 * Runs something with the record of rollouts: of this machine, beside the configuration, or of the AWS account, which needs none.
 * @throws ConfigurationError when it cannot be used.
 */
export async function withRollouts<T>(engine: Engine, config: string | undefined, use: (stores: Stores) => Promise<T>): Promise<T> {
  if (engine === 'aws') return (await import('../../deployed/store.ts')).withDeployedRollouts(use);
  return (await import('./local.ts')).withLocalRollouts(configurationFor(config), use);
}
