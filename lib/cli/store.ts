import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { openStore } from '../local/ports.ts';
import { configurationFor } from './configuration.ts';
import type { Engine } from './output.ts';

/**
 * Runs something with the record of changes: of this machine, beside the configuration, or of the AWS account, which needs none.
 * @throws ConfigurationError when it cannot be used.
 */
export async function withStore<T>(engine: Engine, config: string | undefined, use: (store: ChangeStore) => Promise<T>): Promise<T> {
  if (engine === 'aws') {
    const { withDeployedStore } = await import('../deployed/store.ts');
    return withDeployedStore(use);
  }
  const store = openStore(configurationFor(config));
  try {
    return await use(store);
  } finally {
    store.close();
  }
}
