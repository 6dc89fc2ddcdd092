import type { Duration } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../../lambdas/contracts/deployment.ts';
import { acceptWildcard } from './accept.ts';
import { type BundledFile, functionCode } from './bundling/function-code.ts';
import type { ClusterNetwork } from './cluster-network.ts';

/** Name under which everything of ours logs, is traced and is counted. */
export const SERVICE = 'syncshift';

/** For functions that call Slack: the addresses at which people are answered are theirs alone, and every address called would be in a trace. */
export const WITHOUT_ADDRESSES_IN_TRACES = { POWERTOOLS_TRACER_CAPTURE_HTTPS_REQUESTS: 'false' } as const;

export interface StepLambdaProps {
  /** By which people and the command line find it. @default one that CloudFormation makes up */
  readonly functionName?: string;
  /** Path of the file that exports `handler`, from the root of the project. */
  readonly entry: string;
  readonly description: string;
  /** Longest a single run may take; at most Lambda's fifteen minutes. */
  readonly timeout: Duration;
  /** In MB; the share of a processor goes with it. @default 512 */
  readonly memoryMb?: number;
  /** Read by the code; never a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lie beside the code. @default none */
  readonly files?: readonly BundledFile[] | undefined;
  /** Where the clusters can be reached from. @default no network of our own */
  readonly network?: ClusterNetwork | undefined;
}

/** One function: bundled by itself, traced, with a role of its own that may log and trace, and a log group that expires. */
export class StepLambda extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: StepLambdaProps) {
    super(scope, id);
    const { functionName, entry, description, timeout, memoryMb = 512, environment, files, network } = props;
    if (timeout.toSeconds() > 15 * 60) throw new Error(`${this.node.path}: timeout exceeds Lambda's 15 minutes`);
    // Not the managed policy for functions: that one may write to every log group of the account.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `syncshift: ${description}`,
    });
    const logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS });
    logGroup.grantWrite(this.role);
    network?.grantTo(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      ...(functionName && { functionName }),
      description,
      code: functionCode(entry, files),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMb,
      timeout,
      role: this.role,
      tracing: Tracing.ACTIVE,
      logGroup,
      environment: { POWERTOOLS_SERVICE_NAME: SERVICE, POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE, ...environment },
      ...network?.attachment,
    });
    acceptTracing(this.role);
  }
}

/** @param role - of a function or a workflow that is traced. */
export const acceptTracing = (role: IRole): void =>
  acceptWildcard(role, '*', 'Segments are sent to X-Ray, which has no resources to limit that to');
