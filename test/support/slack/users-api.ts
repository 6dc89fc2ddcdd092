import { Refusal } from './refusal.ts';
import { APP, type PersonSpec, type State } from './state.ts';
import type { Args } from './wire.ts';

/** The user object, as `users.info` shows it to an app that may see e-mail addresses or not. */
function userObject(person: PersonSpec, { team, scopes }: State): object {
  const { id, email, name = id.toLowerCase(), confirmed = true, bot = false, guest = false, deactivated = false, raw } = person;
  const home = person.team ?? team;
  const isElsewhere = home !== team;
  return {
    id,
    team_id: home,
    name,
    deleted: deactivated,
    color: '9f69e7',
    real_name: name,
    tz: 'Europe/Amsterdam',
    tz_label: 'Central European Time',
    tz_offset: 3600,
    profile: {
      real_name: name,
      display_name: name,
      avatar_hash: 'ge3b51ca72de',
      status_text: '',
      status_emoji: '',
      ...(email !== undefined && scopes.has('users:read.email') && { email }),
      team: home,
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: guest,
    is_ultra_restricted: false,
    is_bot: bot,
    is_app_user: false,
    ...(isElsewhere && { is_stranger: true }),
    updated: 1_502_138_686,
    is_email_confirmed: confirmed,
    has_2fa: false,
    ...raw,
  };
}

export function usersInfo({ user }: Args, state: State): object {
  const person = state.people.get(String(user));
  if (!person) throw new Refusal('user_not_found');
  return { user: userObject(person, state) };
}

export const authTest = (_args: Args, { team, origin }: State): object => ({
  url: `${origin}/`,
  team: 'Example',
  user: APP.name,
  team_id: team,
  user_id: APP.user,
  bot_id: APP.bot,
  is_enterprise_install: false,
});

export function apiTest(args: Args): object {
  if (typeof args.error === 'string') throw new Refusal(args.error, { args });
  return { args };
}
