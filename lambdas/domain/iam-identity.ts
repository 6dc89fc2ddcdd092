import type { Identity } from '../contracts/approval.ts';

const USER = /^arn:aws[a-z-]*:iam::\d{12}:user\/(?:.*\/)?(?<name>[\w+=,.@-]+)$/;
/** Roles of Identity Center: it sets the name of the session to the name of the user, who cannot choose another. */
const IDENTITY_CENTER = /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/AWSReservedSSO_[\w+=,.@-]+\/(?<name>[\w+=,.@-]+)$/;

/**
 * Who signed a request. A user is known by the name, of IAM or of Identity Center. Whoever takes on any other role chooses the name of the
 * session, so such a caller is known by the whole ARN, role included, and counts as a person only if the configuration says whose it is.
 * @param userArn - of the caller, as IAM found it out.
 */
export function identityOf(userArn: string): Identity {
  const name = (IDENTITY_CENTER.exec(userArn) ?? USER.exec(userArn))?.groups?.name;
  return { id: name ?? userArn, via: 'iam' };
}
