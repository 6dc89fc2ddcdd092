import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { StepError } from '../../contracts/errors.ts';
import type { ChangeRequestInput } from '../../contracts/request.ts';
import type { ChangeStarter } from '../../ports/change-starter.ts';

export interface StepFunctionsStarterProps {
  readonly client: Pick<SFNClient, 'send'>;
  /** ARN of the alias to start, or of the state machine itself. */
  readonly changeArn: string;
}

const STATE_MACHINE = /^(?<place>arn:[^:]+:states:[^:]+:[^:]+):stateMachine:(?<name>[^:]+)(?::[^:]+)?$/;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');

/** Starts changes as executions of Step Functions, each under the id of its change. Errors never carry what was asked for. */
export class StepFunctionsStarter implements ChangeStarter {
  readonly #client: Pick<SFNClient, 'send'>;
  readonly #changeArn: string;
  /** ARN of every execution, up to its name: it has no qualifier, whichever alias was started. */
  readonly #executions: string;

  /** @throws Error for the ARN of something else. */
  constructor({ client, changeArn }: StepFunctionsStarterProps) {
    const { place, name } = STATE_MACHINE.exec(changeArn)?.groups ?? {};
    if (!place) throw new Error(`expected the ARN of a state machine or of an alias of one: ${changeArn}`);
    this.#client = client;
    this.#changeArn = changeArn;
    this.#executions = `${place}:execution:${name}`;
  }

  async start(changeId: string, request: ChangeRequestInput): Promise<void> {
    const input = JSON.stringify(request);
    try {
      await this.#client.send(new StartExecutionCommand({ stateMachineArn: this.#changeArn, name: changeId, input }));
    } catch (error) {
      if (nameOf(error) !== 'ExecutionAlreadyExists') throw new Error(`change ${changeId} could not be started: ${nameOf(error)}`);
      // As soon as a change has ended, even the very same request is answered like this.
      if (!isDeepStrictEqual(await this.#inputOf(changeId), JSON.parse(input)))
        throw new StepError('InvalidInputError', `changeId: ${changeId} is the name of another change, which asked for something else`);
    }
  }

  /** What the execution of a change was started with. */
  async #inputOf(changeId: string): Promise<unknown> {
    try {
      const { input } = await this.#client.send(new DescribeExecutionCommand({ executionArn: `${this.#executions}:${changeId}` }));
      return JSON.parse(input ?? 'null');
    } catch (error) {
      throw new Error(`change ${changeId} was started before, and cannot be looked at: ${nameOf(error)}`);
    }
  }
}
