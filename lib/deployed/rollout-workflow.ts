import { DescribeExecutionCommand, type DescribeExecutionCommandOutput } from '@aws-sdk/client-sfn';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import type { OpenRolloutInput } from '../../lambdas/contracts/rollout-steps.ts';
import { withStepFunctions } from './connection.ts';
import { hasName, inOneSentence } from './faults.ts';
import { hasEnded } from './follow.ts';
import { patiently } from './patience.ts';
import { start } from './start.ts';
import type { StateMachine } from './state-machine.ts';
import type { DeployedWorkflowProps } from './workflow.ts';

const PATIENCE_MS = 60_000;

/** Name of the execution that is one run of a rollout. */
export const executionOf = (rolloutId: string, run: number): string => `${rolloutId}-r${run}`;

/** The state machine of rollouts, which is deployed beside the one of changes. */
export function rolloutMachineBeside({ arn, region }: StateMachine): StateMachine {
  const place = arn.split(':').slice(0, 5).join(':');
  return {
    arn: `${place}:stateMachine:${DEPLOYED.rollout}`,
    region,
    executionArn: (name) => `${place}:execution:${DEPLOYED.rollout}:${name}`,
  };
}

/** The workflow of rollouts that is deployed in an account and region. */
export class DeployedRollouts {
  readonly #props: DeployedWorkflowProps;

  /** @param props - of the workflow of changes. */
  constructor(props: DeployedWorkflowProps) {
    this.#props = { ...props, stateMachine: rolloutMachineBeside(props.stateMachine) };
  }

  get region(): string {
    return this.#props.stateMachine.region;
  }

  /** Starts a run of a rollout, or joins the execution that is it; see `start` for errors. */
  async start(input: OpenRolloutInput, say?: (text: string) => void, stop?: AbortSignal): Promise<'started' | 'joined'> {
    const changeId = executionOf(input.rolloutId, input.run);
    return start({ ...this.#props, kind: 'rollout', changeId, request: input, ...(say && { say }), ...(stop && { stop }) });
  }

  /**
   * How the execution of a run was left, if it no longer runs, and the one that it may have handed over to does not either.
   * @returns undefined while one of them runs, and where that is not known: Step Functions forgets executions after 90 days.
   * @throws ConfigurationError when that cannot be found out.
   */
  async endOf(rolloutId: string, run: number): Promise<string | undefined> {
    const own = await this.#statusOf(rolloutId, run);
    if (own && !hasEnded(own)) return undefined;
    const next = await this.#statusOf(rolloutId, run + 1);
    return endIn(next ?? own);
  }

  async #statusOf(rolloutId: string, run: number): Promise<DescribeExecutionCommandOutput | undefined> {
    const { client, timing, stateMachine } = this.#props;
    const command = new DescribeExecutionCommand({ executionArn: stateMachine.executionArn(executionOf(rolloutId, run)) });
    try {
      return await patiently(() => client.send(command), { timing, limitMs: PATIENCE_MS });
    } catch (error) {
      if (hasName(error, 'ExecutionDoesNotExist')) return undefined;
      throw inOneSentence(error, `looking at the execution of ${rolloutId}`);
    }
  }
}

const endIn = (description: DescribeExecutionCommandOutput | undefined): string | undefined =>
  description && hasEnded(description) ? description.status : undefined;

/**
 * Runs something with the workflow of rollouts that is deployed in the account and region of the environment.
 * @throws ConfigurationError when there is none, or AWS does not let us in.
 */
export const withDeployedRolloutWorkflow = <T>(use: (workflow: DeployedRollouts) => Promise<T>): Promise<T> =>
  withStepFunctions((props) => use(new DeployedRollouts(props)));
