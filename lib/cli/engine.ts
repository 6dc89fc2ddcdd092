import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { ChangeRun } from './change.ts';
import type { Engine } from './output.ts';

/** Runs a change to its end and shows it meanwhile. */
export type RunChange = (run: ChangeRun) => Promise<ChangeReport>;

/**
 * Whoever runs changes of this target; only that one is loaded.
 * @throws UsageError when the deployed workflow cannot reach the cluster of the target.
 */
export async function runnerOf(engine: Engine, target: string, { configuration }: LoadedConfiguration): Promise<RunChange> {
  if (engine === 'local') return (await import('./change.ts')).runChange;
  const { requireDeployable, runDeployed } = await import('./deployed.ts');
  requireDeployable(target, configuration);
  return runDeployed;
}
