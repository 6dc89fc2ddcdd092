import { SFNClient } from '@aws-sdk/client-sfn';
import { inOneSentence } from './faults.ts';
import { findStateMachine, type StateMachine, stateMachineOf } from './state-machine.ts';
import { realTiming } from './timing.ts';
import { DeployedWorkflow } from './workflow.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

/** Repeating is done by us, so that every failure is seen: after some of them nobody knows whether a change was started. */
const newClient = (region: string | undefined): SFNClient =>
  new SFNClient({
    ...(region && { region }),
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });

async function regionOf(client: SFNClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw inOneSentence(error, 'looking for the deployed workflow');
  }
}

async function locate(client: SFNClient, named: StateMachine | undefined): Promise<StateMachine> {
  return named ?? findStateMachine(client, realTiming, await regionOf(client));
}

/**
 * Runs something with the workflow that is deployed in the account and region of the environment.
 * @throws ConfigurationError when there is none, or AWS does not let us in.
 */
export async function withDeployedWorkflow<T>(use: (workflow: DeployedWorkflow) => Promise<T>): Promise<T> {
  const named = stateMachineOf(process.env);
  const client = newClient(named?.region);
  try {
    return await use(new DeployedWorkflow({ client, stateMachine: await locate(client, named), timing: realTiming }));
  } finally {
    client.destroy();
  }
}
