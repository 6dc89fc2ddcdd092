import type { ChatFailure } from '../../ports/chat.ts';

type Words = readonly string[];

/** Passes by itself, or when somebody mends what no call succeeds without, such as the token. What concerns one channel is not here. */
const LATER: Words = [
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'update_failed',
  'file_update_failed',
  'team_added_to_org',
  'org_login_required',
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'no_permission',
  'access_denied',
  'accesslimited',
  'ekm_access_denied',
  'team_access_not_granted',
  'two_factor_setup_required',
];

/** The message is not there any more, or nobody can edit it any more: it has to be said anew. */
const GONE: Words = ['message_not_found', 'thread_not_found', 'edit_window_closed', 'cant_update_message'];

/** The three seconds of a trigger, or the thirty minutes and five answers of a response address, are over. */
const LATE: Words = ['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id', 'expired_url', 'used_url'];

const FAILURES = new Map<string, ChatFailure>([
  ...LATER.map((word) => [word, 'later'] as const),
  ...GONE.map((word) => [word, 'gone'] as const),
  ...LATE.map((word) => [word, 'late'] as const),
]);

/**
 * Why Slack refused a call, by its own word. Words that no list names count as `never`: a refusal that nobody knows is about this very
 * message or channel more often than about Slack as a whole, and repeating it for hours would hold up what is told elsewhere.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage and the pages of the other methods, under "Errors"
 */
export const failureOf = (word: string): ChatFailure => FAILURES.get(word) ?? 'never';

const INVITE = 'invite the app to the channel: /invite @syncshift';
const SCOPE = /^[a-z][a-z.:_-]{0,60}$/;

/** What to do about a refusal, where that is known. */
export function adviceOn(word: string, needed: unknown): string | undefined {
  if (word === 'not_in_channel') return INVITE;
  // Of a private channel Slack says the same to an app that is not in it.
  if (word === 'channel_not_found' || word === 'invalid_channel') return `if there is such a channel, ${INVITE}`;
  if (word !== 'missing_scope') return undefined;
  const scopes = typeof needed === 'string' ? needed.split(',').filter((scope) => SCOPE.test(scope)) : [];
  return scopes.length > 0 ? `give the app the scope ${scopes.join(', ')} and install it again` : 'give the app its scopes';
}
