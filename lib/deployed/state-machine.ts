import { ListStateMachinesCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { ConfigurationError } from '../config/load.ts';
import { inOneSentence } from './faults.ts';
import { patiently } from './patience.ts';
import type { Timing } from './timing.ts';

export type StepFunctions = Pick<SFNClient, 'send'>;

/** Names the state machine, or the version or alias to start, where it is not what the stack deploys or may not be listed. */
const STATE_MACHINE_VARIABLE = 'SYNCSHIFT_STATE_MACHINE_ARN';
/** Nothing has begun while the state machine is looked for, so giving up early costs nothing. */
const PATIENCE_MS = 10_000;

/** A state machine, or a version or alias of one. */
const ARN =
  /^arn:(?<partition>aws[a-z-]*):states:(?<region>[a-z0-9-]+):(?<account>\d{12}):stateMachine:(?<name>[^:\s]{1,80})(?::[^:\s]+)?$/;

export interface StateMachine {
  /** What is started: as a rule an alias, so that an execution says which version it ran. */
  readonly arn: string;
  readonly region: string;
  /** ARN of the execution that a change is: it has no qualifier, whichever version or alias was started. */
  executionArn(changeId: string): string;
}

function parseArn(arn: string): StateMachine | undefined {
  const { partition, region, account, name } = ARN.exec(arn)?.groups ?? {};
  if (!region) return undefined;
  return { arn, region, executionArn: (changeId) => `arn:${partition}:states:${region}:${account}:execution:${name}:${changeId}` };
}

/** @throws ConfigurationError when the variable is set to something else than the ARN of a state machine. */
export function stateMachineOf(env: NodeJS.ProcessEnv): StateMachine | undefined {
  const arn = env[STATE_MACHINE_VARIABLE]?.trim();
  if (!arn) return undefined;
  const parsed = parseArn(arn);
  if (!parsed)
    throw new ConfigurationError(
      `${STATE_MACHINE_VARIABLE}: expected an ARN such as arn:aws:states:eu-west-1:123456789012:stateMachine:${DEPLOYED.stateMachine}:${DEPLOYED.alias}`,
    );
  return parsed;
}

/**
 * Looks for the state machine by the name it is deployed under, and means its alias.
 * @param where - region, to name it in errors.
 * @throws ConfigurationError when there is none, or it may not be looked for.
 */
export async function findStateMachine(client: StepFunctions, timing: Timing, where: string): Promise<StateMachine> {
  try {
    for (let nextToken: string | undefined; ; ) {
      const token = nextToken;
      const page = await patiently(
        () => client.send(new ListStateMachinesCommand({ maxResults: 1000, ...(token && { nextToken: token }) })),
        { timing, limitMs: PATIENCE_MS },
      );
      const found = page.stateMachines?.find(({ name }) => name === DEPLOYED.stateMachine)?.stateMachineArn;
      const parsed = found === undefined ? undefined : parseArn(`${found}:${DEPLOYED.alias}`);
      if (parsed) return parsed;
      nextToken = page.nextToken;
      if (!nextToken) break;
    }
  } catch (error) {
    throw inOneSentence(error, 'looking for the deployed workflow');
  }
  throw new ConfigurationError(
    `no state machine "${DEPLOYED.stateMachine}" is deployed in ${where} of this account; deploy the stack there, or set AWS_REGION, AWS_PROFILE or ${STATE_MACHINE_VARIABLE}`,
  );
}
