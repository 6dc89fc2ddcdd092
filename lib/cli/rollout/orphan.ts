import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import { isAlive } from '../../local/process.ts';

/** It runs nowhere: its process died for sure. A deployed one has no process that could be looked for. */
export const isOrphan = ({ status, holder }: Pick<RolloutRecord, 'status' | 'holder'>): boolean =>
  status === 'running' && isAlive(holder) === false;
