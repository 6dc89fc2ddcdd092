import type { StepErrorName } from '../contracts/errors.ts';
import type { ChangeReport, ChangeSummary } from '../contracts/record.ts';
import { changeIdAt, type RolloutTarget } from '../contracts/rollout.ts';
import { isFailure, stateAfter } from '../domain/rollout/targets.ts';
import type { RolloutPorts } from './step.ts';

/** A change without an end whose record says nothing new for so long is given up, in seconds: its recovery would have come by then. */
const GIVEN_UP_SECONDS = 2_400;
/** How often to look for the end of a change, in seconds. */
const LOOK_SECONDS = 120;

/** A change that was cut short again and again is not made again. */
const MOST_ATTEMPTS = 3;

export type Settled =
  | { readonly kind: 'ended'; readonly target: RolloutTarget }
  /** Its change never began, or has no record. */
  | { readonly kind: 'never-began'; readonly target: RolloutTarget }
  | { readonly kind: 'open'; readonly seconds: number };

const policiesIn = ({ after }: ChangeReport): Pick<RolloutTarget, 'policies'> =>
  after ? { policies: Object.fromEntries(after.endpoints.map(({ id, policy }) => [id, policy])) } : {};

const CUT_SHORT: StepErrorName = 'ExecutionCutShortError';
/** Ends that say nothing of the database: whoever runs changes was stopped, or somebody asked for that. */
const OUR_OWN: ReadonlySet<string> = new Set<StepErrorName>([CUT_SHORT, 'ChangeCancelledError']);

/** Cut short, and known to have left nothing: it is made again. */
const isToRepeat = ({ outcome, error }: ChangeReport, kind: 'change' | 'undo', { attempt = 1, undo = 1 }: RolloutTarget): boolean => {
  if (error?.name !== CUT_SHORT) return false;
  if (kind === 'undo') return outcome === 'refused' && undo < MOST_ATTEMPTS;
  return (outcome === 'rolled-back' || outcome === 'refused') && attempt < MOST_ATTEMPTS;
};

/** As if its change had not begun. */
const waiting = ({ startedAt: _, ...target }: RolloutTarget): RolloutTarget => ({ ...target, state: 'waiting' });

function again(target: RolloutTarget, kind: 'change' | 'undo'): RolloutTarget {
  return kind === 'undo' ? { ...target, state: 'to-undo' } : { ...waiting(target), attempt: (target.attempt ?? 1) + 1 };
}

function ended(target: RolloutTarget, kind: 'change' | 'undo', { startedAt, endedAt }: ChangeSummary, report: ChangeReport): RolloutTarget {
  if (isToRepeat(report, kind, target)) return again(target, kind);
  const isNoFailure = report.outcome !== 'needs-operator' && OUR_OWN.has(report.error?.name ?? '');
  const state = stateAfter(report.outcome, kind);
  const { says: former, ...rest } = target;
  const says = kind === 'undo' && state === 'undone' ? former : report.error?.message;
  const failed = kind === 'change' ? isFailure(report.outcome) && !isNoFailure : state === 'needs-operator' || target.failed === true;
  return {
    ...rest,
    state,
    ...(says !== undefined && { says }),
    ...(failed && { failed: true }),
    ...(kind === 'change' && { startedAt, ...(endedAt !== undefined && { endedAt }), ...policiesIn(report) }),
  };
}

/** Anybody may give a change any id. */
const isOurs = ({ request }: ChangeSummary, rolloutId: string, { position }: RolloutTarget): boolean =>
  request.rollout?.id === rolloutId && request.rollout.position === position;

/** What became of a target whose change, or whose undoing, was under way: as the record of that change has it, whoever carried it out. */
export async function settle(
  rolloutId: string,
  target: RolloutTarget,
  { store, clock }: Pick<RolloutPorts, 'store' | 'clock'>,
): Promise<Settled> {
  const kind = target.state === 'undoing' ? 'undo' : 'change';
  const changeId = changeIdAt(rolloutId, target, kind === 'undo' ? target.undo : undefined);
  const record = await store.summary(changeId);
  if (record && !isOurs(record, rolloutId, target))
    return {
      kind: 'ended',
      target: { ...target, state: 'needs-operator', says: `change ${changeId} is on record, and is none of this rollout`, failed: true },
    };
  if (!record) return { kind: 'never-began', target: kind === 'undo' ? { ...target, state: 'to-undo' } : waiting(target) };
  if (record.report) return { kind: 'ended', target: ended(target, kind, record, record.report) };
  const latest = (await store.get(changeId))?.timeline.at(-1)?.at ?? record.startedAt;
  if (clock.now().getTime() - Date.parse(latest) < GIVEN_UP_SECONDS * 1000) return { kind: 'open', seconds: LOOK_SECONDS };
  const says = `its change has no end on record, and nothing came of it since ${latest}: see "syncshift recover ${changeId}"`;
  return { kind: 'ended', target: { ...target, state: 'needs-operator', says, failed: true } };
}
