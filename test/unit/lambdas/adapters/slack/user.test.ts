import { describe, expect, it } from 'vitest';
import { faultOf, SlackLab, TEAM } from './slack-lab.ts';

const MEMBER = {
  id: 'U0CAROL',
  team: TEAM,
  email: 'carol@example.com',
  isEmailConfirmed: true,
  isBot: false,
  isDeactivated: false,
  isGuest: false,
};

describe('somebody in Slack', () => {
  it.each([
    ['a member', {}, {}],
    ['a member whose address is not confirmed', { confirmed: false }, { isEmailConfirmed: false }],
    ['a member of whose address nothing is said', { raw: { is_email_confirmed: undefined } }, { isEmailConfirmed: false }],
    ['a guest', { guest: true }, { isGuest: true }],
    ['a guest of one channel', { raw: { is_ultra_restricted: true } }, { isGuest: true }],
    ['somebody of whom it is not said that they are no guest', { raw: { is_restricted: undefined } }, { isGuest: true }],
    ['somebody of another workspace', { team: 'T0ELSEWHERE' }, { team: 'T0ELSEWHERE', isGuest: true }],
    ['an app', { bot: true }, { isBot: true }],
    ['a user of an app', { raw: { is_app_user: true } }, { isBot: true }],
    ['somebody who has left', { deactivated: true }, { isDeactivated: true }],
  ])('is known: %s', async (_name, spec, differences) => {
    const lab = await SlackLab.open();
    lab.slack.addPerson({ id: 'U0CAROL', email: 'carol@example.com', ...spec });
    expect(await lab.chat().user('U0CAROL')).toEqual({ ...MEMBER, ...differences });
  });

  it.each([
    ['there is none', (): void => {}, {}],
    ['the app may not see it', ({ slack }: SlackLab): void => slack.removeScope('users:read.email'), { email: 'carol@example.com' }],
    ['it is empty', (): void => {}, { email: '' }],
    ['it is null', (): void => {}, { raw: { profile: { email: null } } }],
  ])('has no address when %s', async (_name, prepare, spec) => {
    const lab = await SlackLab.open();
    lab.slack.addPerson({ id: 'U0CAROL', ...spec });
    prepare(lab);
    expect(await lab.chat().user('U0CAROL')).not.toHaveProperty('email');
  });

  it.each([
    ['user.is_bot', { is_bot: undefined }],
    ['user.deleted', { deleted: 'no' }],
    ['user.is_email_confirmed', { is_email_confirmed: 'true' }],
    ['user.is_restricted', { is_restricted: 0 }],
    ['user.team_id', { team_id: '' }],
    ['user.id', { id: 'U0MALLORY' }],
    ['user.profile', { profile: 'carol@example.com' }],
    ['user.profile.email', { profile: { email: ['carol@example.com'] } }],
  ])('is not guessed at when %s is in an unknown form', async (place, raw) => {
    const lab = await SlackLab.open();
    lab.slack.addPerson({ id: 'U0CAROL', email: 'carol@example.com', raw });
    expect(await faultOf(lab.chat().user('U0CAROL'))).toBe(
      `never - users.info: the answer is in an unknown form: ${place} is missing or not what it should be`,
    );
  });

  it('is never somebody whom Slack does not know', async () => {
    const lab = await SlackLab.open();
    expect(await faultOf(lab.chat().user('U0NOBODY'))).toBe('never - users.info: user_not_found');
  });
});
