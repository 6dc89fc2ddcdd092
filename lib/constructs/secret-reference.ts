import type { Location } from './location.ts';

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:(?<region>[a-z0-9-]+):(?<account>\d{12}):secret:(?<name>[\w/+=.@-]+)$/;
/** Secrets Manager appends these to the name of a secret. */
const SUFFIX = /-[A-Za-z0-9]{6}$/;

/**
 * Why functions could not read a secret that a configuration names, as the end of a sentence.
 * @returns undefined for names, which always mean a secret beside the functions.
 */
export function problemOfSecret(secretId: string, main: Location | undefined): string | undefined {
  if (!secretId.startsWith('arn:')) return undefined;
  const { region, account, name } = SECRET_ARN.exec(secretId)?.groups ?? {};
  if (!name) return 'not the ARN of a secret, expected one, or the name of the secret';
  if (!SUFFIX.test(name))
    return 'a partial ARN, by which rights cannot be given, expected the whole one, which ends in a hyphen and six characters, or the name';
  if (main?.region && region !== main.region)
    return `a secret in ${region}, while the functions read secrets in ${main.region}, expected one there`;
  if (main?.account && account !== main.account)
    return `a secret of account ${account}, while the functions read secrets of ${main.account}, expected one there`;
  return undefined;
}
