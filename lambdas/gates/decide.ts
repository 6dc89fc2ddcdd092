import type { ApprovalVerdict, Decision, Gate, Identity } from '../contracts/approval.ts';
import { METRICS } from '../contracts/deployment.ts';
import type { ChangeRecord } from '../contracts/record.ts';
import { judgeDecision, personOf, rejectionOf, requesterOf } from '../domain/approval.ts';
import type { WaitingWorkflow } from '../ports/waiting-workflow.ts';
import type { Ports } from '../runtime/ports.ts';
import { count } from '../runtime/telemetry.ts';
import { type Answer, ATTEMPTS, acceptance, isAcceptanceOf, isRefusalOf, type Noted, notedFor, refusal } from './answers.ts';

/** What a decision needs of the outside world. */
export interface DecisionPorts extends Pick<Ports, 'store' | 'clock' | 'gates'> {
  readonly waiting?: Ports['waiting'];
}

export interface Ask {
  readonly changeId: string;
  readonly identity: Identity;
  readonly reason?: string;
}

export interface DecisionAsk extends Ask {
  readonly verdict: ApprovalVerdict;
  /** Hash of the plan that was looked at. */
  readonly planHash: string;
  /** Names this one asking where it may be delivered more than once: it is counted, refused and recorded once. */
  readonly ask?: string;
}

/** Why a change is not to be asked about, or undefined. */
function whyOver(changeId: string, record: ChangeRecord | undefined): string | undefined {
  if (!record) return `no change ${changeId} is on record`;
  return record.report && `change ${changeId} has ended: ${record.report.outcome}`;
}

/**
 * Lets somebody approve or reject a change, whatever way they came in. Every attempt is recorded, those that do not count with the reason.
 * A decision that the record holds but the workflow was not told of is told again by any later attempt.
 * @throws Error when the store or the sleeping workflow cannot be reached; asking again is safe.
 */
export async function decide(ports: DecisionPorts, asked: DecisionAsk): Promise<Answer> {
  const { store, clock, gates } = ports;
  const { changeId, ask } = asked;
  const noted = notedFor(gates, asked);
  const record = await store.get(changeId);
  const counted = await countedBefore(ports, changeId, ask);
  if (counted) return counted;
  const refuse = async (refused: string): Promise<Answer> => {
    if (record && !record.timeline.some(isRefusalOf(noted, refused))) await store.append(changeId, { type: 'decision', ...noted, refused });
    return refusal(refused);
  };
  const over = whyOver(changeId, record);
  if (!record || over !== undefined) return refuse(over ?? '');
  const rules = gates.rulesOf(record.request.target.cluster);
  const requester = requesterOf(gates.people, record.request);
  const decision: Decision = { ...noted, at: clock.now().toISOString() };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const gate = await store.gate(changeId);
    if (!gate) return refuse(`change ${changeId} does not wait for an approval`);
    const judgement = judgeDecision(gate, decision, rules, requester);
    if ('refused' in judgement) {
      // The workflow may never have heard of what was decided.
      await tellWorkflow(ports, gate);
      return refuse(judgement.refused);
    }
    if (await store.saveGate(changeId, judgement.gate)) return accept(ports, judgement.gate, noted);
  }
  throw new Error(`${ATTEMPTS} other decisions on change ${changeId} came in between`);
}

/** What an asking came to that was counted before, and perhaps was not recorded or told to the end. */
async function countedBefore(ports: DecisionPorts, changeId: string, ask: string | undefined): Promise<Answer | undefined> {
  if (ask === undefined) return undefined;
  const gate = await ports.store.gate(changeId);
  const decision = gate?.decisions.find((other) => other.ask === ask);
  if (!gate || !decision) return undefined;
  const { at: _, ...noted } = decision;
  return accept(ports, gate, noted);
}

async function accept(ports: DecisionPorts, gate: Gate, noted: Noted): Promise<Answer> {
  const { changeId } = gate.request;
  const isRecorded = noted.ask !== undefined && (await ports.store.get(changeId))?.timeline.some(isAcceptanceOf(noted));
  if (!isRecorded) {
    // First of all: the gate is open, and whatever fails below, somebody has to be told.
    if (noted.verdict === 'break-glass') count(METRICS.glassBroken, 1);
    await ports.store.append(changeId, { type: 'decision', ...noted });
  }
  await tellWorkflow(ports, gate);
  return acceptance(`change ${changeId}`, gate, noted);
}

/** Wakes the workflow that sleeps at a gate which has been decided, if one does. */
export async function tellWorkflow({ store, waiting }: DecisionPorts, gate: Gate): Promise<void> {
  if (!waiting || (gate.status !== 'approved' && gate.status !== 'rejected')) return;
  const token = await store.tokenOf(gate.request.changeId);
  if (token === undefined) return;
  await waiting.wake(token, gate.status === 'rejected' ? { name: 'ApprovalRejectedError', message: rejectionOf(gate) } : undefined);
}

/**
 * Asks a change to stop: before its first write it ends there, later it rolls back first. Asking again is safe.
 * @throws Error when the store or the sleeping workflow cannot be reached.
 */
export async function cancel(ports: DecisionPorts, { changeId, identity, reason }: Ask): Promise<Answer> {
  const { store, gates, waiting } = ports;
  const over = whyOver(changeId, await store.get(changeId));
  if (over !== undefined) return { accepted: false, says: over };
  const by = personOf(gates.people, identity);
  await store.requestCancel(changeId, { by, via: identity.via, ...(reason !== undefined && { reason }) });
  if (waiting) await interrupt(store, waiting, changeId, by);
  return { accepted: true, says: `change ${changeId} is asked to stop; what was written is rolled back to centralized first` };
}

/** A step notices by itself; a workflow that sleeps does not. */
async function interrupt(store: Ports['store'], waiting: WaitingWorkflow, changeId: string, by: string): Promise<void> {
  const token = await store.tokenOf(changeId);
  const stopped = { name: 'ChangeCancelledError', message: `${by} asked for this change to stop` };
  if (token !== undefined && (await waiting.wake(token, stopped))) return;
  const holdsLock = (await store.locks()).some((lock) => lock.changeId === changeId);
  if (!holdsLock) await waiting.stop(changeId, stopped.message);
}
