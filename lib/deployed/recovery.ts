import { randomBytes } from 'node:crypto';
import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import { RequestedTarget } from '../../lambdas/contracts/steps.ts';
import { ConfigurationError } from '../config/load.ts';
import { withStepFunctions } from './connection.ts';
import { LostSightError } from './errors.ts';
import { hasName, inOneSentence, problemOf, wasNeverSent } from './faults.ts';
import { follow, hasEnded } from './follow.ts';
import { parsedJson, partOf } from './json.ts';
import type { Watcher } from './narrator.ts';
import { patiently } from './patience.ts';
import type { DeployedWorkflowProps } from './workflow.ts';

const PATIENCE_MS = 60_000;
const LONGEST_NAME = 80;

/** A change whose execution was cut short, and why it is recovered now, in words. */
export interface RecoveryRequest {
  readonly changeId: string;
  readonly why: string;
  /** Somebody has made sure that an earlier recovery, whose lease may not be over, is dead. @default false */
  readonly force?: boolean;
}

/** How a recovery ended: with the change's report, unless there was nothing to recover. */
export interface RecoveryEnd {
  readonly says: string;
  readonly report?: ChangeReport;
}

/** `recover-<change>-<random>`: several recoveries of a change may follow each other. The random end is never what is cut off. */
export function recoveryName(changeId: string, random = randomBytes(4).toString('hex')): string {
  const end = `-${random}`;
  return `recover-${changeId}`.slice(0, LONGEST_NAME - end.length) + end;
}

/** The workflow that takes over changes whose execution was cut short, and rolls them back. It is deployed beside the one of changes. */
export class DeployedRecovery {
  readonly #props: DeployedWorkflowProps;

  constructor(props: DeployedWorkflowProps) {
    this.#props = props;
  }

  get region(): string {
    return this.#props.stateMachine.region;
  }

  /**
   * Starts the recovery of a change. That the change is on record is for the caller to know.
   * @returns name of the execution that recovers it.
   * @throws StepError `LockHeldError` when the change's own execution still runs.
   * @throws ConfigurationError when AWS refuses it; nothing has begun then. LostSightError when nobody knows whether it was started.
   */
  async start({ changeId, why, force = false }: RecoveryRequest, say?: (text: string) => void, stop?: AbortSignal): Promise<string> {
    await this.#refuseWhileRunning(changeId);
    const name = recoveryName(changeId);
    const command = new StartExecutionCommand({
      stateMachineArn: this.#stateMachineArn,
      name,
      input: JSON.stringify({ changeId, why, force }),
    });
    let mayHaveStarted = false;
    try {
      await this.#ask(
        (signal) => this.#props.client.send(command, signal ? { abortSignal: signal } : {}),
        say,
        stop,
        (error) => {
          mayHaveStarted ||= !wasNeverSent(error);
        },
      );
    } catch (error) {
      // Nobody else comes upon this name: an attempt whose answer was lost has started it, and it has ended since.
      if (hasName(error, 'ExecutionAlreadyExists')) return name;
      if (hasName(error, 'StateMachineDoesNotExist')) throw this.#notDeployed(error);
      if (!stop?.aborted && !mayHaveStarted) throw inOneSentence(error, 'starting the recovery');
      throw new LostSightError(
        `whether the recovery of change ${changeId} was started is not known (${stop?.aborted ? 'stopped' : problemOf(error)}); it may be started again`,
        { cause: error },
      );
    }
    return name;
  }

  /**
   * Follows a recovery until it has ended; see `follow` for errors.
   * @param name - as `start` returned it.
   * @returns how it ended; undefined when the following was stopped. The recovery goes on then.
   */
  async follow(changeId: string, name: string, watcher: Watcher, stop?: AbortSignal): Promise<RecoveryEnd | undefined> {
    const executionArn = this.#executionArn(name);
    const report = await follow({ ...this.#props, executionArn, changeId, watcher, isNew: true, ...(stop && { stop }) });
    // Following makes up for a missing report from the request of a change, which the input of a recovery is not.
    if (report?.target.cluster === '') return this.#endWithoutReport(changeId, executionArn);
    return report && { says: OUTCOMES[report.outcome].meaning, report };
  }

  get #stateMachineArn(): string {
    const [arn, partition, states, region, account] = this.#props.stateMachine.arn.split(':');
    return [arn, partition, states, region, account, 'stateMachine', DEPLOYED.recovery].join(':');
  }

  #executionArn(name: string): string {
    return [...this.#stateMachineArn.replace(':stateMachine:', ':execution:').split(':'), name].join(':');
  }

  async #describe(executionArn: string): Promise<DescribeExecutionCommandOutput | undefined> {
    try {
      return await this.#ask(() => this.#props.client.send(new DescribeExecutionCommand({ executionArn })));
    } catch (error) {
      // A change that ran elsewhere, or longer ago than Step Functions remembers.
      if (hasName(error, 'ExecutionDoesNotExist', 'StateMachineDoesNotExist')) return undefined;
      throw inOneSentence(error, `looking at the execution ${executionArn.split(':').at(-1)}`);
    }
  }

  async #refuseWhileRunning(changeId: string): Promise<void> {
    const execution = await this.#describe(this.#props.stateMachine.executionArn(changeId));
    if (execution && !hasEnded(execution))
      throw new StepError(
        'LockHeldError',
        `change ${changeId} is not cut short: its execution is ${execution.status ?? 'not known to have ended'}; cancel it, or wait until it has ended`,
      );
  }

  /** There was nothing to recover, or what the database is like is an open question. */
  async #endWithoutReport(changeId: string, executionArn: string): Promise<RecoveryEnd> {
    const { status, output, error, cause } = (await this.#describe(executionArn)) ?? {};
    const found = partOf(parsedJson(output), 'recovery');
    if (status === 'SUCCEEDED' && partOf(found, 'next') === 'nothing') return { says: String(partOf(found, 'says')) };
    const change = await this.#describe(this.#props.stateMachine.executionArn(changeId));
    const target = RequestedTarget.safeParse(parsedJson(change?.input)).data?.target ?? { cluster: '', database: '' };
    const reason = error ? ` (${error}${cause ? `: ${cause}` : ''})` : '';
    const message = `the recovery ended as ${status ?? 'nobody knows'}${reason} and left no report; what the database is like is not known`;
    return { says: message, report: { changeId, outcome: 'needs-operator', target, steps: [], error: { name: 'NeedsOperator', message } } };
  }

  #ask<T>(
    call: (stop?: AbortSignal) => Promise<T>,
    say?: (text: string) => void,
    stop?: AbortSignal,
    onError: (error: unknown) => void = () => {},
  ): Promise<T> {
    return patiently(call, { timing: this.#props.timing, limitMs: PATIENCE_MS, onError, ...(say && { say }), ...(stop && { stop }) });
  }

  #notDeployed(cause: unknown): ConfigurationError {
    return new ConfigurationError(
      `no state machine "${DEPLOYED.recovery}" is deployed in ${this.region} of this account; deploy this version of the stack there`,
      { cause },
    );
  }
}

/**
 * Runs something with the recovery that is deployed in the account and region of the environment.
 * @throws ConfigurationError when no workflow is deployed there, or AWS does not let us in.
 */
export const withDeployedRecovery = <T>(use: (recovery: DeployedRecovery) => Promise<T>): Promise<T> =>
  withStepFunctions((props) => use(new DeployedRecovery(props)));
