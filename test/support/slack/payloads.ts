/**
 * What Slack tells an app of what people do.
 * @see https://docs.slack.dev/interactivity/implementing-slash-commands
 * @see https://docs.slack.dev/reference/interaction-payloads
 */
import { type Channel, type Message, saidIn } from './channels.ts';
import { APP, type OpenView, type PersonSpec, type State } from './state.ts';
import { viewObject } from './views-api.ts';

/** The old way to prove where a request comes from; it is still sent, and proves nothing. */
const VERIFICATION_TOKEN = 'gIkuvaNzQIHg97ATvDxqgjtO';
const DOMAIN = 'example';

const nameOf = ({ id, name = id.toLowerCase() }: PersonSpec): string => name;
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @param line - as it is typed, from the slash on. */
export function commandForm(line: string, person: PersonSpec, channel: Channel, state: State): string {
  const [command = '', text = ''] = line.split(/ (.*)/s);
  const origin = { user: person.id, channel: channel.id };
  return new URLSearchParams({
    token: VERIFICATION_TOKEN,
    team_id: person.team ?? state.team,
    team_domain: DOMAIN,
    channel_id: channel.id,
    channel_name: channel.name,
    user_id: person.id,
    user_name: nameOf(person),
    command,
    text: escaped(text.trim()),
    api_app_id: APP.app,
    is_enterprise_install: 'false',
    response_url: `${state.origin}${state.tickets.answerPath('commands', state.team, origin)}`,
    trigger_id: state.tickets.trigger(person.id),
  }).toString();
}

const common = (person: PersonSpec, state: State): object => ({
  user: { id: person.id, username: nameOf(person), name: nameOf(person), team_id: person.team ?? state.team },
  api_app_id: APP.app,
  token: VERIFICATION_TOKEN,
  trigger_id: state.tickets.trigger(person.id),
  team: { id: state.team, domain: DOMAIN },
  enterprise: null,
  is_enterprise_install: false,
});

const formOf = (payload: object): string => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();

export interface Button {
  readonly block: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function pressForm({ block, fields }: Button, message: Message, person: PersonSpec, channel: Channel, state: State): string {
  const { ts, thread } = message;
  const { text, blocks } = saidIn(message);
  const inThread = thread === undefined ? {} : { thread_ts: thread };
  const origin = { user: person.id, channel: channel.id, message: ts, ...(thread !== undefined && { thread }) };
  return formOf({
    type: 'block_actions',
    ...common(person, state),
    container: { type: 'message', message_ts: ts, channel_id: channel.id, is_ephemeral: false, ...inThread },
    channel: { id: channel.id, name: channel.name },
    message: { type: 'message', user: APP.user, bot_id: APP.bot, app_id: APP.app, ts, text, team: state.team, blocks, ...inThread },
    state: { values: {} },
    response_url: `${state.origin}${state.tickets.answerPath('actions', state.team, origin)}`,
    actions: [{ ...fields, block_id: block, action_ts: state.channels.nextTs() }],
  });
}

export const submissionForm = (view: OpenView, values: object, person: PersonSpec, state: State): string =>
  formOf({ type: 'view_submission', ...common(person, state), view: viewObject(view, state, values), response_urls: [] });
