import { SFNClient } from '@aws-sdk/client-sfn';
import { inOneSentence } from './faults.ts';
import { findStateMachine, stateMachineOf } from './state-machine.ts';
import { realTiming } from './timing.ts';
import type { DeployedWorkflowProps } from './workflow.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

/** Settings of every client here. Repeating is done by us, so that every failure is seen: after some of them nobody knows what was done. */
export const clientSettings = (region: string | undefined) => ({
  ...(region && { region }),
  maxAttempts: 1,
  requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
});

/** @throws ConfigurationError when none is configured. */
export async function regionOf({ config }: { config: { region: () => Promise<string> } }, what: string): Promise<string> {
  try {
    return await config.region();
  } catch (error) {
    throw inOneSentence(error, what);
  }
}

/**
 * Runs something with Step Functions and the workflow of changes in the account and region of the environment.
 * @throws ConfigurationError when there is none, or AWS does not let us in.
 */
export async function withStepFunctions<T>(use: (props: DeployedWorkflowProps) => Promise<T>): Promise<T> {
  const named = stateMachineOf(process.env);
  const client = new SFNClient(clientSettings(named?.region));
  try {
    const stateMachine = named ?? (await findStateMachine(client, realTiming, await regionOf(client, 'looking for the deployed workflow')));
    return await use({ client, stateMachine, timing: realTiming });
  } finally {
    client.destroy();
  }
}
