import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../adapters/dynamodb/change-store.ts';
import { Configuration } from '../contracts/configuration.ts';
import { ENVIRONMENT, METRICS } from '../contracts/deployment.ts';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import type { ChangeReport } from '../contracts/record.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChangeEvents } from '../ports/events.ts';
import { Clusters } from './clusters.ts';
import type { Ports } from './ports.ts';
import { REQUESTS } from './requests.ts';
import { lazySecrets } from './secrets.ts';
import { count } from './telemetry.ts';

const clock: Clock = { now: () => new Date(), sleep: (seconds) => wait(seconds * 1000) };

function required(variable: string): string {
  const value = process.env[variable];
  if (value) return value;
  throw new StepError('ClusterAccessError', `this function was deployed without ${variable}`);
}

async function readConfiguration(file: string): Promise<Configuration> {
  const text = await readFile(file, 'utf8');
  return parse(Configuration, JSON.parse(text), 'InvalidInputError');
}

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

/** The change store of a deployed function. */
export const deployedStore = (): DynamoDbChangeStore =>
  new DynamoDbChangeStore({ client: new DynamoDBClient({ requestHandler: REQUESTS }), table: required(ENVIRONMENT.table), clock });

/** The ports of a deployed function, from its environment and the configuration in its bundle. */
export async function deployedPorts(): Promise<Ports> {
  const file = required(ENVIRONMENT.configuration);
  const configuration = await readConfiguration(file);
  const clusters = new Clusters({ configuration, clock, secrets: lazySecrets(clock), folder: dirname(file) });
  return {
    store: deployedStore(),
    clock,
    holder: { description: 'Step Functions execution', host: 'aws' },
    defaults: configuration.defaults,
    cluster: (name, observe, startAt) => clusters.open(name, observe, startAt),
    health: (name, observe) => clusters.health(name, observe),
    events: changeEvents(process.env[ENVIRONMENT.eventBus]),
    // Stopping a deployed change from outside is not part of this version.
    isCancelled: () => false,
  };
}
