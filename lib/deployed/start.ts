import { isDeepStrictEqual } from 'node:util';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { LostSightError } from './errors.ts';
import { hasName, inOneSentence, problemOf, wasNeverSent } from './faults.ts';
import { parsedJson } from './json.ts';
import { passesByItself, patiently } from './patience.ts';
import type { StateMachine, StepFunctions } from './state-machine.ts';
import type { Timing } from './timing.ts';

const PATIENCE_MS = 60_000;

export interface Start {
  readonly client: StepFunctions;
  readonly stateMachine: StateMachine;
  readonly timing: Timing;
  /** Also the name of its execution. */
  readonly changeId: string;
  readonly request: object;
  /** What is started, to name it in errors. @default 'change' */
  readonly kind?: 'change' | 'rollout';
  readonly say?: (text: string) => void;
  readonly stop?: AbortSignal;
}

/**
 * Starts a change or a rollout, or joins the execution of the same name and input: asking again is safe, so it is done until there is an answer.
 * @throws StepError `InvalidInputError` when the name is taken by another request.
 * @throws ConfigurationError when AWS refuses it; nothing has begun then.
 * @throws LostSightError when nobody knows whether it was started.
 */
export async function start(asked: Start): Promise<'started' | 'joined'> {
  const { client, stateMachine, timing, changeId, request, kind = 'change', say, stop } = asked;
  let mayHaveStarted = false;
  const send = (signal?: AbortSignal) => {
    // From here on until its answer, a request is under way that may start the change.
    const command = new StartExecutionCommand({ stateMachineArn: stateMachine.arn, name: changeId, input: JSON.stringify(request) });
    return client.send(command, signal ? { abortSignal: signal } : {});
  };
  try {
    await patiently(send, {
      timing,
      limitMs: PATIENCE_MS,
      ...(say && { say }),
      ...(stop && { stop }),
      onError: (error) => {
        mayHaveStarted ||= passesByItself(error) && !wasNeverSent(error) && !isThrottled(error);
      },
    });
    return 'started';
  } catch (error) {
    if (hasName(error, 'ExecutionAlreadyExists')) return join(asked);
    if (stop?.aborted || mayHaveStarted)
      throw new LostSightError(`whether ${kind} ${changeId} was started is not known (${stop?.aborted ? 'stopped' : problemOf(error)})`, {
        cause: error,
      });
    throw inOneSentence(error, `starting the ${kind}`);
  }
}

/** Turned away before anything was done. */
const isThrottled = (error: unknown): boolean =>
  hasName(error, 'ThrottlingException', 'Throttling', 'ThrottledException', 'TooManyRequestsException', 'RequestLimitExceeded');

/** An execution of this name is there: ours, when an answer got lost or somebody asks for the very same again. */
async function join({ client, stateMachine, timing, changeId, request, kind = 'change', say, stop }: Start): Promise<'joined'> {
  const executionArn = stateMachine.executionArn(changeId);
  let input: string | undefined;
  try {
    ({ input } = await patiently(
      (signal) => client.send(new DescribeExecutionCommand({ executionArn }), signal ? { abortSignal: signal } : {}),
      {
        timing,
        limitMs: PATIENCE_MS,
        ...(say && { say }),
        ...(stop && { stop }),
      },
    ));
  } catch (error) {
    throw new LostSightError(`${kind} ${changeId} was started before, and cannot be looked at (${problemOf(error)})`, { cause: error });
  }
  if (isSameRequest(input, request)) return 'joined';
  throw new StepError('InvalidInputError', `${kind}Id: ${changeId} is the name of another ${kind}, which asked for something else`);
}

const isSameRequest = (input: string | undefined, request: object): boolean =>
  isDeepStrictEqual(parsedJson(input), JSON.parse(JSON.stringify(request)));
