/** Metrics in the embedded format: lines of a log that CloudWatch turns into figures. */
import { type MetricId, metricId } from './synthesis.ts';

interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

export interface SentMetric {
  readonly id: MetricId;
  readonly value: unknown;
}

/** Every figure that the lines of a log give: one for each set of dimensions. */
export const metricsIn = (log: string): SentMetric[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{"_aws":'))
    .flatMap((line) => figuresOf(JSON.parse(line) as EmbeddedMetrics));

const figuresOf = ({ _aws: { CloudWatchMetrics }, ...values }: EmbeddedMetrics): SentMetric[] =>
  CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => ({
        id: metricId(Namespace, Name, Object.fromEntries(names.map((name) => [name, String(values[name])]))),
        value: values[Name],
      })),
    ),
  );

/** What the later of two readings of a log has more: logs of many functions do not grow at their end alone. */
export function added(before: readonly SentMetric[], after: readonly SentMetric[]): SentMetric[] {
  const left = before.map((metric) => JSON.stringify(metric));
  return after.filter((metric) => {
    const at = left.indexOf(JSON.stringify(metric));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
