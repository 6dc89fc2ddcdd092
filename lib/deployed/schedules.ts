import { randomUUID } from 'node:crypto';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { Schedule } from '../../lambdas/contracts/configuration.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { isOneTime } from '../../lambdas/contracts/schedule-expression.ts';
import { type DeployedAt, isConfigured, scheduleDescription, scheduleTarget } from '../../lambdas/contracts/schedules.ts';
import { ConfigurationError } from '../config/load.ts';
import { clientSettings, withStepFunctions } from './connection.ts';
import { hasName, inOneSentence } from './faults.ts';
import { type ListedSchedule, listed } from './listed-schedule.ts';
import { patiently } from './patience.ts';
import { realTiming, type Timing } from './timing.ts';

/** Nothing that runs depends on it, so giving up early costs nothing. */
const PATIENCE_MS = 30_000;
/** Schedules that are looked at side by side. */
const AT_ONCE = 8;

export interface SchedulesProps {
  /** Makes one attempt at each call. */
  readonly client: Pick<SchedulerClient, 'send'>;
  readonly place: DeployedAt;
  readonly timing: Timing;
}

/** The schedules of changes in an account and region. */
export class Schedules {
  readonly #props: SchedulesProps;

  constructor(props: SchedulesProps) {
    this.#props = props;
  }

  get region(): string {
    return this.#props.place.region;
  }

  /**
   * @param startAt - when a rate begins: without it, it would begin at once.
   * @throws StepError `InvalidInputError` when the name is reserved; ConfigurationError when it is taken, or AWS refuses it.
   */
  async add(schedule: Schedule, startAt?: Date): Promise<void> {
    refuseReserved(schedule.name);
    const input = creationOf(schedule, this.#props.place, startAt);
    try {
      await this.#ask(() => this.#props.client.send(new CreateScheduleCommand(input)));
    } catch (error) {
      if (hasName(error, 'ConflictException'))
        throw new ConfigurationError(`schedule ${schedule.name} exists already; remove it first, or take another name`, { cause: error });
      if (hasName(error, 'ResourceNotFoundException')) throw this.#noGroup(error);
      throw inOneSentence(error, `adding the schedule ${schedule.name}`);
    }
  }

  /** @throws ConfigurationError when they cannot be read. */
  async list(): Promise<ListedSchedule[]> {
    try {
      const names = await this.#names();
      const found: ListedSchedule[] = [];
      for (let first = 0; first < names.length; first += AT_ONCE) {
        const some = await Promise.all(names.slice(first, first + AT_ONCE).map((name) => this.#get(name)));
        found.push(...some.filter((schedule) => schedule !== undefined));
      }
      return found;
    } catch (error) {
      if (hasName(error, 'ResourceNotFoundException')) throw this.#noGroup(error);
      throw inOneSentence(error, 'listing the schedules');
    }
  }

  /** @throws StepError `InvalidInputError` when it comes from the configuration; ConfigurationError when there is none, or AWS refuses it. */
  async remove(name: string): Promise<void> {
    refuseReserved(name);
    let mayBeGone = false;
    const command = new DeleteScheduleCommand({ Name: name, GroupName: DEPLOYED.scheduleGroup, ClientToken: randomUUID() });
    try {
      await this.#ask(
        () => this.#props.client.send(command),
        () => {
          mayBeGone = true;
        },
      );
    } catch (error) {
      const isGone = hasName(error, 'ResourceNotFoundException');
      // Removed by an attempt whose answer was lost.
      if (isGone && mayBeGone) return;
      if (isGone)
        throw new ConfigurationError(`no schedule ${JSON.stringify(name)} is there in ${this.region} of this account`, { cause: error });
      throw inOneSentence(error, `removing the schedule ${name}`);
    }
  }

  #ask<T>(call: () => Promise<T>, onError: (error: unknown) => void = () => {}): Promise<T> {
    return patiently(call, { timing: this.#props.timing, limitMs: PATIENCE_MS, onError });
  }

  async #names(): Promise<string[]> {
    const names: string[] = [];
    for (let nextToken: string | undefined; ; ) {
      const token = nextToken;
      const command = new ListSchedulesCommand({ GroupName: DEPLOYED.scheduleGroup, MaxResults: 100, ...(token && { NextToken: token }) });
      const page = await this.#ask(() => this.#props.client.send(command));
      names.push(...(page.Schedules ?? []).flatMap(({ Name }) => Name ?? []));
      nextToken = page.NextToken;
      if (!nextToken) return names;
    }
  }

  /** @returns undefined when it has gone meanwhile, as one-time schedules do. */
  async #get(name: string): Promise<ListedSchedule | undefined> {
    const command = new GetScheduleCommand({ Name: name, GroupName: DEPLOYED.scheduleGroup });
    try {
      return listed(name, await this.#ask(() => this.#props.client.send(command)), new Date(this.#props.timing.now()));
    } catch (error) {
      if (hasName(error, 'ResourceNotFoundException')) return undefined;
      throw error;
    }
  }

  #noGroup(cause: unknown): ConfigurationError {
    return new ConfigurationError(
      `no group of schedules "${DEPLOYED.scheduleGroup}" is deployed in ${this.region} of this account; deploy the stack there`,
      { cause },
    );
  }
}

function refuseReserved(name: string): void {
  if (isConfigured(name))
    throw new StepError(
      'InvalidInputError',
      `schedule ${name}: names that begin like this come from the configuration; change "schedules" there and deploy it`,
    );
}

/** What Scheduler is asked to create. Its token makes asking again safe. */
function creationOf({ name, when, timeZone, request }: Schedule, place: DeployedAt, startAt: Date | undefined): CreateScheduleCommandInput {
  const { arn, roleArn, input, deadLetterConfig, retryPolicy } = scheduleTarget(place, request);
  return {
    Name: name,
    GroupName: DEPLOYED.scheduleGroup,
    Description: scheduleDescription(name, request),
    ScheduleExpression: when,
    ScheduleExpressionTimezone: timeZone,
    FlexibleTimeWindow: { Mode: 'OFF' },
    ...(startAt && { StartDate: startAt }),
    ...(isOneTime(when) && { ActionAfterCompletion: 'DELETE' }),
    Target: {
      Arn: arn,
      RoleArn: roleArn,
      Input: input,
      DeadLetterConfig: { Arn: deadLetterConfig.arn },
      RetryPolicy: {
        MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
        MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
      },
    },
    ClientToken: randomUUID(),
  };
}

/** Where a state machine is. */
function placeOf(stateMachineArn: string): DeployedAt {
  const [, partition = '', , region = '', account = ''] = stateMachineArn.split(':');
  return { partition, region, account };
}

/**
 * Runs something with the schedules of the account and region of the environment.
 * @throws ConfigurationError when no workflow is deployed there, or the environment names another one than schedules start.
 */
export function withSchedules<T>(use: (schedules: Schedules) => Promise<T>): Promise<T> {
  return withStepFunctions(async ({ stateMachine }) => {
    const place = placeOf(stateMachine.arn);
    const name = stateMachine.arn.split(':')[6];
    if (name !== DEPLOYED.stateMachine)
      throw new ConfigurationError(`schedules start the state machine "${DEPLOYED.stateMachine}", and the environment names "${name}"`);
    const client = new SchedulerClient(clientSettings(place.region));
    try {
      return await use(new Schedules({ client, place, timing: realTiming }));
    } finally {
      client.destroy();
    }
  });
}
