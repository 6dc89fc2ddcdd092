/** Step Functions in miniature: runs the definition of a template, each Task by whatever its resource names. */
import { StateMachine } from 'aws-local-stepfunctions';
import type { Definition } from './synthesis.ts';

export interface Execution {
  readonly status: 'SUCCEEDED' | 'FAILED';
  readonly output?: unknown;
  /** Of the Fail state. */
  readonly error?: string;
  readonly cause?: string;
  /** What went into and came out of every state and every Task, as text, in the order in which it happened. */
  readonly data: readonly StateData[];
}

export interface StateData {
  readonly state: string;
  readonly json: string;
}

export interface ExecutionStart {
  readonly definition: Definition;
  /** Runs what a Task names as its resource. */
  readonly run: (resource: string, event: unknown) => Promise<unknown>;
  readonly name: string;
  readonly input: unknown;
}

/** The waits of the definition come from its input; only the pauses between repeats are left out. */
export async function execute({ definition, run, name, input }: ExecutionStart): Promise<Execution> {
  const data: StateData[] = [];
  const passing = <T>(state: string, value: T): T => {
    data.push({ state, json: JSON.stringify(value) ?? '' });
    return value;
  };
  const names = Object.keys(definition.States);
  const tasks = Object.entries(definition.States).flatMap(([state, { Type, Resource }]) =>
    Type === 'Task' && Resource !== undefined
      ? [[state, async (event: unknown) => passing(state, await run(Resource, passing(state, event)))] as const]
      : [],
  );
  // A year does not fit into a timer of a process; every Task has its own limit.
  const { TimeoutSeconds: _, ...unlimited } = definition as Definition & { TimeoutSeconds?: number };
  const machine = new StateMachine(unlimited as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(input as never, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(tasks) as never,
      retryIntervalOverrides: Object.fromEntries(names.map((state) => [state, 0])),
    },
    context: { Execution: { Id: name, Name: name, Input: input, StartTime: new Date().toISOString() } } as never,
  });
  const result = execution.result.then(
    (output: unknown) => ({ status: 'SUCCEEDED' as const, output }),
    (failure: unknown) => failed(failure),
  );
  for await (const event of execution.eventLogs) {
    if (event.type === 'StateEntered') passing(event.state.name, event.state.input);
    if (event.type === 'StateExited') passing(event.state.name, event.state.output);
  }
  return { ...(await result), data };
}

function failed(failure: unknown): Pick<Execution, 'status' | 'error' | 'cause'> {
  if (failure instanceof Error && failure.cause instanceof Error)
    return { status: 'FAILED', error: failure.cause.name, cause: failure.cause.message };
  throw failure;
}
