import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';

/** ARN of the workflow of rollouts by its name, for itself and for functions that it calls: a reference would go round in a circle. */
export const rolloutMachineArn = (scope: Construct): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: DEPLOYED.rollout,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
