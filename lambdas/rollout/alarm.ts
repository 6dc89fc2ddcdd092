import { StepError } from '../contracts/errors.ts';
import type { Alarms } from '../ports/alarms.ts';

/**
 * Why alarms are not quiet, or undefined. An alarm that cannot be read is not quiet.
 * @param names - as the rollout has them.
 */
export async function alarmOf(names: readonly string[], alarms: Alarms): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  try {
    const raised = await alarms.raised(names);
    if (raised.length === 0) return undefined;
    return raised.length === 1 ? `alarm ${raised[0]} is raised` : `alarms ${raised.join(', ')} are raised`;
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    return `the alarms cannot be read: ${error.message}`;
  }
}
