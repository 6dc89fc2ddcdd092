import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { METRIC_NAMESPACE, METRICS, OUTCOME_DIMENSION } from '../../lambdas/contracts/deployment.ts';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import { SERVICE } from './step-lambda.ts';

/** A metric is found by exactly the dimensions that it is sent with; the library that sends it adds the service. */
const dimensions = (more: Record<string, string> = {}) => ({ service: SERVICE, ...more });

/** How many changes ended in this way. */
export const endedMetric = (outcome: Outcome, period: Duration): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS.ended,
    dimensionsMap: dimensions({ [OUTCOME_DIMENSION]: outcome }),
    statistic: Stats.SUM,
    period,
    label: outcome,
  });

/** A number of locks, as it was counted last. */
export const locksMetric = (which: 'locks' | 'locksPastLease', period: Duration): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS[which],
    dimensionsMap: dimensions(),
    statistic: Stats.MAXIMUM,
    period,
    label: which === 'locks' ? 'locks' : 'past their lease',
  });

export const eventsLostMetric = (period: Duration): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS.eventsLost,
    dimensionsMap: dimensions(),
    statistic: Stats.SUM,
    period,
    label: 'events lost',
  });

/** Failed runs of any of these functions. */
export function errorsOf(functions: Readonly<Record<string, IFunction>>, period: Duration): MathExpression {
  const entries = Object.entries(functions).map(([name, run], index) => ({
    id: `e${index}`,
    metric: run.metricErrors({ period, label: name }),
  }));
  return sumOf(Object.fromEntries(entries.map(({ id, metric }) => [id, metric])), 'failed runs', period);
}

/** @param parts - by an id that starts with a small letter. A part without data counts as none. */
export const sumOf = (parts: Record<string, Metric>, label: string, period: Duration): MathExpression =>
  new MathExpression({ expression: 'SUM(METRICS())', usingMetrics: parts, label, period });
