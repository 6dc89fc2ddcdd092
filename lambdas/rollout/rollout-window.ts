import type { RolloutFile } from '../contracts/rollout-file.ts';
import type { WindowLook } from '../contracts/window.ts';
import { WRITING_STATES } from '../domain/plan.ts';
import { anyRequest } from '../domain/rollout/requests.ts';
import { lookAtWindows } from '../gates/window.ts';
import type { RolloutPorts } from './step.ts';

/** What the longest change of a rollout may have to write. */
const EVERY_WRITE = { steps: Object.values(WRITING_STATES).map((name) => ({ name, command: '' })) };

/** Whether changes of a rollout may begin now; see `lookAtWindows`. */
export const lookAtRolloutWindow = (file: RolloutFile, ports: RolloutPorts): Promise<WindowLook | undefined> =>
  lookAtWindows(anyRequest(file, ports.defaults), EVERY_WRITE, ports);
