import { SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { ReportedError } from '../../contracts/record.ts';
import type { WaitingWorkflow } from '../../ports/waiting-workflow.ts';

export interface StepFunctionsProps {
  readonly client: Pick<SFNClient, 'send'>;
  /** ARN of the state machine whose executions are changes. */
  readonly stateMachineArn: string;
}

/** A token that is used up, timed out, or whose execution has ended. */
const GONE: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist']);
/** The longest cause that Step Functions takes. */
const LONGEST_CAUSE = 32_768;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Executions of Step Functions that sleep at a task token. Errors never carry the token. */
export class StepFunctionsWorkflow implements WaitingWorkflow {
  readonly #props: StepFunctionsProps;

  constructor(props: StepFunctionsProps) {
    this.#props = props;
  }

  async wake(token: string, error?: ReportedError): Promise<boolean> {
    const { client } = this.#props;
    try {
      await (error
        ? client.send(new SendTaskFailureCommand({ taskToken: token, error: error.name, cause: error.message.slice(0, LONGEST_CAUSE) }))
        : client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' })));
      return true;
    } catch (failure) {
      if (GONE.has(nameOf(failure))) return false;
      // The message of the service may repeat what it was sent.
      throw new Error(`the waiting workflow could not be woken: ${nameOf(failure) || 'unknown error'}`);
    }
  }

  async stop(changeId: string, why: string): Promise<void> {
    const { client, stateMachineArn } = this.#props;
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${changeId}`;
    try {
      await client.send(new StopExecutionCommand({ executionArn, error: 'ChangeCancelled', cause: why.slice(0, LONGEST_CAUSE) }));
    } catch (failure) {
      if (nameOf(failure) === 'ExecutionDoesNotExist') return;
      throw new Error(`the execution of ${changeId} could not be stopped: ${nameOf(failure) || 'unknown error'}`, { cause: failure });
    }
  }
}
