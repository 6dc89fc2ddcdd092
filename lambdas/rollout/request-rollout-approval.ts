import * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import type { RolloutApprovalRequest, RolloutGate, RolloutRecord } from '../contracts/rollout.ts';
import { RequestRolloutApprovalInput } from '../contracts/rollout-steps.ts';
import { tellRollout } from '../gates/decide-rollout.ts';
import { type RolloutPorts, recordFor, rolloutStep } from './step.ts';

const ATTEMPTS = 20;

function requestFor({ request, plan }: RolloutRecord, wave: number, now: Date): RolloutApprovalRequest {
  if (!plan) throw new StepError('InvalidInputError', `rollout ${request.rolloutId} has no plan yet that could be approved`);
  const { requestedBy, reason, gates } = request.file;
  return {
    rolloutId: request.rolloutId,
    wave,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
    plan,
    target: { cluster: plan.clusters.join(', ') },
    approvals: plan.approvals,
    requestedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + gates.timeoutSeconds * 1000).toISOString(),
  };
}

/** The gate that stands when it is for the same plan; one that was closed is opened anew, for the same decisions to be made again. */
function gateFor(standing: RolloutGate | undefined, request: RolloutApprovalRequest): RolloutGate {
  if (standing && standing.status !== 'closed' && standing.request.plan.hash === request.plan.hash) return standing;
  return { revision: (standing?.revision ?? 0) + 1, request, decisions: [], status: 'waiting' };
}

async function openGate(record: RolloutRecord, wave: number, { rollouts, clock }: RolloutPorts): Promise<void> {
  const { rolloutId } = record.request;
  const asked = requestFor(record, wave, clock.now());
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const standing = await rollouts.gate(rolloutId, wave);
    const gate = gateFor(standing, asked);
    if (gate === standing) return;
    if (!(await rollouts.saveGate(rolloutId, wave, gate))) continue;
    await rollouts.append(rolloutId, { type: 'approval-requested', wave });
    return;
  }
  throw new StepError('NotApprovedError', `the gate of ${rolloutId} was written ${ATTEMPTS} times in between`);
}

/** Asks for the approval of a rollout, or of its next wave. The workflow sleeps until enough people have decided, or somebody asks it for something else. */
export async function requestRolloutApproval(
  { wave, token, ...place }: RequestRolloutApprovalInput,
  ports: RolloutPorts,
): Promise<Record<string, never>> {
  await openGate(await recordFor(place, ports), wave, ports);
  if (token !== undefined) await ports.rollouts.keepToken(place.rolloutId, token);
  // Who decided or asked before the token was kept could not wake this workflow; who comes later can.
  const gate = await ports.rollouts.gate(place.rolloutId, wave);
  if ((gate && gate.status !== 'waiting') || (await ports.rollouts.asked(place.rolloutId))) await tellRollout(place.rolloutId, ports);
  return {};
}

export const handler = rolloutStep({ input: RequestRolloutApprovalInput, output: z.strictObject({}) }, requestRolloutApproval);
