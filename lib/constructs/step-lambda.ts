import { fileURLToPath } from 'node:url';
import type { Duration } from 'aws-cdk-lib';
import { Architecture, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface StepLambdaProps {
  /** File name of the step under `lambdas/steps/`, without its ending. */
  readonly step: string;
  /** Longest a single run may take; at most Lambda's fifteen minutes. */
  readonly timeout: Duration;
}

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** One workflow step as a function: bundled by itself, traced, with a log group that expires. */
export class StepLambda extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, { step, timeout }: StepLambdaProps) {
    super(scope, id);
    if (timeout.toMinutes() > 15) throw new Error(`${this.node.path}: timeout exceeds Lambda's 15 minutes`);
    this.function = new NodejsFunction(this, 'Function', {
      entry: fromRoot(`lambdas/steps/${step}.ts`),
      depsLockFilePath: fromRoot('package-lock.json'),
      projectRoot: fromRoot('.'),
      handler: 'handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout,
      tracing: Tracing.ACTIVE,
      logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS }),
      bundling: { minify: true, format: OutputFormat.ESM, mainFields: ['module', 'main'], externalModules: [] },
    });
  }
}
