import type { ApprovalVerdict, Decision, Identity } from '../contracts/approval.ts';
import { METRICS } from '../contracts/deployment.ts';
import type { Control, RolloutGate, RolloutRecord, RolloutTarget } from '../contracts/rollout.ts';
import { changeIdAt } from '../contracts/rollout.ts';
import { approvalsMissing, judgeDecision, personOf, requesterOf } from '../domain/approval.ts';
import { whyNotAsked, whyNotGoingOn } from '../domain/rollout/asking.ts';
import { isStop } from '../domain/rollout/controls.ts';
import { waveToCome } from '../domain/rollout/next-wave.ts';
import { combined } from '../domain/rollout/rules.ts';
import { isUnderWay } from '../domain/rollout/targets.ts';
import type { RolloutStarter } from '../ports/rollout-starter.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import { count } from '../runtime/telemetry.ts';
import { type Answer, cancel, type DecisionPorts } from './decide.ts';

/** What deciding on a rollout needs of the outside world. */
export interface RolloutDecisionPorts extends DecisionPorts {
  readonly rollouts: RolloutStore;
}
export interface RolloutControlPorts extends RolloutDecisionPorts {
  readonly starter: RolloutStarter;
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

const ATTEMPTS = 20;
const refusal = (says: string): Answer => ({ accepted: false, says });

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

/** What was decided, in one sentence. */
function acceptance({ request, decisions, status }: RolloutGate, { by, verdict }: Pick<Decision, 'by' | 'verdict'>): Answer {
  const missing = approvalsMissing({ request, decisions, status, revision: 0 });
  const stillToCome = status === 'waiting' ? `; ${missing} more ${missing === 1 ? 'person has' : 'people have'} to approve` : '';
  const what = { approve: 'approved', reject: 'rejected', 'break-glass': 'let through alone, which raises an alarm' }[verdict];
  const { rolloutId, wave, plan } = request;
  return { accepted: true, says: `rollout ${rolloutId}, wave ${wave}, plan ${plan.hash.slice(0, 12)}: ${what} by ${by}${stillToCome}` };
}

async function record(ports: RolloutDecisionPorts, gate: RolloutGate, decision: Decision): Promise<Answer> {
  const { rolloutId, wave } = gate.request;
  const { at: _, ...noted } = decision;
  const isKnown =
    noted.ask !== undefined &&
    (await ports.rollouts.events(rolloutId)).some((event) => event.type === 'decision' && event.ask === noted.ask && !event.refused);
  if (!isKnown) {
    // First of all: the gate is open, and whatever fails below, somebody has to be told.
    if (noted.verdict === 'break-glass') count(METRICS.glassBroken, 1);
    await ports.rollouts.append(rolloutId, { type: 'decision', wave, ...noted });
  }
  if (gate.status !== 'waiting') await tellRollout(rolloutId, ports);
  return acceptance(gate, decision);
}

/**
 * Lets somebody approve or reject a rollout or its next wave, whatever way they came in. Somebody may who may decide on changes of each of
 * its clusters. Every attempt is recorded, those that do not count with the reason.
 * @throws Error when the store or the sleeping workflow cannot be reached; asking again is safe.
 */
export async function decideRollout(ports: RolloutDecisionPorts, asked: RolloutDecisionAsk): Promise<Answer> {
  const { rollouts, clock, gates } = ports;
  const { rolloutId, identity, verdict, reason, planHash, wave, ask } = asked;
  const standing = await rollouts.get(rolloutId);
  if (!standing) return refusal(`no rollout ${rolloutId} is on record`);
  const noted = {
    by: personOf(gates.people, identity),
    via: identity.via,
    verdict,
    ...(reason !== undefined && { reason }),
    planHash,
    ...(ask !== undefined && { ask }),
  };
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

/** One that was delivered twice is recorded once, and so are presses of a button just alike. */
async function noteRefusal(rollouts: RolloutStore, { request }: RolloutGate, noted: Omit<Decision, 'at'>, refused: string): Promise<void> {
  const { rolloutId, wave } = request;
  const isSame = (event: Awaited<ReturnType<RolloutStore['events']>>[number]): boolean =>
    event.type === 'decision' &&
    event.wave === wave &&
    (noted.ask === undefined
      ? false
      : event.ask === noted.ask ||
        (noted.via === 'slack' && event.by === noted.by && event.verdict === noted.verdict && event.refused === refused));
  if (!(await rollouts.events(rolloutId)).some(isSame)) await rollouts.append(rolloutId, { type: 'decision', wave, ...noted, refused });
}

export interface RolloutControlAsk {
  readonly rolloutId: string;
  readonly control: Control;
  readonly identity: Identity;
  readonly reason?: string;
}

const SAYS: Readonly<Record<Control, string>> = {
  pause: 'it pauses once the changes under way have ended',
  resume: 'it goes on with what is left',
  abort: 'changes under way are rolled back, nothing else begins, and what is applied is kept',
  'undo-wave': 'changes under way are rolled back, and the targets of the present wave go back to centralized',
  'undo-all': 'changes under way are rolled back, and everything that it applied goes back to centralized',
};

/** Changes on the way forward are asked to stop; those that send a target back are left to finish. */
async function cancelChanges(
  targets: readonly RolloutTarget[],
  { rolloutId, identity, reason }: RolloutControlAsk,
  ports: RolloutControlPorts,
): Promise<void> {
  for (const target of targets.filter((each) => isUnderWay(each) && each.state === 'running'))
    await cancel(ports, { changeId: changeIdAt(rolloutId, target), identity, ...(reason !== undefined && { reason }) });
}

/**
 * Asks a rollout to pause, go on, stop or undo. The workflow takes it up at its next move; one that does not run is begun for that.
 * Asking again is safe.
 * @throws Error when the store or the workflow cannot be reached.
 */
export async function askRollout(ports: RolloutControlPorts, asked: RolloutControlAsk): Promise<Answer> {
  const { rollouts, clock, gates, starter } = ports;
  const { rolloutId, control, identity, reason } = asked;
  const standing = await rollouts.get(rolloutId);
  if (!standing) return refusal(`no rollout ${rolloutId} is on record`);
  const targets = await rollouts.targets(rolloutId);
  const why = whyNotAsked(standing, control, targets);
  if (why !== undefined) return refusal(why);
  const isRunning = standing.status === 'running' && (await starter.isRunning(standing));
  const whyNotOn = isRunning && control === 'resume' ? whyNotGoingOn(standing, targets) : undefined;
  if (whyNotOn !== undefined) return refusal(whyNotOn);
  // What was asked for as it ended was never taken up.
  const pending = standing.status === 'ended' ? undefined : await rollouts.asked(rolloutId);
  if (pending && isStop(pending.control) && !isStop(control))
    return refusal(`${pending.by} has asked rollout ${rolloutId} for ${pending.control}, and that comes first`);
  const noted = { control, by: personOf(gates.people, identity), via: identity.via, ...(reason !== undefined && { reason }) };
  await rollouts.ask(rolloutId, { ...noted, at: clock.now().toISOString() });
  await rollouts.append(rolloutId, { type: 'asked', ...noted });
  // Read anew: a change that begins later finds what was asked for.
  if (isStop(control)) await cancelChanges(await rollouts.targets(rolloutId), asked, ports);
  if (isRunning) await tellRollout(rolloutId, ports);
  else await starter.start({ rolloutId, run: standing.run + 1, planOnly: false });
  return { accepted: true, says: `rollout ${rolloutId}, ${control}: ${SAYS[control]}` };
}
