/** What Step Functions knows of the executions that run here: who may start them, stop them by name and wake them by token. */

import { type Failure, RunningExecution } from './running-execution.ts';
import { ServiceError } from './service-error.ts';
import type { WorkflowClock } from './workflow-clock.ts';

/** Begins an execution under a name. @param clock - of the execution that starts it, if one does. */
export type Start = (name: string, input: unknown, clock?: WorkflowClock) => void;

/** A request for an execution; its input is JSON. */
export interface StartRequest {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: string;
}

type Input = Readonly<Record<string, string>>;
/** As they are sent: seconds since 1970. */
const seconds = (date: Date): number => date.getTime() / 1000;
/** Of a state machine, whichever of its versions and aliases is named. */
const unqualified = (stateMachineArn: string): string => stateMachineArn.split(':').slice(0, 7).join(':');

export class StepFunctionsService {
  readonly #executions = new Map<string, RunningExecution>();
  readonly #expected = new Map<string, PromiseWithResolvers<RunningExecution>>();
  readonly #startable = new Map<string, Start>();

  /** Lets people and functions start a state machine. @param arn - its own, or that of an alias. */
  allowStarting(arn: string, start: Start): void {
    this.#startable.set(arn, start);
  }

  begin(arn: string, input: unknown): RunningExecution {
    if (this.#executions.has(arn)) throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const execution = new RunningExecution(input);
    this.#executions.set(arn, execution);
    this.#expectation(arn).resolve(execution);
    return execution;
  }

  #expectation(arn: string): PromiseWithResolvers<RunningExecution> {
    const expected = this.#expected.get(arn) ?? Promise.withResolvers<RunningExecution>();
    this.#expected.set(arn, expected);
    return expected;
  }

  /** An execution, once it has begun. */
  execution(arn: string): Promise<RunningExecution> {
    return this.#expectation(arn).promise;
  }

  /** @throws ServiceError for what the service would refuse. */
  answer(operation: string, input: Input): unknown {
    const { taskToken = '', output = '', error = '', cause = '', executionArn = '' } = input;
    if (operation === 'StartExecution') return this.#startFor(input);
    if (operation === 'ListStateMachines') return { stateMachines: this.#stateMachines() };
    if (operation === 'DescribeExecution') return this.#describe(executionArn);
    if (operation === 'StopExecution') return this.#stop(executionArn, { error, cause });
    if (operation === 'SendTaskSuccess') this.#sleeping(taskToken).wake(JSON.parse(output));
    else if (operation === 'SendTaskFailure') this.#sleeping(taskToken).fail({ error, cause });
    else throw new ServiceError('UnknownOperationException', operation);
    return {};
  }

  #startFor({ stateMachineArn = '', name = '', input = '' }: Input): unknown {
    const executionArn = this.start({ stateMachineArn, name, input });
    return { executionArn, startDate: seconds(this.#existing(executionArn).startedAt) };
  }

  /**
   * Starts an execution. The same request again, while it runs, is answered as it was the first time.
   * @returns its ARN.
   * @throws ServiceError for what the service would refuse.
   */
  start({ stateMachineArn, name, input }: StartRequest, clock?: WorkflowClock): string {
    const start = this.#startable.get(stateMachineArn);
    if (!start) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    if (!/^[\w-]{1,80}$/.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
    const executionArn = `${unqualified(stateMachineArn).replace(':stateMachine:', ':execution:')}:${name}`;
    const standing = this.#executions.get(executionArn);
    if (standing && (standing.status !== 'RUNNING' || standing.input !== input))
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    if (!standing) start(name, JSON.parse(input), clock);
    return executionArn;
  }

  #stateMachines(): unknown[] {
    const arns = new Set([...this.#startable.keys()].map(unqualified));
    return [...arns].map((stateMachineArn) => ({ stateMachineArn, name: stateMachineArn.split(':').at(-1), type: 'STANDARD' }));
  }

  #describe(executionArn: string): unknown {
    const { input, status, startedAt, end } = this.#existing(executionArn);
    const ended = end && {
      stopDate: seconds(end.at),
      ...(end.output !== undefined && { output: JSON.stringify(end.output) }),
      ...(end.error && { error: end.error, cause: end.cause }),
    };
    return { executionArn, name: executionArn.split(':').at(-1), status, input, startDate: seconds(startedAt), ...ended };
  }

  #existing(arn: string): RunningExecution {
    const execution = this.#executions.get(arn);
    if (!execution) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  /** ARN of the execution that gave out a token. */
  executionOfToken(token: string): string | undefined {
    return [...this.#executions].find(([, execution]) => execution.sleeperOf(token))?.[0];
  }

  #sleeping(token: string) {
    const sleeper = [...this.#executions.values()].flatMap((execution) => execution.sleeperOf(token) ?? [])[0];
    if (!sleeper) throw new ServiceError('TaskDoesNotExist', `Task does not exist: '${token}'`);
    if (sleeper.isOver) throw new ServiceError('TaskTimedOut', `Provided task does not exist anymore: '${token}'`);
    return sleeper;
  }

  #stop(arn: string, reason: Failure): unknown {
    this.#existing(arn).stop(reason);
    return { stopDate: seconds(new Date()) };
  }
}
