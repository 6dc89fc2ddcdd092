import { Duration, type Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BUNDLED_CONFIGURATION, CHANGE_ENDED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { ChangeFunctions } from '../workflows/change.ts';
import type { ChangeTable, TableOperation } from './change-table.ts';
import { ClusterAccess } from './cluster-access.ts';
import { ClusterNetwork, networkPlaceOf } from './cluster-network.ts';
import { bundledConfiguration, deployableClusters } from './deployable-clusters.ts';
import { StepLambda } from './step-lambda.ts';

interface Step {
  /** File name under `lambdas/steps/`, without its ending. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly reachesClusters: boolean;
  /** What its calls of the change store come to. Every step writes events, which takes `PutItem`. */
  readonly table: readonly TableOperation[];
}

const READING = Duration.minutes(10);
const WRITING = Duration.minutes(15);
const UNDER_THE_LOCK: readonly TableOperation[] = ['GetItem', 'PutItem', 'UpdateItem'];

const STEPS = {
  inspectStatus: {
    name: 'inspect-status',
    description: 'Reads a database and plans its change',
    timeout: READING,
    reachesClusters: true,
    // Lists the locks that stand.
    table: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
  },
  beginChange: {
    name: 'begin-change',
    description: 'Takes the lock of a database and compares it with the plan',
    timeout: READING,
    reachesClusters: true,
    // Withdraws a lock that was released while it was being taken.
    table: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
  },
  rebindPolicy: {
    name: 'rebind-policy',
    description: 'Sets the proxy policy of the endpoints of a database',
    timeout: WRITING,
    reachesClusters: true,
    table: UNDER_THE_LOCK,
  },
  tuneSyncer: {
    name: 'tune-syncer',
    description: 'Sets the syncer mode of a database',
    timeout: WRITING,
    reachesClusters: true,
    table: UNDER_THE_LOCK,
  },
  verifyInfo: {
    name: 'verify-info',
    description: 'Takes a sample of a changed database',
    timeout: READING,
    reachesClusters: true,
    table: UNDER_THE_LOCK,
  },
  completeChange: {
    name: 'complete-change',
    description: 'Records how a change ended, releases its lock and tells the event bus',
    timeout: Duration.minutes(1),
    reachesClusters: false,
    table: ['Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  },
} as const satisfies Record<keyof ChangeFunctions, Step>;

export interface ChangeStepsProps {
  readonly loaded: LoadedConfiguration | undefined;
  readonly changes: ChangeTable;
  readonly eventBus: IEventBus;
}
export type ChangeSteps = Readonly<Record<keyof ChangeFunctions, StepLambda>>;

/**
 * A function for each step of a change, right below `stack`. The exported definition names functions by their place.
 * @throws ConfigurationError for clusters that functions could not reach as they are configured.
 */
export function changeSteps(stack: Stack, { loaded, changes, eventBus }: ChangeStepsProps): ChangeSteps {
  const { clusters } = deployableClusters(loaded);
  const access = new ClusterAccess(stack, clusters);
  const place = networkPlaceOf(clusters);
  const network = place && new ClusterNetwork(stack, 'Network', place);
  const files = bundledConfiguration(loaded);
  const make = ({ name, description, timeout, reachesClusters, table }: Step, environment: Record<string, string> = {}): StepLambda => {
    const step = new StepLambda(stack, name, {
      entry: `lambdas/steps/${name}.ts`,
      description,
      timeout,
      files,
      network: reachesClusters ? network : undefined,
      environment: {
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        ...environment,
      },
    });
    changes.grant(step, table);
    if (reachesClusters) access.grantTo(step);
    return step;
  };
  const completeChange = make(STEPS.completeChange, { [ENVIRONMENT.eventBus]: eventBus.eventBusName });
  completeChange.role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [eventBus.eventBusArn],
      conditions: { StringEquals: { 'events:source': CHANGE_ENDED.source } },
    }),
  );
  return {
    inspectStatus: make(STEPS.inspectStatus),
    beginChange: make(STEPS.beginChange),
    rebindPolicy: make(STEPS.rebindPolicy),
    tuneSyncer: make(STEPS.tuneSyncer),
    verifyInfo: make(STEPS.verifyInfo),
    completeChange,
  };
}
