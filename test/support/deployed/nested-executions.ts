/** Tasks that start executions themselves, as the integrations of Step Functions with itself do. */
import { runningAsks, startingAsk } from './asks.ts';
import type { Ask } from './rights.ts';
import { type End, type RunningExecution, TaskFailure } from './running-execution.ts';
import { ServiceError } from './service-error.ts';
import type { StepFunctionsService } from './step-functions.ts';
import type { WorkflowClock } from './workflow-clock.ts';

/** Is done once the execution was taken, whatever becomes of it. */
export const STARTS = 'arn:aws:states:::states:startExecution';
/** Is done once the execution has ended, and fails unless it succeeds. */
export const RUNS = 'arn:aws:states:::states:startExecution.sync:2';

export interface Nesting {
  readonly service: StepFunctionsService;
  /** The execution whose Task it is. */
  readonly parent: RunningExecution;
  readonly clock: WorkflowClock;
  /** @throws ServiceError unless the workflow may do this. */
  readonly require: (ask: Ask) => void;
}

interface Parameters {
  readonly StateMachineArn: string;
  readonly Name?: string;
  readonly Input?: unknown;
}

/** @throws TaskFailure as the integration names what the service refuses. */
function begin(
  parameters: unknown,
  { service, parent, clock, require }: Nesting,
  asksOf: (machine: string, name: string) => Ask[],
): string {
  const { StateMachineArn: stateMachineArn, Name: name = '', Input = {} } = parameters as Parameters;
  parent.throwIfStopped();
  try {
    for (const ask of asksOf(stateMachineArn, name)) require(ask);
    return service.start({ stateMachineArn, name, input: JSON.stringify(Input) }, clock);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new TaskFailure({ error: `StepFunctions.${error.name}Exception`, cause: error.message });
  }
}

export const startNested = async (parameters: unknown, nesting: Nesting): Promise<unknown> => ({
  ExecutionArn: begin(parameters, nesting, (machine) => [startingAsk(machine)]),
});

/** Whoever stops the execution stops the one below it, too. */
export async function runNested(parameters: unknown, nesting: Nesting): Promise<unknown> {
  const executionArn = begin(parameters, nesting, runningAsks);
  const nested = await nesting.service.execution(executionArn);
  const stop = () => nested.stop();
  nesting.parent.stopped.addEventListener('abort', stop);
  if (nesting.parent.stopped.aborted) stop();
  const end = await nested.ended;
  nesting.parent.stopped.removeEventListener('abort', stop);
  nesting.parent.throwIfStopped();
  return answerOf(executionArn, end);
}

function answerOf(ExecutionArn: string, { status: Status, output: Output, error, cause }: End): unknown {
  if (Status === 'SUCCEEDED') return { ExecutionArn, Status, Output };
  throw new TaskFailure({ error: 'States.TaskFailed', cause: JSON.stringify({ ExecutionArn, Status, Error: error, Cause: cause }) });
}
