import type { RolloutEvent, RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOMES, type TargetState } from '../../../lambdas/contracts/rollout-outcomes.ts';
import { nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import type { Output } from '../output.ts';
import { several, shortHash } from '../rollout/words.ts';

export type Style = Parameters<Output['style']>[0];

/** How a state is coloured where it is news. */
export const STYLES: Readonly<Partial<Record<TargetState, Style>>> = {
  applied: 'green',
  unchanged: 'green',
  undone: 'yellow',
  'to-undo': 'yellow',
  'rolled-back': 'yellow',
  drifted: 'yellow',
  refused: 'yellow',
  'window-missed': 'yellow',
  'needs-operator': 'red',
};

const reasoned = (what: string, reason: string | undefined): string => (reason === undefined ? what : `${what}: ${reason}`);

/** One event of a rollout, as a line. */
export function eventInWords(event: RolloutEvent, targetAt: (position: number) => RolloutTarget | undefined): string {
  switch (event.type) {
    case 'planned':
      return `planned: ${several(event.plan.targets, 'target')}, plan ${shortHash(event.plan.hash)}`;
    case 'approval-requested':
      return event.wave === 1 ? 'waits for an approval of the plan' : `waits for an approval of wave ${event.wave}`;
    case 'decision': {
      const what = reasoned(`${event.verdict} by ${event.by} (${event.via}), plan ${shortHash(event.planHash)}`, event.reason);
      return event.refused === undefined ? what : `${what}; not counted: ${event.refused}`;
    }
    case 'asked':
      return reasoned(`${event.control} asked for by ${event.by}`, event.reason);
    case 'run':
      return event.run === 0 ? `runs: ${event.holder}` : `goes on, run ${event.run}: ${event.holder}`;
    case 'wave-began':
      return `wave ${event.wave}: began, ${several(event.targets, 'target')}`;
    case 'bake-began':
      return `wave ${event.wave}: watched until ${event.until}`;
    case 'wave-passed':
      return `wave ${event.wave}: passed`;
    case 'target': {
      const target = targetAt(event.position);
      const name = target ? nameOf(target) : `target ${event.position}`;
      // Whoever ran it was stopped, and nothing of it is left.
      if (event.state === 'waiting') return `${name}: its change was cut short, and is made again`;
      return reasoned(`${name}: ${event.state}`, event.says);
    }
    case 'stopped':
      return `stopped in wave ${event.wave}: ${event.says}`;
    case 'waiting':
      return `waits until ${event.until}: ${event.says}`;
    case 'paused':
      return 'paused';
    case 'ended':
      return `ended ${event.outcome}: ${ROLLOUT_OUTCOMES[event.outcome].meaning}`;
    case 'note':
      return event.text;
  }
}

export function styleOf(event: RolloutEvent): Style | undefined {
  if (event.type === 'wave-passed') return 'green';
  return event.type === 'stopped' || event.type === 'asked' ? 'yellow' : undefined;
}
