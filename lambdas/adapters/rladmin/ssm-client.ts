import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

/** A connection that is not open by then never will be; a request that is not answered by then is asked again, or looked up. */
const LIMITS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

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
    requestHandler: LIMITS,
  };
  if (roleArn !== undefined)
    config.credentials = async (...asked) => {
      // Loaded on first use: most clusters are in the account of the one who asks.
      const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
      const assume = fromTemporaryCredentials({
        params: { RoleArn: roleArn, RoleSessionName: 'syncshift' },
        // Without limits of its own a request for the role could hang for as long as the step may run.
        clientConfig: { region, requestHandler: LIMITS },
      });
      return assume(...asked);
    };
  return new SSMClient(config);
}
