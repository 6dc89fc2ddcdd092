import { ChatError, type ChatUser } from '../../ports/chat.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Every flag that is read here, by whether Slack says it of everybody. */
const FLAGS = {
  deleted: true,
  is_bot: true,
  is_app_user: false,
  is_email_confirmed: false,
  is_restricted: false,
  is_ultra_restricted: false,
  is_stranger: false,
} as const;

const notUnderstood = (place: string): ChatError =>
  new ChatError('never', `users.info: the answer is in an unknown form: ${place} is missing or not what it should be`);

function fieldsOf(value: unknown, place: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notUnderstood(place);
  return value as Fields;
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw notUnderstood(`user.${name}`);
  return value;
}

function checkFlags(user: Fields): void {
  for (const [name, isAlwaysSaid] of Object.entries(FLAGS)) {
    const isSaid = user[name] !== undefined;
    if (isSaid ? typeof user[name] !== 'boolean' : isAlwaysSaid) throw notUnderstood(`user.${name}`);
  }
}

/** Missing without the scope `users:read.email`; null or empty when there is none. */
function emailOf(user: Fields): { email?: string } {
  const { email } = fieldsOf(user.profile ?? {}, 'user.profile');
  if (email === undefined || email === null || email === '') return {};
  if (typeof email !== 'string') throw notUnderstood('user.profile.email');
  return { email };
}

/**
 * Reads the answer of `users.info`. What Slack does not say of somebody counts against them.
 * @throws ChatError `never` naming the place that is in an unknown form, never what is there.
 * @see https://docs.slack.dev/reference/objects/user-object
 */
export function userIn(answer: unknown, asked: string): ChatUser {
  const user = fieldsOf(fieldsOf(answer, 'the answer').user, 'user');
  if (textOf(user, 'id') !== asked) throw notUnderstood('user.id');
  checkFlags(user);
  const isFullMember = user.is_restricted === false && user.is_ultra_restricted === false && user.is_stranger !== true;
  return {
    id: asked,
    team: textOf(user, 'team_id'),
    ...emailOf(user),
    isEmailConfirmed: user.is_email_confirmed === true,
    isBot: user.is_bot === true || user.is_app_user === true,
    isDeactivated: user.deleted === true,
    isGuest: !isFullMember,
  };
}
