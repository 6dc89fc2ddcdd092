import type { ClusterConditions } from '../../contracts/facts.ts';
import type { Fields } from './decode.ts';
import * as decode from './decode.ts';

/** How jobs end, in the words of both versions of the API. What is in no such word may still run. */
const ENDED = new Set(['completed', 'failed', 'finished', 'cancelled', 'canceled', 'done', 'aborted']);

export type ActionState = { readonly ended: boolean; readonly failed: boolean; readonly text: string };

const WHOLE_PERCENT = 100;

/** Where a job stands. One at a hundred percent is over, whatever its status says: some builds forget to say so. */
function stateOf(fields: Fields, place: string): ActionState {
  const status = decode.optionalText(fields, 'status', place)?.toLowerCase();
  const failed = status === 'failed';
  const ended = failed || (status !== undefined && ENDED.has(status)) || (decode.figure(fields, 'progress') ?? 0) >= WHOLE_PERCENT;
  const error = decode.label(fields, 'error');
  return { ended, failed, text: [status ?? 'in an unknown state', error].filter((word) => word !== undefined).join(': ') };
}

/** @throws StepError `ClusterOutputError` when it is no action. */
export function actionOf(body: unknown): ActionState {
  return stateOf(decode.fieldsOf(body, 'action'), 'action');
}

interface Job {
  readonly object: string | undefined;
  readonly text: string;
  readonly ended: boolean;
}

function objectOf(fields: Fields): string | undefined {
  const info: unknown = fields.additional_info;
  const inner = typeof info === 'object' && info !== null && !Array.isArray(info) ? (info as Fields) : {};
  const type = decode.label(inner, 'object_type');
  return decode.label(fields, 'object_name') ?? (type && `${type}:${decode.label(inner, 'object_uid') ?? ''}`);
}

const jobsIn = (list: readonly unknown[], place: string): Job[] =>
  list.map((value, index) => {
    const at = `${place}[${index}]`;
    const fields = decode.fieldsOf(value, at);
    const name = decode.label(fields, 'name') ?? decode.label(fields, 'action_type') ?? decode.label(fields, 'action_uid') ?? 'a job';
    const step = decode.label(fields, 'state') ?? decode.label(fields, 'status');
    return { object: objectOf(fields), text: step === undefined ? name : `${name} (${step})`, ended: stateOf(fields, at).ended };
  });

/** Jobs of either form: a plain list, or one object with actions and state machines. */
function jobsOf(body: unknown): Job[] {
  if (Array.isArray(body)) return jobsIn(body, 'actions');
  const fields = decode.fieldsOf(body, 'actions');
  return ['actions', 'state-machines'].flatMap((name) => jobsIn(decode.optionalList(fields, name, 'actions') ?? [], `actions.${name}`));
}

/** The job that runs on a database, from its own list of state machines; null when none does. */
export const jobOfDatabase = (body: unknown): string | null =>
  jobsIn(decode.listOf(body, 'actions of the database'), 'actions of the database').find((job) => !job.ended)?.text ?? null;

/** The same from the list of the whole cluster. */
export const jobAmongAll = (body: unknown, uid: number): string | null =>
  jobsOf(body).find((job) => !job.ended && job.object === `bdb:${uid}`)?.text ?? null;

/** Jobs of the cluster itself that have not ended; those of databases belong to their databases. */
export const clusterJobs = (body: unknown): NonNullable<ClusterConditions['runningActions']> =>
  jobsOf(body)
    .filter((job) => !job.ended && !job.object?.startsWith('bdb:'))
    .map((job) => (job.object === undefined ? job.text : `${job.text} on ${job.object}`));
