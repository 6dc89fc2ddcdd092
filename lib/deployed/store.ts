import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { DynamoDbRolloutStore } from '../../lambdas/adapters/dynamodb/rollout-store.ts';
import { DEPLOYED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { RolloutStore } from '../../lambdas/ports/rollout-store.ts';
import { ConfigurationError } from '../config/load.ts';
import { hasName, inOneSentence } from './faults.ts';
import { stateMachineOf } from './state-machine.ts';
import { realTiming } from './timing.ts';

const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

/** What the stores of the account are made with. */
type StoreProps = ConstructorParameters<typeof DynamoDbRolloutStore>[0];

const clock = { now: () => new Date(), sleep: (seconds: number) => realTiming.pause(seconds * 1000) };

async function withTable<T>(use: (props: StoreProps) => Promise<T>): Promise<T> {
  const table = process.env[ENVIRONMENT.table]?.trim() || DEPLOYED.table;
  const region = stateMachineOf(process.env)?.region;
  const client = new DynamoDBClient({
    ...(region && { region }),
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true },
  });
  try {
    return await use({ client, table, clock });
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

/**
 * Runs something with the change store of the deployed workflow.
 * @throws ConfigurationError when there is none in the account and region of the environment, or AWS does not let us in.
 */
export const withDeployedStore = <T>(use: (store: ChangeStore) => Promise<T>): Promise<T> =>
  withTable((props) => use(new DynamoDbChangeStore(props)));

/** Runs something with the rollouts of the deployed workflow, and their changes; see `withDeployedStore` for errors. */
export const withDeployedRollouts = <T>(
  use: (stores: { readonly store: ChangeStore; readonly rollouts: RolloutStore }) => Promise<T>,
): Promise<T> => withTable((props) => use({ store: new DynamoDbChangeStore(props), rollouts: new DynamoDbRolloutStore(props) }));
