import { Duration, type Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BUNDLED_CONFIGURATION, CHANGE_ENDED, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { ChangeFunctions } from '../workflows/change.ts';
import type { RecoverFunctions } from '../workflows/recover-change.ts';
import { changeMachineArn } from './change-machine.ts';
import type { ChangeTable, TableOperation } from './change-table.ts';
import type { ClusterReach } from './cluster-reach.ts';
import { bundledConfiguration } from './deployable-clusters.ts';
import { deployableGates } from './deployable-gates.ts';
import { grantReadingCalendars, grantWaking } from './gate-rights.ts';
import { StepLambda } from './step-lambda.ts';

type StepKey = keyof ChangeFunctions | keyof RecoverFunctions;

interface Step {
  /** File name under `lambdas/steps/`, without its ending. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly reachesClusters: boolean;
  /** Whether it looks at change calendars. @default false */
  readonly readsCalendars?: boolean;
  /** Whether it may wake changes that sleep at their gate. @default false */
  readonly wakes?: boolean;
  /** What its calls of the change store come to: events take `PutItem`, looking for a request to stop takes `GetItem`. */
  readonly table: readonly TableOperation[];
  /** What it does with rollouts. @default nothing */
  readonly rollouts?: readonly TableOperation[];
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
    readsCalendars: true,
    // Lists the locks that stand.
    table: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
    // Looks whether a change of a rollout is the one that was approved there.
    rollouts: ['GetItem', 'Query'],
  },
  beginChange: {
    name: 'begin-change',
    description: 'Takes the lock of a database and compares it with the plan',
    timeout: READING,
    reachesClusters: true,
    readsCalendars: true,
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
  requestApproval: {
    name: 'request-approval',
    description: 'Opens the approval gate of a change',
    timeout: Duration.minutes(1),
    reachesClusters: false,
    wakes: true,
    table: UNDER_THE_LOCK,
  },
  changeWindow: {
    name: 'change-window',
    description: 'Says whether a change may start now, or until when it has to wait',
    timeout: Duration.minutes(2),
    reachesClusters: false,
    readsCalendars: true,
    table: ['GetItem', 'PutItem'],
  },
  recoverChange: {
    name: 'recover-change',
    description: 'Takes over a change whose run was cut short',
    timeout: Duration.minutes(1),
    reachesClusters: false,
    table: ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
  },
  completeChange: {
    name: 'complete-change',
    description: 'Records how a change ended, releases its lock and tells the event bus',
    timeout: Duration.minutes(1),
    reachesClusters: false,
    // Looks what became of a change that another run has taken over.
    table: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
  },
} as const satisfies Record<StepKey, Step>;

export interface ChangeStepsProps {
  readonly loaded: LoadedConfiguration | undefined;
  readonly reach: ClusterReach;
  readonly changes: ChangeTable;
  readonly eventBus: IEventBus;
}
export type ChangeSteps = Readonly<Record<StepKey, StepLambda>>;

/**
 * A function for each step of a change, right below `stack`. The exported definition names functions by their place.
 * @throws ConfigurationError for calendars that functions could not read as they are configured.
 */
export function changeSteps(stack: Stack, { loaded, reach, changes, eventBus }: ChangeStepsProps): ChangeSteps {
  const files = bundledConfiguration(loaded);
  const calendars = Object.values(deployableGates(loaded).calendars).map(({ arn }) => arn);
  const make = (wanted: Step, environment: Record<string, string> = {}): StepLambda => {
    const { name, description, timeout, reachesClusters, readsCalendars = false, wakes = false, table, rollouts = [] } = wanted;
    const step = new StepLambda(stack, name, {
      entry: `lambdas/steps/${name}.ts`,
      description,
      timeout,
      files,
      network: reachesClusters ? reach.network : undefined,
      environment: {
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        ...(wakes && { [ENVIRONMENT.stateMachine]: changeMachineArn(stack) }),
        ...environment,
      },
    });
    changes.grant(step, table, { tokens: wakes, rollouts });
    if (reachesClusters) reach.access.grantTo(step);
    if (readsCalendars) grantReadingCalendars(step, calendars);
    if (wakes) grantWaking(step);
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
    requestApproval: make(STEPS.requestApproval),
    changeWindow: make(STEPS.changeWindow),
    beginChange: make(STEPS.beginChange),
    rebindPolicy: make(STEPS.rebindPolicy),
    tuneSyncer: make(STEPS.tuneSyncer),
    verifyInfo: make(STEPS.verifyInfo),
    completeChange,
    recoverChange: make(STEPS.recoverChange),
  };
}
