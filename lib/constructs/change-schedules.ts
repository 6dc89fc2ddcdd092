import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Schedule } from '../../lambdas/contracts/configuration.ts';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { CONFIGURED_PREFIX, scheduleDescription, scheduleTarget } from '../../lambdas/contracts/schedules.ts';
import type { ChangeMachine } from './change-machine.ts';
import { deadLetterQueue } from './dead-letter-queue.ts';
import { startingChanges } from './gate-rights.ts';

export interface ChangeSchedulesProps {
  readonly workflow: ChangeMachine;
  /** Those of the configuration. People add others from the command line, to the same group. */
  readonly schedules: readonly Schedule[];
}

/** What starts changes by itself: a group of schedules, with the role and the queue that all of them share. */
export class ChangeSchedules extends Construct {
  /** Starts that could not be delivered. */
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, { workflow, schedules }: ChangeSchedulesProps) {
    super(scope, id);
    const { partition, region, account } = Stack.of(this);
    const group = new CfnScheduleGroup(this, 'Group', { name: DEPLOYED.scheduleGroup });
    this.undelivered = deadLetterQueue(this, 'Undelivered', DEPLOYED.scheduleQueue);
    const role = this.#addRole(workflow);
    for (const { name, when, timeZone, request } of schedules) {
      const configured = `${CONFIGURED_PREFIX}${name}`;
      // CloudFormation knows no way to let a one-time schedule delete itself, which it would miss at the next change of it.
      const schedule = new CfnSchedule(this, `Schedule ${name}`, {
        name: configured,
        groupName: DEPLOYED.scheduleGroup,
        description: scheduleDescription(configured, request),
        scheduleExpression: when,
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: scheduleTarget({ partition, region, account }, request),
      });
      // The target names them by their names; Scheduler asks at once whether it may take on the role.
      schedule.node.addDependency(group, role, workflow.alias, this.undelivered);
    }
  }

  /** Its name is fixed, because the command line hands it over as well. */
  #addRole({ stateMachine }: ChangeMachine): Role {
    const { account, region } = Stack.of(this);
    const group = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: DEPLOYED.scheduleGroup,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const role = new Role(this, 'Role', {
      roleName: DEPLOYED.scheduleRole(region),
      description: 'syncshift: starts changes on schedule',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } },
      }),
    });
    role.addToPrincipalPolicy(startingChanges(stateMachine.stateMachineArn));
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.undelivered.queueArn] }));
    return role;
  }
}
