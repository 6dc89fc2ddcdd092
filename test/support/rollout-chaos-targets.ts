import type { ChangeRecord } from '../../lambdas/contracts/record.ts';
import { changeIdAt, type RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import type { TargetState } from '../../lambdas/contracts/rollout-outcomes.ts';
import { expectedCalmly } from './rollout-chaos-calm.ts';
import type { Look, Truth } from './rollout-chaos-history.ts';
import type { ChaosLab } from './rollout-chaos-lab.ts';
import type { Aftermath, Ended } from './rollout-chaos-run.ts';
import { type Place, placeOf } from './rollout-rules.ts';

interface Changes {
  readonly change: ChangeRecord | undefined;
  readonly undo: ChangeRecord | undefined;
  /** Whether a change of another rollout wrote the database later: what it made of it is not this one's. */
  readonly isTaken: boolean;
  /** Whether this rollout wrote the database, in any change. */
  readonly isWritten: boolean;
  /** Whether this is the only rollout. */
  readonly isAlone: boolean;
}

/** Where a target may stand, told from the reports of its changes. */
function statesBy({ change, undo }: Changes, { wave }: RolloutTarget): readonly TargetState[] {
  const undone = undo?.report?.outcome;
  const outcome = change?.report?.outcome;
  // Rolled back to centralized is where it was to go.
  if (undone === 'applied' || undone === 'unchanged' || undone === 'rolled-back') return ['undone'];
  if (undo) return ['needs-operator'];
  if (outcome === 'applied') return ['applied', 'to-undo', 'needs-operator'];
  if (outcome !== undefined) return outcome === 'planned' ? [] : [outcome];
  if (change) return ['needs-operator'];
  return wave === 0 ? ['unchanged', 'refused'] : ['waiting', 'refused', 'needs-operator'];
}

/** How a target that stands there has to be in effect; undefined where nothing is said of it. */
function claimOf({ state }: RolloutTarget, wanted: 'distributed' | 'centralized'): 'distributed' | 'centralized' | undefined {
  if (state === 'needs-operator' || state === 'unchanged' || state === 'to-undo') return undefined;
  return state === 'applied' ? wanted : 'centralized';
}

const isAs = (truth: Truth, claim: Truth): boolean => truth === claim || (claim === 'centralized' && truth === 'gone');

/** The last look at a database that this rollout has taken: another one looks for itself, outside the changes of this one. */
function lastLook(lab: ChaosLab, place: Place, { state }: RolloutTarget, { change, undo, isAlone }: Changes): Look | undefined {
  const isWithin = (record: ChangeRecord | undefined, at: string): boolean =>
    record !== undefined && at >= record.startedAt && at <= (record.endedAt ?? at);
  return lab.history.looks
    .get(place)
    ?.findLast(({ how, at }) =>
      isAlone ? how === 'alone' || state === 'applied' : how === 'alone' && (isWithin(change, at) || isWithin(undo, at)),
    );
}

/**
 * Why what is said of a target is not true, or undefined. Excused is only what nobody could have seen: the product never wrote the database,
 * or somebody else turned it after the last time that the product looked at it and saw it as it says.
 */
function whyUntrue(lab: ChaosLab, target: RolloutTarget, claim: Truth, changes: Changes): string | undefined {
  const place = placeOf(target.cluster, target.id);
  const now = lab.history.turns.get(place)?.at(-1);
  const says = `untrue: ${place} is ${target.state}, and ${now?.to} in effect`;
  // It may have been set by somebody else just before, and was read back as it was wanted.
  const isOthers = lab.history.turns.get(place)?.some(({ moment, to, ours }) => moment > 1 && isAs(to, claim) && !ours);
  if (target.state === 'applied' && !changes.isWritten && !isOthers) return `${says}: nobody ever wrote it`;
  if (!now || isAs(now.to, claim)) return undefined;
  if (!changes.isWritten) return now.ours && changes.isAlone ? says : undefined;
  const look = lastLook(lab, place, target, changes);
  const isExcused = look !== undefined && isAs(look.seen, claim) && now.moment >= look.moment && !now.ours;
  return isExcused ? undefined : `${says}: it was last seen ${look?.seen} at ${look?.moment}, and turned at ${now.moment}`;
}

/** When each rollout wrote each database last: by the place, then by the rollout. */
async function writersOf(lab: ChaosLab): Promise<Map<Place, Map<string, string>>> {
  const last = new Map<Place, Map<string, string>>();
  for (const { changeId, request } of await lab.store.list(1_000)) {
    const { target, rollout } = request;
    const at = (await lab.store.get(changeId))?.timeline.findLast(({ type }) => type === 'write-claimed')?.at;
    if (!rollout || at === undefined) continue;
    const place = placeOf(target.cluster, target.database);
    const ofPlace = last.get(place) ?? new Map<string, string>();
    last.set(place, ofPlace);
    if (at > (ofPlace.get(rollout.id) ?? '')) ofPlace.set(rollout.id, at);
  }
  return last;
}

async function changesOf(
  { lab, rollouts }: Aftermath,
  id: string,
  target: RolloutTarget,
  writers: ReadonlyMap<Place, ReadonlyMap<string, string>>,
): Promise<Changes> {
  const change = await lab.store.get(changeIdAt(id, target));
  const undo = target.undo === undefined ? undefined : await lab.store.get(changeIdAt(id, target, target.undo));
  const written = writers.get(placeOf(target.cluster, target.id));
  const own = written?.get(id);
  const isTaken = [...(written?.values() ?? [])].some((at) => at > (own ?? ''));
  return { change, undo, isWritten: own !== undefined, isTaken, isAlone: rollouts.length === 1 };
}

function ofTarget({ lab }: Aftermath, { record }: Ended, target: RolloutTarget, changes: Changes): (string | undefined)[] {
  const { wanted } = record.request.file;
  const place: Place = placeOf(target.cluster, target.id);
  const claim = claimOf(target, wanted.syncerMode);
  const fitting = statesBy(changes, target);
  const open: readonly TargetState[] = record.status === 'paused' ? ['running', 'undoing'] : ['running', 'undoing', 'to-undo'];
  const isFaultless = !lab.disturbed.has(target.cluster) && changes.isAlone;
  return [
    fitting.includes(target.state) ? undefined : `state: ${place} is ${target.state}, its changes say ${fitting.join(' or ')}`,
    open.includes(target.state) ? `state: ${place} is ${target.state} at the end` : undefined,
    isFaultless && target.state === 'needs-operator' ? `somebody is needed without a fault: ${place}: ${target.says}` : undefined,
    claim && !changes.isTaken ? whyUntrue(lab, target, claim, changes) : undefined,
  ];
}

/** A wave begins when those before it have ended. */
function ofOrder(all: readonly { target: RolloutTarget; changes: Changes }[]): string[] {
  const ended = new Map<number, string>();
  for (const { target, changes } of all) {
    const at = changes.change?.endedAt ?? '';
    if (at > (ended.get(target.wave) ?? '')) ended.set(target.wave, at);
  }
  return all.flatMap(({ target: { wave, cluster, id }, changes: { change } }) =>
    change && [...ended].some(([earlier, at]) => earlier > 0 && earlier < wave && change.startedAt < at)
      ? [`order: ${cluster}/${id} of wave ${wave} began before an earlier wave had ended`]
      : [],
  );
}

/** What is said of each target, held against its changes and its cluster. */
export async function ofTargets(aftermath: Aftermath, ended: Ended): Promise<string[]> {
  const writers = await writersOf(aftermath.lab);
  const all = await Promise.all(
    ended.targets.map(async (target) => ({ target, changes: await changesOf(aftermath, ended.id, target, writers) })),
  );
  return [
    ...all.flatMap(({ target, changes }) => ofTarget(aftermath, ended, target, changes)).filter((says) => says !== undefined),
    ...ofOrder(all),
    ...expectedCalmly(aftermath, ended),
  ];
}
