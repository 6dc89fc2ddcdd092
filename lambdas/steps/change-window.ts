import { StepError } from '../contracts/errors.ts';
import { ChangeWindowInput } from '../contracts/steps.ts';
import { WindowLook } from '../contracts/window.ts';
import { lookAtWindows } from '../gates/window.ts';
import { type StepContext, stepHandler } from '../runtime/step.ts';

/**
 * Says whether the change may start now or until when it has to wait.
 * @throws StepError `WindowMissedError` when change and rollback fit into no window any more; `CalendarUnreadableError`.
 */
export async function changeWindow({ change }: ChangeWindowInput, context: StepContext): Promise<WindowLook> {
  const { changeId, step, store } = context;
  const look = await lookAtWindows(change.request, change.plan, context);
  if (!look) throw new StepError('InvalidInputError', 'the change has no window to wait for');
  await store.append(changeId, { type: 'window', step, look });
  if (look.verdict === 'missed') throw new StepError('WindowMissedError', look.says);
  return look;
}

export const handler = stepHandler({ input: ChangeWindowInput, output: WindowLook }, changeWindow);
