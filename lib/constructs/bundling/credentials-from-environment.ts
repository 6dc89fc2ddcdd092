/**
 * Stands in for `@aws-sdk/credential-provider-node` in what runs in Lambda: the whole chain of that package looks through profiles, SSO,
 * metadata services and more, while a function has its role's credentials in its environment and nowhere else.
 */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The signature of the function it replaces. @returns a provider that rejects when the environment holds no credentials. */
export const defaultProvider = () => async (): Promise<Credentials> => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  throw new Error('the environment of the function holds no credentials');
};
