import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';

export interface Worker {
  readonly client: Pick<LambdaClient, 'send'>;
  /** Name or ARN of the function that does the work. */
  readonly functionName: string;
}

/** What Lambda answers once it has a task in its queue. */
const ACCEPTED = 202;

/**
 * Hands a task to a function that does it later, and repeats it by itself when it fails.
 * @throws Error when Lambda did not take the task. It carries nothing of it: a task may hold an address that is a secret.
 */
export async function handOver({ client, functionName }: Worker, task: unknown): Promise<void> {
  const command = new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(task)) });
  const StatusCode = await statusOf(client.send(command), functionName);
  if (StatusCode !== ACCEPTED) throw new Error(`${functionName} was handed no task: Lambda answered ${StatusCode ?? 'without a status'}`);
}

async function statusOf(answer: Promise<{ StatusCode?: number | undefined }>, functionName: string): Promise<number | undefined> {
  try {
    return (await answer).StatusCode;
  } catch (error) {
    throw new Error(`${functionName} was handed no task: ${error instanceof Error ? error.name : 'unknown error'}`);
  }
}
