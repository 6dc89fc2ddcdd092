import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Stats, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { OUTCOMES, type Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeAlarms, ChangeAlarmsProps } from './change-alarms.ts';
import { endedMetric, eventsLostMetric, glassBrokenMetric, locksMetric } from './change-metrics.ts';

export interface ChangeDashboardProps extends Pick<ChangeAlarmsProps, 'steps' | 'helpers' | 'runbookUrl'> {
  readonly alarms: ChangeAlarms;
  readonly workflow: StateMachine;
  readonly recovery: StateMachine;
}

const WIDTH = 24;
const HALF = WIDTH / 2;

/** One page: how changes end, what the workflow and its steps do, which locks stand. */
export class ChangeDashboard extends Construct {
  constructor(scope: Construct, id: string, props: ChangeDashboardProps) {
    super(scope, id);
    const { alarms, workflow, recovery, steps, helpers, runbookUrl } = props;
    const period = Duration.minutes(15);
    const runs = Object.entries({ ...steps, ...helpers });
    const graph = (title: string, left: IMetric[], stacked = false) =>
      new GraphWidget({ title, left, stacked, width: HALF, leftYAxis: { min: 0 } });
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.days(7),
      widgets: [
        [
          new TextWidget({ markdown: `# syncshift\nWhat to do when a change stops: ${runbookUrl}`, width: HALF, height: 3 }),
          new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.alarms, width: HALF, height: 3 }),
        ],
        [
          graph(
            'How changes ended',
            (Object.keys(OUTCOMES) as Outcome[]).map((outcome) => endedMetric(outcome, period)),
            true,
          ),
          graph('Executions', [
            workflow.metricStarted({ period }),
            workflow.metricSucceeded({ period }),
            workflow.metricFailed({ period }),
            workflow.metricTimedOut({ period }),
            workflow.metricAborted({ period }),
          ]),
        ],
        [
          graph(
            'Duration of steps, 95 of 100',
            runs.map(([label, run]) => run.metricDuration({ period, label, statistic: Stats.p(95) })),
          ),
          graph(
            'Failed runs of steps',
            runs.map(([label, run]) => run.metricErrors({ period, label })),
            true,
          ),
        ],
        [
          graph('Locks', [locksMetric('locks', period), locksMetric('locksPastLease', period)]),
          graph('Out of the ordinary', [
            recovery.metricStarted({ period, label: 'recoveries started' }),
            glassBrokenMetric(period),
            eventsLostMetric(period),
          ]),
        ],
      ],
    });
  }
}
