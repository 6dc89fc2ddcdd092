import type { Window } from '../contracts/request.ts';
import type { RolloutFile } from '../contracts/rollout-file.ts';
import type { StateAt, WindowLook } from '../contracts/window.ts';
import { explicitWindow, LONGEST_WAIT_SECONDS, longestChangeSeconds, lookAtWindow } from '../domain/change-window.ts';
import { WRITING_STATES } from '../domain/plan.ts';
import { verificationOf } from './settings.ts';
import type { RolloutPorts } from './step.ts';

/** What the longest change of a rollout may have to write. */
const EVERY_WRITE = { steps: Object.values(WRITING_STATES).map((name) => ({ name, command: '' })) };
const NO_ROLLBACK_OF_POLICIES = { restoreProxyPolicy: false };

const statesOf = async (window: Window, { gates }: RolloutPorts): Promise<StateAt> =>
  'calendar' in window ? (await gates.calendar(window.calendar)).stateAt : explicitWindow(window);

/**
 * Whether changes of a rollout may begin now: its window and every freeze have to leave time for one and its rollback.
 * @returns undefined when neither concerns it.
 * @throws StepError `CalendarUnreadableError`.
 */
export async function lookAtRolloutWindow(file: RolloutFile, ports: RolloutPorts): Promise<WindowLook | undefined> {
  if (file.wanted.syncerMode === 'centralized') return undefined;
  // Its changes have the configured one where the file names none.
  const window = file.gates.window ?? ports.defaults.window;
  const windows: Window[] = [...(window ? [window] : []), ...ports.gates.freezes.map((calendar) => ({ calendar }))];
  if (windows.length === 0) return undefined;
  const timed = { verification: verificationOf(file, ports.defaults), rollback: file.rollback ?? NO_ROLLBACK_OF_POLICIES };
  return lookAtWindow({
    states: await Promise.all(windows.map((each) => statesOf(each, ports))),
    now: ports.clock.now(),
    neededSeconds: longestChangeSeconds(timed, EVERY_WRITE),
    longestWaitSeconds: LONGEST_WAIT_SECONDS,
  });
}
