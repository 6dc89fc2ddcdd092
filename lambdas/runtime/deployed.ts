import { dirname } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../adapters/dynamodb/change-store.ts';
import { DynamoDbRolloutStore } from '../adapters/dynamodb/rollout-store.ts';
import { ENVIRONMENT, METRICS } from '../contracts/deployment.ts';
import type { ChangeReport } from '../contracts/record.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { ChangeEvents } from '../ports/events.ts';
import type { RolloutStarter } from '../ports/rollout-starter.ts';
import type { WaitingWorkflow } from '../ports/waiting-workflow.ts';
import { Clusters } from './clusters.ts';
import { clock, readConfiguration, required } from './function.ts';
import { gatesOf } from './gates.ts';
import { once } from './once.ts';
import type { Ports } from './ports.ts';
import { REQUESTS } from './requests.ts';
import { lazySecrets } from './secrets.ts';
import { count } from './telemetry.ts';

/** Counts every outcome, and puts it on the event bus where there is one. */
function changeEvents(bus: string | undefined): ChangeEvents {
  const publish = async (report: ChangeReport) => {
    if (!bus) return;
    const [{ EventBridgeClient }, { EventBridgeChangeEvents }] = await Promise.all([
      import('@aws-sdk/client-eventbridge'),
      import('../adapters/eventbridge/change-events.ts'),
    ]);
    await new EventBridgeChangeEvents({ client: new EventBridgeClient({ requestHandler: REQUESTS }), bus }).ended(report);
  };
  return {
    ended: async (report) => {
      count(METRICS.ended, 1, report.outcome);
      try {
        await publish(report);
      } catch (error) {
        count(METRICS.eventsLost, 1);
        throw error;
      }
    },
  };
}

/** The workflow of changes, its client loaded at the first use: a step that wakes nobody needs none. */
function lazyWorkflow(stateMachineArn: string): WaitingWorkflow {
  let workflow: Promise<WaitingWorkflow> | undefined;
  const load = async (): Promise<WaitingWorkflow> => {
    const [{ SFNClient }, { StepFunctionsWorkflow }] = await Promise.all([
      import('@aws-sdk/client-sfn'),
      import('../adapters/step-functions/waiting-workflow.ts'),
    ]);
    return new StepFunctionsWorkflow({ client: new SFNClient({ requestHandler: REQUESTS }), stateMachineArn });
  };
  const opened = (): Promise<WaitingWorkflow> => {
    workflow ??= load();
    return workflow;
  };
  return {
    wake: async (token, error) => (await opened()).wake(token, error),
    stop: async (changeId, why) => (await opened()).stop(changeId, why),
  };
}

const tableProps = () => ({ client: new DynamoDBClient({ requestHandler: REQUESTS }), table: required(ENVIRONMENT.table), clock });

/** The change store of a deployed function. */
export const deployedStore = (): DynamoDbChangeStore => new DynamoDbChangeStore(tableProps());

/** The rollouts of a deployed function. */
export const deployedRollouts = (): DynamoDbRolloutStore => new DynamoDbRolloutStore(tableProps());

/** The workflow of rollouts, its client loaded at the first use. */
export function lazyRollouts(rolloutArn: string): RolloutStarter {
  const open = once(async () => {
    const [{ SFNClient }, { StepFunctionsRollouts }] = await Promise.all([
      import('@aws-sdk/client-sfn'),
      import('../adapters/step-functions/rollout-starter.ts'),
    ]);
    return new StepFunctionsRollouts({ client: new SFNClient({ requestHandler: REQUESTS }), rolloutArn });
  });
  return { start: async (input) => (await open()).start(input), isRunning: async (record) => (await open()).isRunning(record) };
}

/** CloudWatch, its client loaded when a rollout names an alarm. */
function lazyAlarms(): Alarms {
  const open = once(async () => {
    const [{ CloudWatchClient }, { CloudWatchAlarms }] = await Promise.all([
      import('@aws-sdk/client-cloudwatch'),
      import('../adapters/cloudwatch/alarms.ts'),
    ]);
    return new CloudWatchAlarms(new CloudWatchClient({ requestHandler: REQUESTS }));
  });
  return { raised: async (names) => (await open()).raised(names) };
}

/** The ports of a deployed function, from its environment and the configuration in its bundle. */
export async function deployedPorts(): Promise<Ports> {
  const file = required(ENVIRONMENT.configuration);
  const configuration = await readConfiguration(file);
  const folder = dirname(file);
  const clusters = new Clusters({ configuration, clock, secrets: lazySecrets(clock), folder });
  const stateMachineArn = process.env[ENVIRONMENT.stateMachine];
  const rolloutArn = process.env[ENVIRONMENT.rolloutMachine];
  const table = tableProps();
  return {
    store: new DynamoDbChangeStore(table),
    clock,
    holder: { description: 'Step Functions execution', host: 'aws' },
    defaults: configuration.defaults,
    cluster: (name, observe, startAt) => clusters.open(name, observe, startAt),
    health: (name, observe) => clusters.health(name, observe),
    gates: gatesOf(configuration, folder),
    ...(stateMachineArn && { waiting: lazyWorkflow(stateMachineArn) }),
    rollouts: new DynamoDbRolloutStore(table),
    ...(rolloutArn && { starter: lazyRollouts(rolloutArn) }),
    alarms: lazyAlarms(),
    clusters: Object.keys(configuration.clusters),
    events: changeEvents(process.env[ENVIRONMENT.eventBus]),
    // What others asked for is in the store, and nobody asks this process.
    isCancelled: () => false,
  };
}
