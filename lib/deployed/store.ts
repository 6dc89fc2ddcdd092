import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { DEPLOYED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import { ConfigurationError } from '../config/load.ts';
import { hasName, inOneSentence } from './faults.ts';
import { stateMachineOf } from './state-machine.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

/**
 * Runs something with the change store of the deployed workflow.
 * @throws ConfigurationError when there is none in the account and region of the environment, or AWS does not let us in.
 */
export async function withDeployedStore<T>(use: (store: ChangeStore) => Promise<T>): Promise<T> {
  const table = process.env[ENVIRONMENT.table]?.trim() || DEPLOYED.table;
  const region = stateMachineOf(process.env)?.region;
  const client = new DynamoDBClient({
    ...(region && { region }),
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
  try {
    return await use(new DynamoDbChangeStore({ client, table, clock: { now: () => new Date() } }));
  } catch (error) {
    if (hasName(error, 'ResourceNotFoundException'))
      throw new ConfigurationError(
        `no table "${table}" in this account and region; deploy the stack there, or set AWS_REGION, AWS_PROFILE or ${ENVIRONMENT.table}`,
        { cause: error },
      );
    throw inOneSentence(error, `reading the table "${table}"`);
  } finally {
    client.destroy();
  }
}
