import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

/** A connection that is not open by then never will be; a request that is not answered by then is asked again, or looked up. */
const CONNECTION_MS = 3_000;
const REQUEST_MS = 10_000;

export interface SsmClientProps {
  readonly region: string;
  /** Role to take on, where the nodes are in another account. */
  readonly roleArn?: string;
}

/**
 * A client that sends every request exactly once. Run Command has no token that makes a repeated `SendCommand` harmless, so the SDK's own
 * retries could run a write twice; the runner repeats what may be repeated.
 */
export function ssmClient({ region, roleArn }: SsmClientProps): SSMClient {
  const config: SSMClientConfig = {
    region,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECTION_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
  };
  if (roleArn !== undefined)
    config.credentials = async (...asked) => {
      // Loaded on first use: most clusters are in the account of the one who asks.
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
      const assume = fromTemporaryCredentials({ params: { RoleArn: roleArn, RoleSessionName: 'syncshift' }, clientConfig: { region } });
      return assume(...asked);
    };
  return new SSMClient(config);
}
