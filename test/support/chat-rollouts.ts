import type { RolloutSettings } from '../../lib/local/chat/rollouts.ts';
import changeDefinition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import rolloutDefinition from '../../lib/local/definitions/rollout.asl.json' with { type: 'json' };
import { allStates } from '../../lib/local/execution.ts';
import type { Lab } from './lab.ts';

const states = [...Object.keys(allStates(rolloutDefinition)), ...Object.keys(changeDefinition.States)];
const NO_WAITS = Object.fromEntries(states.map((state) => [state, 0]));
const overrides = { waitTimeOverrides: NO_WAITS, retryIntervalOverrides: NO_WAITS };

/**
 * Rollouts in the virtual time of a lab: waits take none, and the clock makes up for them.
 * @param before - done before a state is run, of a rollout or of one of its changes.
 */
export function rolloutsInVirtualTime({ clock }: Lab, before: (state: string) => Promise<void> | undefined): RolloutSettings {
  let until = 0;
  const pass = (): void => clock.advance(Math.max(0, (until - clock.now().getTime()) / 1000));
  return {
    everyMs: 5,
    overrides,
    onWait: (_state, end) => {
      until = end.getTime();
    },
    intercept: (state, run) => async (event) => {
      pass();
      await before(state);
      return run(event);
    },
    changes: {
      overrides,
      intercept: (state, run) => async (event) => {
        if (state.startsWith('Verify')) clock.advance(10);
        await before(state);
        return run(event);
      },
    },
  };
}
