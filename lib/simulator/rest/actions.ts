import type { SimulatedCluster, SimulatedJob } from '../cluster.ts';
import { isBefore } from '../version.ts';
import { momentOf, versionOf } from './database.ts';
import { found, noSuchDatabase, noSuchPath, problem, type RestReply } from './message.ts';

const noSuchAction = (): RestReply => problem(404, 'action_not_found', 'Action does not exist');
const seconds = (command: number): number => Date.parse(momentOf(command)) / 1000;

interface Action {
  uid: string;
  name: string;
  status: SimulatedJob['status'];
  job?: SimulatedJob;
}

const tasksOf = ({ runningActions = [] }: SimulatedCluster): Action[] =>
  runningActions.map((name, i) => ({ uid: `5b0f1d0e-6a57-4a0c-9a35-${String(i + 1).padStart(12, '0')}`, name, status: 'active' }));
const jobsOf = ({ jobs = [] }: SimulatedCluster): Action[] =>
  jobs.map((job) => ({ uid: job.uid, name: job.machine, status: job.status, job }));

/** A task's progress is text, as in the vendor's sample; a state machine's became a fraction in 7.4.2-54. */
function firstVersion(cluster: SimulatedCluster, { uid, name, status, job }: Action): Record<string, unknown> {
  const done = status === 'completed';
  if (!job) return { action_uid: uid, name, node_uid: '1', progress: done ? '100' : '50', status, task_id: uid };
  const half = isBefore(versionOf(cluster), '7.4.2-54') ? 33 : 33.3;
  return {
    action_uid: uid,
    name,
    object_name: `bdb:${job.database}`,
    state: job.state,
    status,
    progress: done ? 100 : half,
    heartbeat: seconds(job.startedAt),
    pending_ops: {},
    ...(job.error !== undefined && { error: job.error }),
  };
}

const SECOND_VERSION_STATUS = { active: 'running', completed: 'completed', failed: 'failed' } as const;

const secondVersion = ({ uid, name, status, job }: Action): Record<string, unknown> => ({
  action_uid: uid,
  action_type: job ? 'state-machine' : 'task',
  name,
  status: SECOND_VERSION_STATUS[status],
  progress: status === 'completed' ? 100 : 33.3,
  creation_time: seconds(job?.startedAt ?? 0),
  additional_info: {
    object_type: job ? 'bdb' : 'node',
    object_uid: job ? String(job.database) : '1',
    ...(job?.error !== undefined && { error: job.error }),
  },
});

/** Everything below `/v1/actions` and `/v2/actions`. @param path - what follows it, without slashes around. */
export function answerActions(cluster: SimulatedCluster, api: 'v1' | 'v2', path: string[]): RestReply {
  const version = versionOf(cluster);
  if (api === 'v2' && isBefore(version, '7.22.0-95')) return noSuchPath();
  const [uid, database] = path;
  if (uid === 'bdb' && database !== undefined) return ofDatabase(cluster, database);
  const render = (action: Action) => (api === 'v1' ? firstVersion(cluster, action) : secondVersion(action));
  const [tasks, jobs] = [tasksOf(cluster), jobsOf(cluster)];
  if (uid !== undefined) {
    const action = [...tasks, ...jobs].find((candidate) => candidate.uid === uid);
    return action ? found(render(action)) : noSuchAction();
  }
  return found(api === 'v1' ? { actions: tasks.map(render), 'state-machines': jobs.map(render) } : [...tasks, ...jobs].map(render));
}

function ofDatabase(cluster: SimulatedCluster, uid: string): RestReply {
  if (isBefore(versionOf(cluster), '7.4.2-54')) return noSuchPath();
  if (!cluster.databases.some(({ id }) => String(id) === uid)) return noSuchDatabase();
  const jobs = jobsOf(cluster).filter(({ job }) => String(job?.database) === uid);
  return found(jobs.map((action) => firstVersion(cluster, action)));
}
