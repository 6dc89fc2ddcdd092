import { userInfo } from 'node:os';
import type { Identity } from '../../lambdas/contracts/approval.ts';

/** Who asks, as far as this machine knows: behind sudo, the person and not root. */
export function currentUser(): string {
  if (process.env.SUDO_USER) return process.env.SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** The account that a decision on this machine is made from. */
export const currentIdentity = (): Identity => ({ id: currentUser(), via: 'machine' });
