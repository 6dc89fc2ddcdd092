import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutPorts } from '../../../lambdas/rollout/step.ts';

export interface RolloutGateWait {
  readonly rolloutId: string;
  /** The wave that the gate stands before. */
  readonly wave: number;
  readonly ports: Pick<RolloutPorts, 'rollouts' | 'clock'>;
  readonly everyMs: number;
}

/** Waits until a gate is decided or too old, or somebody asks the rollout for something: the judge looks then. */
export async function awaitRolloutDecision({ rolloutId, wave, ports, everyMs }: RolloutGateWait): Promise<void> {
  const { rollouts, clock } = ports;
  for (;;) {
    const gate = await rollouts.gate(rolloutId, wave);
    const isOver = gate?.status !== 'waiting' || clock.now().getTime() >= Date.parse(gate.request.expiresAt);
    if (isOver || (await rollouts.asked(rolloutId))) return;
    await sleep(everyMs);
  }
}
