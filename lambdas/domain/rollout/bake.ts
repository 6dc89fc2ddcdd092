import type { Bake, RolloutRecord, RolloutTarget } from '../../contracts/rollout.ts';
import type { Move } from '../../contracts/rollout-steps.ts';
import type { Sample } from '../../contracts/verification.ts';
import { emptyTally } from '../verdict.ts';
import { bakeSettings, memberVerdict, samplePause } from './check.ts';
import type { Draft } from './draft.ts';
import { CLUSTERS_AT_ONCE, MOST_ITEMS } from './limits.ts';
import type { Step } from './sight.ts';

/** A sample that was not good is followed by another one soon, in seconds. */
const SECOND_LOOK_SECONDS = 30;

const later = (from: string, seconds: number): string => new Date(Date.parse(from) + seconds * 1000).toISOString();
const members = (draft: Draft): RolloutTarget[] => draft.targets.filter(({ state }) => state === 'applied');

/** Begins to watch every member that is applied so far, those of earlier waves as well. */
function begin(draft: Draft): void {
  const { wave, request } = draft.record;
  const { bake } = request.file;
  for (const { tally: _, ...member } of members(draft).filter(({ tally }) => tally !== undefined)) draft.change(member);
  const until = later(draft.now, bake.seconds);
  draft.update({ bake: { wave, startedAt: draft.now, nextAt: later(draft.now, bake.seconds === 0 ? 0 : samplePause(bake)), until } });
  draft.say({ type: 'bake-began', wave, until });
}

/** A sample that is later than this was missed, in seconds. */
const MISSED_SECONDS = 60;

/**
 * A bake as the next run goes on with it. The run before may have ended while it looked, so a sample is due at once; where one was missed,
 * nobody looked meanwhile, and time alone must condemn no member: the wave is watched from the start.
 */
export function bakeOfNextRun({ bake }: Pick<RolloutRecord, 'bake'>, now: Date): Pick<RolloutRecord, 'bake'> {
  if (!bake || now.toISOString() > later(bake.nextAt, MISSED_SECONDS)) return {};
  return { bake: { ...bake, nextAt: now.toISOString() } };
}

/** What the samples say of each member: those that are undecided, and whether any did not hold. */
function judgeMembers(draft: Draft, { startedAt }: Bake): { undecided: RolloutTarget[]; someFailed: boolean } {
  const settings = bakeSettings(draft.record.request.file, draft.sight.verification);
  let someFailed = false;
  const undecided = members(draft).filter((member) => {
    const verdict = memberVerdict(member.tally ?? emptyTally(startedAt), settings, draft.now);
    if (typeof verdict === 'string') return verdict === 'pending';
    someFailed = true;
    draft.change({ ...member, ...verdict, failed: true });
    draft.say({ type: 'target', position: member.position, ...verdict });
    return false;
  });
  return { undecided, someFailed };
}

/** The next sample: of each cluster that a member is on. */
function sample(draft: Draft): Move {
  const { bake, request } = draft.record;
  const named = new Set(members(draft).map(({ cluster }) => cluster));
  const items = draft.sight.clusters.filter(({ name }) => named.has(name)).map(({ item }) => item);
  if (bake) draft.update({ bake: { ...bake, nextAt: later(draft.now, samplePause(request.file.bake)) } });
  return { kind: 'check', items: items.slice(0, MOST_ITEMS), atOnce: CLUSTERS_AT_ONCE };
}

/** Whether a member looks bad and has to be looked at again to be sure. */
const isDoubtful = ({ tally }: RolloutTarget): boolean => tally?.streak !== undefined && tally.streak.state !== 'good';

/** Watches the wave that was changed last, and with it every earlier one. */
export function watch(draft: Draft): Exclude<Step, undefined> {
  const { wave, bake } = draft.record;
  if (bake?.wave !== wave) begin(draft);
  else {
    const { undecided, someFailed } = judgeMembers(draft, bake);
    if (someFailed) return 'look again';
    if (undecided.length === 0 && draft.now >= bake.until) {
      draft.forget('bake');
      draft.update({ baked: wave });
      draft.say({ type: 'wave-passed', wave });
      return 'look again';
    }
    if (undecided.some(isDoubtful)) lookSooner(draft);
  }
  const next = draft.record.bake?.nextAt ?? draft.now;
  return draft.now < next ? { kind: 'wait', until: next } : sample(draft);
}

/** Samples that speak against a member as it is told, and are decided within minutes; worse replication may take as long as the bake. */
const UNDECIDED: ReadonlySet<Sample['state'] | undefined> = new Set(['bad', 'degraded', 'foreign', 'unmeasured']);

/** Looks again at members that did not look as they should when the rollout stopped, until it is known: what it keeps is called applied. */
export function clearDoubts(draft: Draft): Step {
  const { wave, bake } = draft.record;
  const inDoubt = members(draft).some(({ tally }) => UNDECIDED.has(tally?.streak?.state));
  return inDoubt && bake?.wave === wave ? watch(draft) : undefined;
}

function lookSooner(draft: Draft): void {
  const { bake } = draft.record;
  const soon = later(draft.now, SECOND_LOOK_SECONDS);
  if (bake && bake.nextAt > soon) draft.update({ bake: { ...bake, nextAt: soon } });
}
