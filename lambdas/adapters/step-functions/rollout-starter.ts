import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { StepError } from '../../contracts/errors.ts';
import type { RolloutRecord } from '../../contracts/rollout.ts';
import type { OpenRolloutInput } from '../../contracts/rollout-steps.ts';
import type { RolloutStarter } from '../../ports/rollout-starter.ts';

export interface StepFunctionsRolloutsProps {
  readonly client: Pick<SFNClient, 'send'>;
  /** Of the state machine of rollouts. */
  readonly rolloutArn: string;
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

/** Runs of rollouts as executions of Step Functions, called `<rollout>-r<run>`. Errors never carry what was asked for. */
export class StepFunctionsRollouts implements RolloutStarter {
  readonly #client: Pick<SFNClient, 'send'>;
  readonly #rolloutArn: string;

  constructor({ client, rolloutArn }: StepFunctionsRolloutsProps) {
    this.#client = client;
    this.#rolloutArn = rolloutArn;
  }

  async start(asked: OpenRolloutInput): Promise<void> {
    const { rolloutId, run } = asked;
    const input = JSON.stringify(asked);
    try {
      await this.#client.send(new StartExecutionCommand({ stateMachineArn: this.#rolloutArn, name: `${rolloutId}-r${run}`, input }));
    } catch (error) {
      if (nameOf(error) !== 'ExecutionAlreadyExists') throw new Error(`rollout ${rolloutId} could not be started: ${nameOf(error)}`);
      await this.#join(asked);
    }
  }

  /** A run that was begun before. One that ended and is asked for all the same died before it could put itself on record: the next one is begun. */
  async #join(asked: OpenRolloutInput): Promise<void> {
    const { rolloutId, run } = asked;
    const { input, status } = await this.#describe(rolloutId, run);
    if (run > 0) {
      if (status !== 'RUNNING') await this.start({ ...asked, run: run + 1 });
      return;
    }
    // As soon as a run has ended, even the very same input is answered like this.
    if (!isDeepStrictEqual(JSON.parse(input ?? 'null'), JSON.parse(JSON.stringify(asked))))
      throw new StepError('InvalidInputError', `rolloutId: ${rolloutId} is the name of another rollout, which asked for something else`);
  }

  /** A run that has handed over is not running, and the next one may not have noted yet that it is. */
  async isRunning({ request: { rolloutId }, run }: RolloutRecord): Promise<boolean> {
    for (const each of [run, run + 1]) if ((await this.#describe(rolloutId, each)).status === 'RUNNING') return true;
    return false;
  }

  async #describe(rolloutId: string, run: number): Promise<{ status?: string | undefined; input?: string | undefined }> {
    const executionArn = `${this.#rolloutArn.replace(':stateMachine:', ':execution:')}:${rolloutId}-r${run}`;
    try {
      const { status, input } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      return { status, input };
    } catch (error) {
      if (nameOf(error) === 'ExecutionDoesNotExist') return {};
      throw new Error(`the execution of rollout ${rolloutId} cannot be looked at: ${nameOf(error)}`);
    }
  }
}
