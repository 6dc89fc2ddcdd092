import { isIP } from 'node:net';
import { RequestFailure } from './failure.ts';

export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').toLowerCase();

const CONTACT_PRIMARY =
  "contact the cluster's primary node, switch on `handle_redirects` there, or use another transport that runs beside the cluster";

const refused = (what: string, problem: string) => new RequestFailure('ClusterAccessError', `${what}: ${problem}; ${CONTACT_PRIMARY}`);

/**
 * Where a redirect leads, when it may be looked at at all.
 * @throws RequestFailure unless it is an https address.
 */
export function redirectTarget(location: string | undefined, base: string, what: string): URL {
  const target = location === undefined ? null : URL.parse(location, base);
  if (!target) throw refused(what, 'the node redirects without saying where');
  if (target.protocol !== 'https:') throw refused(what, `the node redirects to ${target.protocol}//, which is not followed`);
  return target;
}

/** @throws RequestFailure when the host is neither the configured one nor a node of the cluster. */
export function assertKnownHost(target: URL, configuredHost: string, nodeAddresses: ReadonlySet<string>, what: string): void {
  const host = hostOf(target);
  if (host === configuredHost || nodeAddresses.has(host)) return;
  throw refused(what, `the node redirects to ${host}, which is no node of this cluster, so it is not followed`);
}

/**
 * Asking for the list of nodes may itself be redirected, and then no list says whether to follow. It is followed to a bare address
 * only, and only where that address has to prove the identity of the cluster: with a certificate for the configured name, or from
 * the configured authority. Credentials leave after that proof. The list that comes back must then name the address.
 */
export function assertProvableHost(target: URL, proof: { configuredHost: string; hasOwnAuthority: boolean }, what: string): void {
  const host = hostOf(target);
  if (host === proof.configuredHost) return;
  if (isIP(host) !== 0 && (isIP(proof.configuredHost) === 0 || proof.hasOwnAuthority)) return;
  throw refused(what, `the node redirects to ${host}, and nothing proves that this is a node of the cluster`);
}

/** @throws RequestFailure when what would be sent is no longer the dry run that it began as. */
export function assertStillDryRun(isDryRun: boolean, url: string): void {
  if (isDryRun && !new URL(url).searchParams.has('dry_run'))
    throw new RequestFailure('ClusterOutputError', 'a dry run lost its `dry_run` on the way and was not sent');
}

/** After one redirect the request has to be answered. */
export const redirectedTwice = (what: string) => refused(what, 'it was redirected twice');
