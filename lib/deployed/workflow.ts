import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { hasName, inOneSentence } from './faults.ts';
import { follow, hasEnded } from './follow.ts';
import type { Watcher } from './narrator.ts';
import { patiently } from './patience.ts';
import { start } from './start.ts';
import type { StateMachine, StepFunctions } from './state-machine.ts';
import type { Timing } from './timing.ts';

const PATIENCE_MS = 10_000;
/** Stopping an execution does not stop the function that it waits for, which may run this long. */
const LONGEST_STEP_MS = 15 * 60_000;

export interface DeployedWorkflowProps {
  /** Makes one attempt at each call. */
  readonly client: StepFunctions;
  readonly stateMachine: StateMachine;
  readonly timing: Timing;
}

/** What an execution may still do, in words, and until when if that is known. */
export interface StillAtWork {
  readonly says: string;
}

/** The change workflow that is deployed in an account and region. An execution is a change, and has its id as its name. */
export class DeployedWorkflow {
  readonly #props: DeployedWorkflowProps;

  constructor(props: DeployedWorkflowProps) {
    this.#props = props;
  }

  get region(): string {
    return this.#props.stateMachine.region;
  }

  /** Starts a change or joins the one that was started with the same id and request; see `start` for errors. */
  start(changeId: string, request: ChangeRequestInput, say?: (text: string) => void, stop?: AbortSignal): Promise<'started' | 'joined'> {
    return start({ ...this.#props, changeId, request, ...(say && { say }), ...(stop && { stop }) });
  }

  /**
   * Follows a change until it has ended; see `follow` for errors.
   * @param options.isNew - it was started a moment ago.
   * @returns its report; undefined when the following was stopped.
   */
  follow(changeId: string, watcher: Watcher, options: { stop?: AbortSignal; isNew?: boolean } = {}): Promise<ChangeReport | undefined> {
    const executionArn = this.#props.stateMachine.executionArn(changeId);
    return follow({ ...this.#props, executionArn, changeId, watcher, ...options });
  }

  /**
   * Whether a change may still write, judged by its execution and not by any lease.
   * @param leaseUntil - ISO 8601; believed only where there is no execution of this name, which is no proof that nothing runs.
   * @returns why it may, or undefined when it cannot.
   * @throws ConfigurationError when that cannot be found out.
   */
  async stillAtWork(changeId: string, leaseUntil: string): Promise<StillAtWork | undefined> {
    const { client, stateMachine, timing } = this.#props;
    const command = new DescribeExecutionCommand({ executionArn: stateMachine.executionArn(changeId) });
    try {
      const description = await patiently(() => client.send(command), { timing, limitMs: PATIENCE_MS });
      if (!hasEnded(description)) return { says: `its execution is ${description.status ?? 'not known to have ended'}` };
      return stoppedJustNow(description, timing.now());
    } catch (error) {
      if (!hasName(error, 'ExecutionDoesNotExist', 'StateMachineDoesNotExist'))
        throw inOneSentence(error, `looking at the execution of ${changeId}`);
      if (Date.parse(leaseUntil) <= timing.now()) return undefined;
      return { says: `it has no execution in ${stateMachine.region} of this account, and its lease runs until ${leaseUntil}` };
    }
  }
}

function stoppedJustNow(
  { status, stopDate }: Pick<DescribeExecutionCommandOutput, 'status' | 'stopDate'>,
  now: number,
): StillAtWork | undefined {
  if (status !== 'ABORTED' && status !== 'TIMED_OUT') return undefined;
  const until = (stopDate?.getTime() ?? now) + LONGEST_STEP_MS;
  if (until <= now) return undefined;
  const how = status === 'ABORTED' ? 'was stopped' : 'ran out of time';
  return { says: `its execution ${how}, and a step that it had begun may run until ${new Date(until).toISOString()}` };
}
