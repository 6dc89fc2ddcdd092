import type { Identity } from '../contracts/approval.ts';
import { type Control, changeIdAt, type RolloutTarget } from '../contracts/rollout.ts';
import { personOf } from '../domain/approval.ts';
import { whyNotAsked, whyNotGoingOn } from '../domain/rollout/asking.ts';
import { isStop } from '../domain/rollout/controls.ts';
import type { RolloutStarter } from '../ports/rollout-starter.ts';
import { type Answer, refusal } from './answers.ts';
import { cancel } from './decide.ts';
import { type RolloutDecisionPorts, tellRollout } from './decide-rollout.ts';

export interface RolloutControlPorts extends RolloutDecisionPorts {
  readonly starter: RolloutStarter;
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
  for (const target of targets.filter(({ state }) => state === 'running'))
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
