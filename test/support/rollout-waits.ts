import type { LocalExecution } from '../../lib/local/execution.ts';
import type { RolloutClock } from './rollout-clock.ts';
import type { RolloutProcess } from './rollout-process.ts';

type Intercept = NonNullable<LocalExecution['intercept']>;

interface Verifying {
  readonly change: { readonly request: { readonly verification: Record<'settleSeconds' | 'intervalSeconds', number> } } & Record<
    'verification' | 'restoredVerification',
    unknown
  >;
}

/** Seconds that the workflow of a change waits before this state, which its skipped wait has left out. */
function secondsBefore(state: string, event: unknown): number {
  if (!state.startsWith('Verify')) return 0;
  const { request, verification, restoredVerification } = (event as Verifying).change;
  const isFirst = (state === 'Verify centralized' ? restoredVerification : verification) === undefined;
  return request.verification[isFirst ? 'settleSeconds' : 'intervalSeconds'];
}

/** States of a change, in virtual time and in a process that can die. */
export const statesOfChanges =
  (clock: RolloutClock, process: RolloutProcess): Intercept =>
  (state, step) =>
  (event) =>
    process.call(() =>
      clock.during(process, async () => {
        await clock.sleep(secondsBefore(state, event));
        return step(event);
      }),
    );

/** States that last as long as something else does: a change, or until people decide. */
const TAKE_TIME: ReadonlySet<string> = new Set(['Change database', 'Ask for approval']);

interface Judged {
  readonly move?: { readonly kind: string; readonly until?: string };
  readonly next?: string;
  readonly seconds?: number;
}

/**
 * States of a rollout, likewise: whoever says that there is to be a wait makes it.
 * @param report - told of every step that fails, repeats included; throws the error again.
 */
export const statesOfRollouts =
  (clock: RolloutClock, process: RolloutProcess, report: (state: string, error: unknown) => never): Intercept =>
  (state, step) =>
  (event) =>
    process.call(async () => {
      const answer = () => step(event).catch((error: unknown) => report(state, error));
      if (TAKE_TIME.has(state)) return answer();
      return clock.during(process, async () => {
        const said = (await answer()) as Judged | undefined;
        if (said?.move?.kind === 'wait' && said.move.until !== undefined) await clock.sleepUntil(new Date(said.move.until));
        if (said?.next === 'wait' && said.seconds !== undefined) await clock.sleep(said.seconds);
        return said;
      });
    });
