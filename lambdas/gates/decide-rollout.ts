import type { ApprovalVerdict, Decision, Identity } from '../contracts/approval.ts';
import { METRICS } from '../contracts/deployment.ts';
import type { RolloutGate, RolloutRecord } from '../contracts/rollout.ts';
import { judgeDecision, requesterOf } from '../domain/approval.ts';
import { waveToCome } from '../domain/rollout/next-wave.ts';
import { combined } from '../domain/rollout/rules.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import { count } from '../runtime/telemetry.ts';
import { type Answer, ATTEMPTS, acceptance, isAcceptanceOf, isRefusalOf, type Noted, notedFor, refusal } from './answers.ts';
import type { DecisionPorts } from './decide.ts';

/** What deciding on a rollout needs of the outside world. */
export interface RolloutDecisionPorts extends DecisionPorts {
  readonly rollouts: RolloutStore;
}

export interface RolloutDecisionAsk {
  readonly rolloutId: string;
  readonly identity: Identity;
  readonly verdict: ApprovalVerdict;
  /** Hash of the plan that was looked at. */
  readonly planHash: string;
  readonly reason?: string;
  /** The wave that was asked about, where the question was seen before: a press of an earlier one must not let a later wave through. */
  readonly wave?: number;
  /** Names this one asking where it may be delivered more than once: it is counted, refused and recorded once. */
  readonly ask?: string;
}

/** The gate that people are asked at now, with the wave that it stands before. */
export async function openGateOf(record: RolloutRecord, rollouts: RolloutStore): Promise<RolloutGate | undefined> {
  const { rolloutId } = record.request;
  const wave = record.plan && waveToCome(await rollouts.targets(rolloutId), record);
  return wave === undefined ? undefined : rollouts.gate(rolloutId, wave);
}

/** Wakes the workflow of a rollout that sleeps at its gate, so that its judge looks at what is on record. */
export async function tellRollout(
  rolloutId: string,
  { rollouts, waiting }: Pick<RolloutDecisionPorts, 'rollouts' | 'waiting'>,
): Promise<void> {
  const token = waiting && (await rollouts.tokenOf(rolloutId));
  if (waiting && token !== undefined) await waiting.wake(token);
}

async function record(ports: RolloutDecisionPorts, gate: RolloutGate, decision: Decision): Promise<Answer> {
  const { rolloutId, wave } = gate.request;
  const { at: _, ...noted } = decision;
  const isKnown = noted.ask !== undefined && (await ports.rollouts.events(rolloutId)).some(isAcceptanceOf(noted));
  if (!isKnown) {
    // First of all: the gate is open, and whatever fails below, somebody has to be told.
    if (noted.verdict === 'break-glass') count(METRICS.glassBroken, 1);
    await ports.rollouts.append(rolloutId, { type: 'decision', wave, ...noted });
  }
  if (gate.status !== 'waiting') await tellRollout(rolloutId, ports);
  return acceptance(`rollout ${rolloutId}, wave ${wave}`, gate, noted);
}

/**
 * Lets somebody approve or reject a rollout or its next wave, whatever way they came in. Somebody may who may decide on changes of each of
 * its clusters. Every attempt is recorded, those that do not count with the reason.
 * @throws Error when the store or the sleeping workflow cannot be reached; asking again is safe.
 */
export async function decideRollout(ports: RolloutDecisionPorts, asked: RolloutDecisionAsk): Promise<Answer> {
  const { rollouts, clock, gates } = ports;
  const { rolloutId, wave, ask } = asked;
  const standing = await rollouts.get(rolloutId);
  if (!standing) return refusal(`no rollout ${rolloutId} is on record`);
  const noted = notedFor(gates, asked);
  const decision: Decision = { ...noted, at: clock.now().toISOString() };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const gate = wave === undefined ? await openGateOf(standing, rollouts) : await rollouts.gate(rolloutId, wave);
    if (!gate) return refusal(`rollout ${rolloutId} does not wait for an approval`);
    const counted = ask === undefined ? undefined : gate.decisions.find((other) => other.ask === ask);
    if (counted) return record(ports, gate, counted);
    const rules = combined((standing.plan?.clusters ?? []).map((name) => gates.rulesOf(name)));
    const judgement = judgeDecision(gate, decision, rules, requesterOf(gates.people, gate.request));
    if ('refused' in judgement) {
      if (gate.status !== 'waiting') await tellRollout(rolloutId, ports);
      await noteRefusal(rollouts, gate, noted, judgement.refused);
      return refusal(judgement.refused);
    }
    if (await rollouts.saveGate(rolloutId, gate.request.wave, judgement.gate)) return record(ports, judgement.gate, decision);
  }
  throw new Error(`${ATTEMPTS} other decisions on rollout ${rolloutId} came in between`);
}

/** One that was delivered twice is recorded once, and so are presses of a button just alike: of the same wave, for all have one plan. */
async function noteRefusal(rollouts: RolloutStore, { request }: RolloutGate, noted: Noted, refused: string): Promise<void> {
  const { rolloutId, wave } = request;
  const ofWave = (await rollouts.events(rolloutId)).filter((event) => event.type === 'decision' && event.wave === wave);
  if (!ofWave.some(isRefusalOf(noted, refused))) await rollouts.append(rolloutId, { type: 'decision', wave, ...noted, refused });
}
