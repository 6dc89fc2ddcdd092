import type { RolloutRecord } from '../../contracts/rollout.ts';
import type { RolloutOutcome } from '../../contracts/rollout-outcomes.ts';
import type { Move } from '../../contracts/rollout-steps.ts';
import { clearDoubts, watch } from './bake.ts';
import { takeUp } from './controls.ts';
import { Draft } from './draft.ts';
import { finish, sendBack } from './lanes.ts';
import { CLUSTERS_AT_ONCE, MOST_ITEMS, MOST_MOVES_PER_RUN, MOST_STALLED_MOVES } from './limits.ts';
import { goForward, waveToCome } from './next-wave.ts';
import type { Judged, Sight, Step, TakenUp } from './sight.ts';
import { markForUndo, stopIfNeeded } from './stops.ts';
import { outcomeOf } from './summary.ts';
import { isLeft, isUnderWay } from './targets.ts';

/** Of why a rollout ended, in characters: it becomes the cause of a failed execution. */
const LONGEST_REASON = 2_000;

const end = (outcome: RolloutOutcome, says: string): Move => ({ kind: 'end', outcome, says: says.slice(0, LONGEST_REASON) });

/** Finds out what there is to change: first every cluster, then the plan over all of them. */
function makePlan({ record, sight }: Draft): Move | undefined {
  const { plan, request } = record;
  if (!plan) {
    const seen = new Set(sight.surveys.map(({ cluster }) => cluster));
    const items = sight.clusters.filter(({ name }) => !seen.has(name)).map(({ item }) => item);
    return items.length > 0 ? { kind: 'survey', items: items.slice(0, MOST_ITEMS), atOnce: CLUSTERS_AT_ONCE } : { kind: 'plan' };
  }
  const [blocker] = plan.blockers;
  if (blocker !== undefined) return end('refused', plan.blockers.join('; '));
  return request.planOnly ? end('planned', `plan ${plan.hash}`) : undefined;
}

const atOnce = ({ record }: Draft): number => record.request.file.concurrency.total;

/** The way forward: what is left of the wave, its bake, then the next one. */
function forward(draft: Draft): Step {
  const { wave, baked } = draft.record;
  const ofWave = draft.targets.filter((target) => target.wave === wave);
  if (wave > 0 && ofWave.some((target) => isLeft(target, 'change'))) return goForward(draft, wave);
  if (wave > baked && ofWave.some(({ state }) => state === 'applied')) return watch(draft);
  const next = waveToCome(draft.targets, draft.record);
  return next === undefined ? undefined : goForward(draft, next);
}

/** One look at a rollout that is planned: first what has to go back, then what is left, and at last what is in doubt. */
function lookOnce(draft: Draft): Exclude<Step, undefined> {
  if (!draft.record.stop) stopIfNeeded(draft);
  markForUndo(draft);
  const { stop } = draft.record;
  const back = (stop && finish(draft.targets, atOnce(draft))) ?? sendBack(draft.targets, atOnce(draft));
  const step = back ?? (stop ? undefined : forward(draft)) ?? finish(draft.targets, atOnce(draft)) ?? clearDoubts(draft);
  if (step) return step;
  const outcome = outcomeOf(draft.record, draft.targets);
  return end(outcome, draft.record.stop?.says ?? outcome);
}

function nextMove(draft: Draft): Move {
  let step: Step | undefined = makePlan(draft);
  // Each look that asks for another one has settled something for good: a member, a wave, or that the rollout stops.
  while (step === undefined || step === 'look again') step = lookOnce(draft);
  return step;
}

/** What can be seen to have come of the moves so far. */
function progressOf({ record, targets, surveys, gate }: Pick<Sight, 'record' | 'targets' | 'surveys' | 'gate'>): string {
  const states = new Map<string, number>();
  let samples = 0;
  for (const { state, tally } of targets) {
    states.set(state, (states.get(state) ?? 0) + 1);
    samples += tally?.taken ?? 0;
  }
  const { plan, wave, baked, bake } = record;
  return JSON.stringify([surveys.length, plan?.hash, wave, baked, bake?.startedAt, samples, gate?.revision, [...states].sort()]);
}

const MOVES_THAT_CHANGE: ReadonlySet<Move['kind']> = new Set(['survey', 'plan', 'approve', 'change', 'undo', 'check']);

/** Gives a rollout up whose moves bring nothing about, so that it does not go round for ever. */
function noticeStall(draft: Draft, move: Move): Move {
  if (!MOVES_THAT_CHANGE.has(move.kind)) return move;
  const progress = progressOf({ ...draft.sight, record: draft.record, targets: draft.targets });
  const stalled = draft.record.progress === progress ? draft.record.stalled + 1 : 0;
  draft.update({ progress, stalled });
  if (stalled < MOST_STALLED_MOVES) return move;
  const says = `nothing came of ${stalled} attempts in a row to ${move.kind}`;
  for (const target of draft.targets.filter((each) => isUnderWay(each) || each.state === 'to-undo'))
    draft.change({ ...target, state: 'needs-operator', says, failed: true });
  if (!draft.record.stop) draft.stop({ cause: 'fault', says, action: 'stop' });
  return end(outcomeOf(draft.record, draft.targets), says);
}

const pausedOrEnded = (record: RolloutRecord): Move | undefined => {
  if (record.status === 'paused') return { kind: 'pause' };
  return record.status === 'ended' ? end(record.outcome ?? 'needs-operator', record.stop?.says ?? 'it has ended') : undefined;
};

/** A rollout that is paused has nothing under way: changes that an earlier run was cut short in are seen to their end first. */
const beforePause = (draft: Draft): Move | undefined =>
  draft.sight.asked?.control === 'pause' ? finish(draft.targets, atOnce(draft)) : undefined;

/**
 * Puts on record what somebody asks for, by itself: judged together with what follows from it, a judgement that is made again after a crash
 * might find only half of it.
 * @returns undefined when nothing is asked for that can be taken up now.
 */
export function takeUpAsked(sight: Sight): TakenUp | undefined {
  const draft = new Draft(sight);
  const { asked } = sight;
  if (!asked || pausedOrEnded(sight.record) || beforePause(draft)) return undefined;
  const pauses = takeUp(draft, asked);
  return { ...draft.changes(), takenUp: asked, move: pauses ? { kind: 'pause' } : undefined };
}

/** Decides what a rollout does next, once what was asked for is taken up. The same sight is always judged alike, so a judgement that got lost may be made again. */
export function judgeRollout(sight: Sight): Judged {
  const draft = new Draft(sight);
  const over = pausedOrEnded(sight.record);
  if (over) return draft.judged(over);
  const first = beforePause(draft);
  if (first) return draft.judged(noticeStall(draft, first));
  if (sight.moves >= MOST_MOVES_PER_RUN) return draft.judged({ kind: 'hand-over', run: sight.record.run + 1 });
  return draft.judged(noticeStall(draft, nextMove(draft)));
}
