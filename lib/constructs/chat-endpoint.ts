import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination, PayloadFormatVersion } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SLACK_PATH } from '../../lambdas/contracts/chat-settings.ts';
import { BUNDLED_CONFIGURATION, ENVIRONMENT } from '../../lambdas/contracts/deployment.ts';
import { accept } from './accept.ts';
import type { BundledFile } from './bundling/function-code.ts';
import { grantCalling } from './gate-rights.ts';
import { grantReadingSecrets } from './secret-rights.ts';
import { SERVICE, StepLambda } from './step-lambda.ts';

export interface ChatEndpointProps {
  /** Takes up what is received. */
  readonly worker: StepLambda;
  /** The configuration, that of chat included. */
  readonly files: readonly BundledFile[];
  readonly secretId: string;
}

const NAME = `${SERVICE}-chat`;
/** Requests per second. Slack sends one for each thing that a person does: the people of a workspace stay far below, a flood does not. */
const THROTTLE = { rateLimit: 20, burstLimit: 40 };

/** Of a request, what API Gateway knows and no part of what was sent. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTimeEpoch',
    from: '$context.identity.sourceIp',
    route: '$context.routeKey',
    status: '$context.status',
    milliseconds: '$context.responseLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
);

/** The address that Slack sends to, and the function behind it, which checks the signature of each request and hands it over. */
export class ChatEndpoint extends Construct {
  readonly lambda: StepLambda;
  readonly url: string;
  readonly #api: HttpApi;

  constructor(scope: Construct, id: string, { worker, files, secretId }: ChatEndpointProps) {
    super(scope, id);
    this.lambda = new StepLambda(this, 'chat-receiver', {
      entry: 'lambdas/chatops/receive.ts',
      description: 'Takes requests of Slack and hands them over',
      // Slack waits for three; what is received after that may still be handed over.
      timeout: Duration.seconds(5),
      // Loading is all that it does the first time, and that goes by the share of a processor.
      memoryMb: 1024,
      files,
      environment: {
        [ENVIRONMENT.configuration]: `/var/task/${BUNDLED_CONFIGURATION}`,
        [ENVIRONMENT.chatWorker]: worker.function.functionName,
      },
    });
    grantCalling(this.lambda, worker);
    grantReadingSecrets(this.lambda.role, [secretId]);
    this.#api = this.#route();
    this.url = `${this.#publish().url}${SLACK_PATH.slice(1)}`;
  }

  /** Requests that were answered with a fault of ours. */
  failures(options: MetricOptions): Metric {
    return this.#api.metricServerError(options);
  }

  #route(): HttpApi {
    const api = new HttpApi(this, 'Api', {
      apiName: NAME,
      description: 'Where Slack sends what people ask syncshift for',
      createDefaultStage: false,
    });
    const integration = new HttpLambdaIntegration('Receiver', this.lambda.function, {
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    });
    for (const route of api.addRoutes({ path: SLACK_PATH, methods: [HttpMethod.POST], integration }))
      accept(route, 'APIG4', 'Slack signs what it sends and can do nothing else; the function refuses whatever is not signed');
    return api;
  }

  #publish(): HttpStage {
    const destination = new LogGroup(this, 'Access', {
      // Under this prefix, names do not count against the length of the account's policy for log delivery, which is short.
      logGroupName: `/aws/vendedlogs/apigateway/${NAME}`,
      retention: RetentionDays.THREE_MONTHS,
      // Its name is fixed: left behind by a first deployment that failed, it would stand in the way of the second.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    return new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: { destination: new LogGroupLogDestination(destination), format: ACCESS_LOG },
    });
  }
}
