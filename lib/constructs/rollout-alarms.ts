import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Occurrence, SOON } from './change-alarms.ts';
import { sumOf, undeliveredMetric } from './change-metrics.ts';
import type { RolloutMachine } from './rollout-machine.ts';

/** What operators are told of rollouts. @param functions - that the workflow calls. */
export function rolloutOccurrences({ cutShort }: RolloutMachine, functions: readonly IFunction[]): Occurrence[] {
  const failed = functions.map((run, index) => [`e${index}`, run.metricErrors({ period: SOON })]);
  return [
    {
      id: 'RolloutCutShort',
      metric: undeliveredMetric(cutShort, SOON),
      what: 'A rollout needs somebody: its execution was stopped, ran out of time or could not go on, or a target could not be proven safe.',
    },
    {
      id: 'RolloutStepErrors',
      metric: sumOf(Object.fromEntries(failed), 'failed runs', SOON),
      what: 'A step of a rollout failed. It is repeated, and the rollout stops by itself when that does not help.',
    },
  ];
}
