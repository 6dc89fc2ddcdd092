import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import type { MiddlewareObj } from '@middy/core';
import { METRIC_NAMESPACE, METRICS, OUTCOME_DIMENSION } from '../contracts/deployment.ts';
import { isStepErrorName } from '../contracts/errors.ts';
import type { Outcome } from '../contracts/outcomes.ts';
import { StepEnvelope } from '../contracts/steps.ts';

const serviceName = 'syncshift';
const logger = new Logger({ serviceName });
// Responses hold facts about databases; they belong to the change's record, not to a trace.
const tracer = new Tracer({ serviceName });
// Each metric is sent at once, so nothing is left to be flushed when a step ends.
const metrics = new Metrics({ serviceName, namespace: METRIC_NAMESPACE });

/** When this run began; a function does one at a time. */
let begunAt = new Date();
/** Lambda dates the failures that it counts by the beginning of the run: one is taken from the other, so both need the same date. */
const countStepError = () => metrics.singleMetric().setTimestamp(begunAt).addMetric(METRICS.stepErrors, MetricUnit.Count, 1);

/** One line when a step begins and one when it fails; inputs and outputs stay out of the log. */
const logStep: MiddlewareObj = {
  before: ({ event }) => {
    begunAt = new Date();
    const { data } = StepEnvelope.safeParse(event);
    if (data) logger.appendKeys({ change: data.execution, step: data.step });
    logger.info('step begins');
  },
  after: () => logger.info('step done'),
  onError: ({ error, event }) => {
    logger.warn('step failed', { errorName: error?.name, reason: error?.message });
    // Functions that are no steps fail with the same names, and are no part of what the metric is compared with.
    if (isStepErrorName(error?.name ?? '') && StepEnvelope.safeParse(event).success) countStepError();
  },
};

export const powertools = {
  middleware: [
    captureLambdaHandler(tracer, { captureResponse: false }),
    injectLambdaContext(logger, { resetKeys: true, logEvent: false }),
    logStep,
  ] as MiddlewareObj[],
  warn: (says: string, facts: Readonly<Record<string, string>>): void => logger.warn(says, { ...facts }),
  count: (metric: string, value: number, outcome?: Outcome): void => {
    const single = metrics.singleMetric();
    if (outcome) single.addDimension(OUTCOME_DIMENSION, outcome);
    single.addMetric(metric, MetricUnit.Count, value);
  },
};
