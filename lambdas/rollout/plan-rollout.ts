import * as z from 'zod';
import type { ApprovalRules } from '../contracts/configuration.ts';
import type { RolloutPlan, RolloutRecord } from '../contracts/rollout.ts';
import { MOST_TARGETS } from '../contracts/rollout.ts';
import { PlanRolloutInput, type RolloutPlace } from '../contracts/rollout-steps.ts';
import { requesterOf } from '../domain/approval.ts';
import { expectedCost, expectedSeconds, plannedWaves } from '../domain/rollout/estimate.ts';
import { rolloutHash } from '../domain/rollout/hash.ts';
import { MOST_ITEMS, MOST_WAVES } from '../domain/rollout/limits.ts';
import { placeTargets } from '../domain/rollout/places.ts';
import { verificationOf } from '../domain/rollout/requests.ts';
import { combined, whyNotApprovable } from '../domain/rollout/rules.ts';
import { unmatchedTargets } from '../domain/rollout/select.ts';
import { MOST_SAID, readSurvey, type Survey } from './read-survey.ts';
import { changeRecord, type RolloutPorts, recordFor, rolloutStep } from './step.ts';

type File = RolloutRecord['request']['file'];

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
function blockersOf(survey: Survey, file: File, { waves, clusters }: { waves: number; clusters: number }): string[] {
  const missing = unmatchedTargets(file.select, [...survey.seen]);
  return [
    ...survey.unread,
    ...missing,
    ...(survey.seen.length === 0 && missing.length === 0 && survey.unread.length === 0 ? ['nothing is selected'] : []),
    ...(survey.seen.length > MOST_TARGETS
      ? [`${survey.seen.length} databases are selected, ${MOST_TARGETS} is the most: make several rollouts`]
      : []),
    ...(clusters > MOST_ITEMS ? [`its targets are on ${clusters} clusters, ${MOST_ITEMS} is the most: make several rollouts`] : []),
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
      ...blockersOf(survey, file, { waves: waves.length, clusters: clusters.length }),
      ...(placed.length > 0 ? whyNeverApproved(approval, file, rules, ports) : []),
    ]),
    clusters,
    ...approval,
    expectedSeconds: expectedSeconds(waves),
    expectedCost: expectedCost(placed.length, waves, file),
  };
  await ports.rollouts.placeTargets(place.rolloutId, [...placed, ...others]);
  const isFirst = await changeRecord(place, ports, (record) => (record.plan ? undefined : { ...record, plan }));
  if (isFirst) await ports.rollouts.append(place.rolloutId, { type: 'planned', plan: { hash: plan.hash, targets: plan.targets } });
  return {};
}

export const handler = rolloutStep({ input: PlanRolloutInput, output: z.strictObject({}) }, planRollout);
