import * as z from 'zod';
import type { ApprovalRules } from '../contracts/configuration.ts';
import type { Counted, RolloutPlan, RolloutRecord, RolloutTarget, TargetPlan } from '../contracts/rollout.ts';
import { MOST_TARGETS } from '../contracts/rollout.ts';
import { PlanRolloutInput, type RolloutPlace } from '../contracts/rollout-steps.ts';
import { requesterOf } from '../domain/approval.ts';
import { expectedCost, plannedWaves } from '../domain/rollout/estimate.ts';
import { rolloutHash } from '../domain/rollout/hash.ts';
import { MOST_WAVES } from '../domain/rollout/limits.ts';
import { combined, whyNotApprovable } from '../domain/rollout/rules.ts';
import { unmatchedTargets } from '../domain/rollout/select.ts';
import { type Placed, placeInWaves } from '../domain/rollout/waves.ts';
import { verificationOf } from './settings.ts';
import { changeRecord, type RolloutPorts, recordFor, rolloutStep } from './step.ts';

type File = RolloutRecord['request']['file'];

/** What is kept of a plan while all are looked at: as little as possible, for there may be many. */
type Seen = Pick<TargetPlan, 'cluster' | 'id' | 'name' | 'kind' | 'group' | 'traffic'> & {
  readonly planHash: string;
  readonly needed: boolean;
  readonly blockers: readonly string[];
};

const seenOf = ({ cluster, id, name, kind, group, traffic, plan }: TargetPlan): Seen => ({
  cluster,
  id,
  name,
  ...(kind && { kind }),
  ...(group !== undefined && { group }),
  ...(traffic && { traffic }),
  planHash: plan.hash,
  needed: plan.needed,
  blockers: plan.blockers,
});

/** Sentences and how many targets each is about, the most frequent first. */
class Tallied {
  readonly #counts = new Map<string, number>();

  add(sentences: readonly string[]): void {
    for (const says of sentences) this.#counts.set(says, (this.#counts.get(says) ?? 0) + 1);
  }

  /** @param most - as many as a person reads. */
  list(most: number): Counted[] {
    const all = [...this.#counts].sort(([one, first], [other, second]) => second - first || one.localeCompare(other, 'en'));
    return all.slice(0, most).map(([says, targets]) => ({ says, targets }));
  }
}

interface Survey {
  readonly seen: readonly Seen[];
  readonly impact: readonly Counted[];
  readonly warnings: readonly Counted[];
  readonly unread: readonly string[];
}

const MOST_SAID = 20;

/** The same for every endpoint and node, so that what many targets have in common is said once. */
const inGeneral = (says: string): string =>
  says.replaceAll(/endpoint \d+:\d+/g, 'an endpoint').replaceAll(/nodes? \d+(?:, \d+)*/g, 'other nodes');

async function readSurvey({ rolloutId }: RolloutPlace, { rollouts }: RolloutPorts): Promise<Survey> {
  const seen: Seen[] = [];
  const [impact, warnings] = [new Tallied(), new Tallied()];
  const surveys = await rollouts.surveys(rolloutId);
  for (const { cluster } of surveys)
    for (const target of await rollouts.plans(rolloutId, cluster)) {
      seen.push(seenOf(target));
      impact.add(target.plan.clientImpact.map(inGeneral));
      warnings.add(target.plan.warnings.map(inGeneral));
    }
  const unread = surveys.flatMap(({ cluster, error }) => (error === undefined ? [] : [`cluster ${cluster}: ${error}`]));
  return { seen, impact: impact.list(MOST_SAID), warnings: warnings.list(MOST_SAID), unread };
}

const targetOf = ({ cluster, id, name, group, planHash }: Seen) => ({ cluster, id, name, ...(group !== undefined && { group }), planHash });

/** Numbers targets so that those of one lane follow each other: that is how a lane finds its next one. */
const laneByLane = (placed: readonly Placed[]): Placed[] =>
  placed
    .toSorted((a, b) => a.wave - b.wave || a.lane - b.lane || a.position - b.position)
    .map((each, index) => ({ ...each, position: index + 1 }));

/** Every target with its place. Those that need nothing, or that something stands in the way of, come after all waves, in none. */
function placeTargets(seen: readonly Seen[], file: File): { places: Placed[]; placed: RolloutTarget[]; others: RolloutTarget[] } {
  const isOpen = ({ needed, blockers }: Seen) => needed && blockers.length === 0;
  const hashes = new Map(seen.map((each) => [`${each.cluster}/${each.id}`, each]));
  const places = laneByLane(placeInWaves(seen.filter(isOpen), file));
  const placed = places.map(({ position, wave, lane, cluster, id }): RolloutTarget => {
    const one = hashes.get(`${cluster}/${id}`);
    if (!one) throw new Error(`${cluster}/${id} was placed and never seen`);
    return { position, wave, lane, ...targetOf(one), state: 'waiting' };
  });
  const others = seen
    .filter((each) => !isOpen(each))
    .map((each, index): RolloutTarget => {
      const place = { position: placed.length + index + 1, wave: 0, lane: 0, ...targetOf(each) };
      return each.needed ? { ...place, state: 'refused', says: each.blockers.join('; ') } : { ...place, state: 'unchanged' };
    });
  return { places, placed, others };
}

type Approval = Pick<RolloutPlan, 'approve' | 'approvals'>;

/**
 * When people are asked: as the file has it, and before anything where a cluster asks for an approval of each of its changes. The way back
 * to centralized is left as open as it was asked for.
 */
function approvalOf({ wanted, gates }: File, rules: ApprovalRules): Approval {
  const { approve, approvals } = gates;
  if (wanted.syncerMode === 'centralized') return { approve, approvals };
  const isAsked = approve.some((point) => point !== 'after-canary');
  return { approve: rules.required && !isAsked ? ['rollout', ...approve] : approve, approvals: Math.max(approvals, rules.approvals) };
}

function whyNeverApproved({ approve, approvals }: Approval, file: File, rules: ApprovalRules, { gates }: RolloutPorts): string[] {
  const why = approve.length > 0 ? whyNotApprovable(rules, approvals, requesterOf(gates.people, file)) : undefined;
  return why === undefined ? [] : [why];
}

/** Why nothing of it can be carried out. */
function blockersOf(survey: Survey, file: File, waves: number): string[] {
  const missing = unmatchedTargets(file.select, [...survey.seen]);
  return [
    ...survey.unread,
    ...missing.map((target) => `there is no database ${target}`),
    ...(survey.seen.length === 0 && missing.length === 0 && survey.unread.length === 0 ? ['nothing is selected'] : []),
    ...(survey.seen.length > MOST_TARGETS
      ? [`${survey.seen.length} databases are selected, ${MOST_TARGETS} is the most: make several rollouts`]
      : []),
    ...(waves > MOST_WAVES ? [`it would take ${waves} waves, ${MOST_WAVES} is the most: make them larger, or make several rollouts`] : []),
  ];
}

/** Somebody has agreed to another plan: a database changed since it was shown. */
const notAgreed = ({ agreedHash }: RolloutRecord['request'], hash: string): string[] =>
  agreedHash === undefined || agreedHash === hash
    ? []
    : [`the plan is ${hash.slice(0, 12)} now, and ${agreedHash.slice(0, 12)} was agreed to: a database changed since it was shown`];

/** The first of them; the record of a rollout is of constant size. */
const firstOf = (sentences: readonly string[]): string[] =>
  sentences.length <= MOST_SAID
    ? [...sentences]
    : [...sentences.slice(0, MOST_SAID), `and ${sentences.length - MOST_SAID} more like these`];

const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Gives every target its place, and makes the plan that people approve. Planned once: a rollout that goes on keeps the places. */
export async function planRollout(place: RolloutPlace, ports: RolloutPorts): Promise<Record<string, never>> {
  const { request, plan: standing } = await recordFor(place, ports);
  if (standing) return {};
  const { file } = request;
  const survey = await readSurvey(place, ports);
  const { places, placed, others } = placeTargets(survey.seen, file);
  const clusters = distinct(placed.map(({ cluster }) => cluster));
  const rules = combined(clusters.map((name) => ports.gates.rulesOf(name)));
  const approval = approvalOf(file, rules);
  const waves = plannedWaves(places, file, verificationOf(file, ports.defaults));
  const hash = rolloutHash(file, placed);
  const plan: RolloutPlan = {
    hash,
    targets: placed.length,
    waves: waves.slice(0, MOST_WAVES),
    unchanged: others.filter(({ state }) => state === 'unchanged').length,
    blocked: others.filter(({ state }) => state === 'refused').length,
    clientImpact: survey.impact,
    warnings: survey.warnings,
    blockers: firstOf([
      ...notAgreed(request, hash),
      ...blockersOf(survey, file, waves.length),
      ...(placed.length > 0 ? whyNeverApproved(approval, file, rules, ports) : []),
    ]),
    clusters,
    ...approval,
    expectedSeconds: waves.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0),
    expectedCost: expectedCost(placed.length, waves, file),
  };
  await ports.rollouts.placeTargets(place.rolloutId, [...placed, ...others]);
  const isFirst = await changeRecord(place, ports, (record) => (record.plan ? undefined : { ...record, plan }));
  if (isFirst) await ports.rollouts.append(place.rolloutId, { type: 'planned', plan: { hash: plan.hash, targets: plan.targets } });
  return {};
}

export const handler = rolloutStep({ input: PlanRolloutInput, output: z.strictObject({}) }, planRollout);
