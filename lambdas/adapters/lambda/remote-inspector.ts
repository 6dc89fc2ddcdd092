import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { isStepErrorName, StepError } from '../../contracts/errors.ts';
import { Inspection, type InspectionInput } from '../../contracts/inspection.ts';
import { parse } from '../../contracts/parse.ts';
import type { Inspector } from '../../ports/inspector.ts';

export interface RemoteInspectorProps {
  /** Its requests have to be allowed to take as long as the function may. */
  readonly client: Pick<LambdaClient, 'send'>;
  /** Name or ARN of the function that can reach the clusters. */
  readonly functionName: string;
}

/** Reads clusters by way of a function that can reach them. */
export class RemoteInspector implements Inspector {
  readonly #props: RemoteInspectorProps;

  constructor(props: RemoteInspectorProps) {
    this.#props = props;
  }

  /** @throws StepError under the name that the function failed with, `InvalidOutputError`; Error when the function did not answer. */
  async inspect(asked: InspectionInput): Promise<Inspection> {
    const { FunctionError: failed, Payload: payload } = await this.#invoke(asked);
    const answer = parsed(payload, `${this.#props.functionName} answered with no JSON`);
    if (failed) throw failureOf(answer, this.#props.functionName);
    return parse(Inspection, answer, 'InvalidOutputError');
  }

  async #invoke(asked: InspectionInput) {
    const { client, functionName } = this.#props;
    try {
      return await client.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'RequestResponse', Payload: Buffer.from(JSON.stringify(asked)) }),
      );
    } catch (error) {
      throw new Error(`${functionName} could not be asked: ${error instanceof Error ? error.name : 'unknown error'}`, { cause: error });
    }
  }
}

/** @param otherwise - what to say when it is no JSON: the fault of a parser repeats what it read. */
function parsed(payload: Uint8Array | undefined, otherwise: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString('utf8'));
  } catch {
    throw new Error(otherwise);
  }
}

/** The error that a function failed with, as Lambda tells of it. */
function failureOf(answer: unknown, functionName: string): Error {
  const { errorType, errorMessage }: { errorType?: unknown; errorMessage?: unknown } = typeof answer === 'object' && answer ? answer : {};
  const message = typeof errorMessage === 'string' ? errorMessage : 'no reason given';
  if (typeof errorType !== 'string') return new Error(`${functionName} failed: ${message}`);
  return isStepErrorName(errorType) ? new StepError(errorType, message) : new Error(`${functionName} failed: ${errorType}: ${message}`);
}
