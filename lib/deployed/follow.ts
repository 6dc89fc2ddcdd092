import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import { LostSightError, UnknownChangeError } from './errors.ts';
import { faultOf, hasName, problemOf } from './faults.ts';
import { type Ask, History } from './history.ts';
import { happeningOf } from './history-event.ts';
import { Narrator, type Watcher } from './narrator.ts';
import { passesByItself, patiently } from './patience.ts';
import { type Ended, parsedReport, readEnd, reportWithout } from './report.ts';
import type { StepFunctions } from './state-machine.ts';
import type { Timing } from './timing.ts';

const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 5_000;
/** A lost network, or credentials that somebody has to renew: the change does not depend on either. */
const PATIENCE_MS = 5 * 60_000;
/** Answers of Step Functions may lag behind: a new execution is not found at once, the end of an old one comes into its history later. */
const CONSISTENT_AFTER_MS = 15_000;

export interface Following {
  readonly client: StepFunctions;
  readonly executionArn: string;
  readonly changeId: string;
  readonly timing: Timing;
  readonly watcher: Watcher;
  /** Stops the following, and nothing else. */
  readonly stop?: AbortSignal;
  /** It was started a moment ago, so it is there even when it cannot be found yet. */
  readonly isNew?: boolean;
}

/** Statuses that an execution does not leave by itself. */
const ENDED = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']);
export const hasEnded = ({ status }: Pick<DescribeExecutionCommandOutput, 'status'>): boolean => ENDED.has(status ?? '');

/** Every call of a following, as patient as following is. */
function askerOf({ timing, watcher, stop, isNew = false, changeId }: Following): Ask {
  const since = timing.now();
  const isTooNew = (error: unknown) => isNew && hasName(error, 'ExecutionDoesNotExist') && timing.now() - since < CONSISTENT_AFTER_MS;
  return async (call) => {
    try {
      return await patiently(call, {
        timing,
        limitMs: PATIENCE_MS,
        mayPass: (error) => passesByItself(error) || faultOf(error) === 'credentials' || isTooNew(error),
        say: (text) => watcher.say(text),
        ...(stop && { stop }),
      });
    } catch (error) {
      if (stop?.aborted) throw error;
      if (hasName(error, 'ExecutionDoesNotExist') && !isNew) throw new UnknownChangeError(changeId, { cause: error });
      throw faultOf(error) === 'ours'
        ? error
        : new LostSightError(`change ${changeId} cannot be seen any longer (${problemOf(error)})`, { cause: error });
    }
  };
}

/**
 * Follows a change until it has ended.
 * @returns its report; undefined when the following was stopped. The change goes on then.
 * @throws LostSightError when AWS gives no answer for five minutes, or will not give one.
 * @throws UnknownChangeError when there is no such execution.
 */
export async function follow(following: Following): Promise<ChangeReport | undefined> {
  try {
    return await followToTheEnd(following);
  } catch (error) {
    if (following.stop?.aborted) return undefined;
    throw error;
  }
}

async function followToTheEnd(following: Following): Promise<ChangeReport> {
  const { client, executionArn, timing, watcher, stop } = following;
  const ask = askerOf(following);
  const describe = () =>
    ask((signal) => client.send(new DescribeExecutionCommand({ executionArn }), signal ? { abortSignal: signal } : {}));
  const history = new History(client, executionArn, ask);
  const narrator = new Narrator(watcher);
  let description = await describe();
  // Somebody who comes after the end wants the result; the story is on record.
  if (hasEnded(description)) return reportOf(following, description, history);
  for (let interval = SHORTEST_INTERVAL_MS; ; ) {
    let isNews = false;
    for await (const event of history.unseen()) {
      const happening = happeningOf(event);
      if (happening) narrator.tell(happening);
      isNews = true;
    }
    // Described first and read afterwards: what was told is complete when the description says that it is over.
    if (hasEnded(description)) return reportOf(following, description, history);
    interval = isNews ? SHORTEST_INTERVAL_MS : Math.min(interval * 1.5, LONGEST_INTERVAL_MS);
    await timing.pause(interval, stop);
    stop?.throwIfAborted();
    description = await describe();
  }
}

async function reportOf(following: Following, ended: DescribeExecutionCommandOutput, history: History): Promise<ChangeReport> {
  const report = ended.status === 'SUCCEEDED' ? parsedReport(ended.output) : undefined;
  if (report) return report;
  const found = await endOf(history, following);
  return found.report ?? reportWithout(following.changeId, ended, found);
}

/** Reads the end of the history until it shows that the execution has ended, or for as long as it may lag behind. */
async function endOf(history: History, { timing, stop }: Following): Promise<Ended> {
  const since = timing.now();
  for (;;) {
    const found = await readEnd(history);
    if (found.report || found.end || timing.now() - since > CONSISTENT_AFTER_MS) return found;
    await timing.pause(SHORTEST_INTERVAL_MS, stop);
  }
}
