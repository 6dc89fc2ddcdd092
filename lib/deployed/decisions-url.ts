import { GetFunctionUrlConfigCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { DEPLOYED } from '../../lambdas/contracts/deployment.ts';
import { ConfigurationError } from '../config/load.ts';
import { hasName, inOneSentence } from './faults.ts';
import { patiently } from './patience.ts';
import type { Timing } from './timing.ts';

/** Gives the address where the function may not be looked for. */
const URL_VARIABLE = 'SYNCSHIFT_DECISIONS_URL';
const PATIENCE_MS = 10_000;

/** Hosts of function URLs name their region. */
const HOST = /^[a-z0-9]+\.lambda-url\.(?<region>[a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn)$/;

/** Region that a request to this address is signed for; undefined when the address does not say. */
export const regionIn = ({ hostname }: URL): string | undefined => HOST.exec(hostname)?.groups?.region;

function parseUrl(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username || url.password || url.search || url.hash)
    throw new ConfigurationError(`${source}: expected an address such as https://abc123.lambda-url.eu-west-1.on.aws/, and nothing else`);
  return url;
}

/** @throws ConfigurationError when the variable is set to something else than an https address. */
export function decisionsUrlOf(env: NodeJS.ProcessEnv): URL | undefined {
  const text = env[URL_VARIABLE]?.trim();
  return text ? parseUrl(text, URL_VARIABLE) : undefined;
}

/**
 * Looks for the address by the name of the function behind it.
 * @param client - makes one attempt at each call.
 * @param where - region, to name it in errors.
 * @throws ConfigurationError when there is none, it may not be looked for, or it is open to callers whom AWS does not know.
 */
export async function findDecisionsUrl(client: Pick<LambdaClient, 'send'>, timing: Timing, where: string): Promise<URL> {
  try {
    const command = new GetFunctionUrlConfigCommand({ FunctionName: DEPLOYED.decisions });
    const { FunctionUrl = '', AuthType } = await patiently(() => client.send(command), { timing, limitMs: PATIENCE_MS });
    if (AuthType !== 'AWS_IAM')
      throw new ConfigurationError(
        `the URL of the function "${DEPLOYED.decisions}" lets anybody in (${AuthType}), so nobody can tell who decides`,
      );
    return parseUrl(FunctionUrl, `the URL of the function "${DEPLOYED.decisions}"`);
  } catch (error) {
    if (!hasName(error, 'ResourceNotFoundException')) throw inOneSentence(error, 'looking for the function that takes decisions');
    throw new ConfigurationError(
      `no function "${DEPLOYED.decisions}" with a URL is deployed in ${where} of this account; deploy the stack there, or set AWS_REGION, AWS_PROFILE or ${URL_VARIABLE}`,
      { cause: error },
    );
  }
}
