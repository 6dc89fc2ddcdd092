import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
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

const counted =
  (metricName: string, label: string) =>
  (period: Duration): Metric =>
    new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap: dimensions(), statistic: Stats.SUM, period, label });

export const eventsLostMetric = counted(METRICS.eventsLost, 'events lost');
/** How many changes somebody let through their gate alone. */
export const glassBrokenMetric = counted(METRICS.glassBroken, 'let through alone');
/** How often a thread turned out to be one in which nothing more can be told. */
export const threadsLostMetric = counted(METRICS.threadsLost, 'threads lost');

/** How much waits in a queue for what could not be delivered. */
export const undeliveredMetric = (queue: IQueue, period: Duration): Metric =>
  queue.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM });

/** How often locks were counted. */
export const locksCountedMetric = (period: Duration): Metric =>
  new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS.locks,
    dimensionsMap: dimensions(),
    statistic: Stats.SAMPLE_COUNT,
    period,
    label: 'counts of locks',
  });

/**
 * Failed runs of any of these functions that ended in no error which the workflow knows: out of time or memory, or a fault in the code.
 * A refusal is a failed run as well, and says nothing of the function.
 */
export function faultsOf(functions: Readonly<Record<string, IFunction>>, period: Duration): MathExpression {
  const failed = Object.fromEntries(
    Object.entries(functions).map(([label, run], index) => [`e${index}`, run.metricErrors({ period, label })]),
  );
  const known = new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS.stepErrors,
    dimensionsMap: dimensions(),
    statistic: Stats.SUM,
    period,
    label: 'ended in an error that the workflow knows',
  });
  // A part of a sum without data counts as none; a difference would have no data then, and the alarm would be blind.
  const less = new MathExpression({ expression: '-1 * known', usingMetrics: { known }, label: known.label ?? '', period });
  return new MathExpression({
    expression: `SUM([${[...Object.keys(failed), 'less'].join(', ')}])`,
    usingMetrics: { ...failed, less },
    label: 'faults of functions',
    period,
  });
}

/** @param parts - by an id that starts with a small letter. A part without data counts as none. */
export const sumOf = (parts: Record<string, Metric>, label: string, period: Duration): MathExpression =>
  new MathExpression({ expression: 'SUM(METRICS())', usingMetrics: parts, label, period });
