import { commandNumber, type SimulatedCluster, type SimulatedJob } from './cluster.ts';

/** What the cluster says of a job once it has ended; it may also know nothing of it any more, or wrongly show it as running. */
export interface JobEnd {
  status: 'forgotten' | 'completed' | 'failed' | 'stays active';
  error?: string;
}

/** Starts a job on a database, named after the command that is being answered. */
export function startJob(cluster: SimulatedCluster, database: number, machine: string): SimulatedJob {
  const startedAt = commandNumber(cluster);
  const uid = `a10586b1-60bc-428e-9bc6-${String(startedAt).padStart(12, '0')}`;
  const job: SimulatedJob = { uid, database, machine, state: 'proxy_policy', status: 'active', startedAt };
  cluster.jobs = [...(cluster.jobs ?? []), job];
  return job;
}

/** Ends a job, and says what is remembered of it. */
export function forgetJob(cluster: SimulatedCluster, uid: string, { status, error }: JobEnd): void {
  if (status === 'forgotten') cluster.jobs = (cluster.jobs ?? []).filter((job) => job.uid !== uid);
  for (const job of cluster.jobs ?? [])
    if (job.uid === uid && status !== 'stays active') Object.assign(job, { status, ...(error !== undefined && { error }) });
}

/** The job a database is busy with, where the database itself knows of one. */
export const runningJob = (cluster: SimulatedCluster, database: number): SimulatedJob | undefined =>
  (cluster.jobs ?? []).findLast((job) => job.database === database && job.status === 'active');
