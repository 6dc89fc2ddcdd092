import { Duration, type Stack } from 'aws-cdk-lib';
import { BUNDLED_CONFIGURATION, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import type { RolloutFunctions } from '../workflows/rollout.ts';
import { changeMachineArn } from './change-machine.ts';
import type { ChangeTable, TableOperation } from './change-table.ts';
import type { ClusterReach } from './cluster-reach.ts';
import { bundledConfiguration } from './deployable-clusters.ts';
import { deployableGates } from './deployable-gates.ts';
import { grantReadingCalendars, grantWaking } from './gate-rights.ts';
import { rolloutMachineArn } from './rollout-arn.ts';
import { grantReadingAlarms } from './rollout-rights.ts';
import { StepLambda } from './step-lambda.ts';

type StepKey = keyof RolloutFunctions;

interface Step {
  /** File name under `lambdas/rollout/`, without its ending. */
  readonly name: string;
  readonly description: string;
  readonly timeout: Duration;
  /** @default 512 */
  readonly memoryMb?: number;
  /** @default false */
  readonly reachesClusters?: boolean;
  /** Whether it looks at change calendars. @default false */
  readonly readsCalendars?: boolean;
  /** Whether it looks at alarms. @default false */
  readonly readsAlarms?: boolean;
  /** Whether it may wake a rollout that sleeps at its gate. @default false */
  readonly wakes?: boolean;
  /** What it does with changes and locks. @default nothing */
  readonly changes?: readonly TableOperation[];
  /** What its calls of the store of rollouts come to: records and gates take `UpdateItem`, targets and events `PutItem`. */
  readonly rollouts: readonly TableOperation[];
}

const READING = Duration.minutes(10);
/** Reads, or writes, every target of a rollout. */
const EVERY_TARGET = { timeout: Duration.minutes(5), memoryMb: 1024 };
const SHORT = Duration.minutes(1);
const ON_THE_RECORD: readonly TableOperation[] = ['GetItem', 'Query', 'PutItem', 'UpdateItem'];

const STEPS = {
  openRollout: { name: 'open-rollout', description: 'Puts a rollout on record, or takes one up', timeout: SHORT, rollouts: ON_THE_RECORD },
  judgeRollout: {
    name: 'judge-rollout',
    description: 'Reads how a rollout stands and says what comes next',
    ...EVERY_TARGET,
    readsCalendars: true,
    readsAlarms: true,
    // Forgets what somebody asked for, once that is taken up.
    rollouts: [...ON_THE_RECORD, 'DeleteItem'],
  },
  surveyCluster: {
    name: 'survey-cluster',
    description: 'Reads a cluster and plans the changes of its databases',
    timeout: READING,
    reachesClusters: true,
    rollouts: ['Query', 'PutItem', 'BatchWriteItem'],
  },
  planRollout: {
    name: 'plan-rollout',
    description: 'Puts the targets of a rollout into waves and lanes',
    ...EVERY_TARGET,
    rollouts: [...ON_THE_RECORD, 'BatchWriteItem'],
  },
  requestRolloutApproval: {
    name: 'request-rollout-approval',
    description: 'Opens the approval gate of a rollout',
    timeout: SHORT,
    wakes: true,
    rollouts: ON_THE_RECORD,
  },
  nextInLane: {
    name: 'next-in-lane',
    description: 'Notes how a change of a rollout ended and says which comes next',
    timeout: SHORT,
    readsCalendars: true,
    readsAlarms: true,
    // How a change ended, its record says.
    changes: ['GetItem', 'Query'],
    rollouts: ON_THE_RECORD,
  },
  checkMembers: {
    name: 'check-members',
    description: 'Takes a sample of the changed databases of a cluster',
    timeout: READING,
    reachesClusters: true,
    rollouts: ['GetItem', 'Query', 'PutItem'],
  },
  endRollout: { name: 'end-rollout', description: 'Records how a rollout ended', timeout: SHORT, rollouts: ON_THE_RECORD },
} as const satisfies Record<StepKey, Step>;

export interface RolloutStepsProps {
  readonly loaded: LoadedConfiguration | undefined;
  readonly reach: ClusterReach;
  readonly changes: ChangeTable;
}
export type RolloutSteps = Readonly<Record<StepKey, StepLambda>>;

/**
 * A function for each step of a rollout, right below `stack`. The exported definition names functions by their place.
 * @throws ConfigurationError for calendars that functions could not read as they are configured.
 */
export function rolloutSteps(stack: Stack, { loaded, reach, changes }: RolloutStepsProps): RolloutSteps {
  const files = bundledConfiguration(loaded);
  const calendars = Object.values(deployableGates(loaded).calendars).map(({ arn }) => arn);
  const make = (wanted: Step): StepLambda => {
    const { name, description, timeout, memoryMb, reachesClusters = false, wakes = false } = wanted;
    const step = new StepLambda(stack, name, {
      entry: `lambdas/rollout/${name}.ts`,
      description,
      timeout,
      ...(memoryMb !== undefined && { memoryMb }),
      files,
      network: reachesClusters ? reach.network : undefined,
      environment: {
        [ENVIRONMENT.table]: changes.table.tableName,
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        // Whoever wakes by a token has a workflow to do it with, whichever the token belongs to.
        ...(wakes && { [ENVIRONMENT.stateMachine]: changeMachineArn(stack) }),
      },
    });
    changes.grant(step, wanted.changes ?? [], { rollouts: wanted.rollouts, tokens: wakes });
    if (reachesClusters) reach.access.grantTo(step);
    if (wanted.readsCalendars) grantReadingCalendars(step, calendars);
    if (wanted.readsAlarms) grantReadingAlarms(step);
    if (wakes) grantWaking(step, rolloutMachineArn(stack));
    return step;
  };
  return {
    openRollout: make(STEPS.openRollout),
    judgeRollout: make(STEPS.judgeRollout),
    surveyCluster: make(STEPS.surveyCluster),
    planRollout: make(STEPS.planRollout),
    requestRolloutApproval: make(STEPS.requestRolloutApproval),
    nextInLane: make(STEPS.nextInLane),
    checkMembers: make(STEPS.checkMembers),
    endRollout: make(STEPS.endRollout),
  };
}
