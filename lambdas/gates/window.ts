import type { Plan } from '../contracts/plan.ts';
import type { FullChangeRequest, Window } from '../contracts/request.ts';
import type { StateAt, WindowLook } from '../contracts/window.ts';
import { explicitWindow, LONGEST_WAIT_SECONDS, longestChangeSeconds, lookAtWindow } from '../domain/change-window.ts';
import type { Ports } from '../runtime/ports.ts';

type GatePorts = Pick<Ports, 'gates' | 'clock'>;

const statesOf = async (window: Window, { gates }: GatePorts): Promise<StateAt> =>
  'calendar' in window ? (await gates.calendar(window.calendar)).stateAt : explicitWindow(window);

/**
 * Looks whether a change may start now: its window and every freeze have to leave time for the change and its rollback. The way back to
 * centralized may always start.
 * @returns undefined when neither window nor freeze concerns the change.
 * @throws StepError `CalendarUnreadableError`, `InvalidInputError` for a window that is none.
 */
export async function lookAtWindows(
  request: FullChangeRequest,
  plan: Pick<Plan, 'steps'>,
  ports: GatePorts,
): Promise<WindowLook | undefined> {
  const { window, wanted } = request;
  if (wanted.syncerMode === 'centralized') return undefined;
  const windows: Window[] = [...(window ? [window] : []), ...ports.gates.freezes.map((calendar) => ({ calendar }))];
  if (windows.length === 0) return undefined;
  return lookAtWindow({
    states: await Promise.all(windows.map((each) => statesOf(each, ports))),
    now: ports.clock.now(),
    neededSeconds: longestChangeSeconds(request, plan),
    longestWaitSeconds: LONGEST_WAIT_SECONDS,
  });
}
