import { createHmac } from 'node:crypto';
import { type ReceptionDesk, receive, type SlackRequest } from '../../../../lambdas/chatops/reception.ts';
import type { ChatTask } from '../../../../lambdas/contracts/chat-task.ts';

export const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
export const TEAM = 'T012AB3C4';
export const NOW = new Date('2026-03-02T09:30:00Z');
export const SETTINGS = { team: TEAM, apiUrl: 'https://slack.com/api/' };
export const RESPONSE_URL = 'https://hooks.slack.com/commands/T012AB3C4/397700885554/96rGlfmibIGlgcZRskXaIFfN';

/** A slash command, in the documented form. */
export const slashCommand = (text: string, fields: Record<string, string> = {}): Record<string, string> => ({
  token: 'gIkuvaNzQIHg97ATvDxqgjtO',
  team_id: TEAM,
  team_domain: 'example',
  channel_id: 'C012AB3CD',
  channel_name: 'databases',
  user_id: 'U012A3CDE',
  user_name: 'anna',
  command: '/syncshift',
  text,
  api_app_id: 'A123456',
  is_enterprise_install: 'false',
  response_url: RESPONSE_URL,
  trigger_id: '13345224609.738474920.8088930838d88f008e0',
  ...fields,
});

export const PLAN = { changeId: 'orders-20260302-1', planHash: 'a'.repeat(64) };
export const MESSAGE = '1548261231.000200';

/** A button that was pressed in a message, in the documented form. */
export const buttonPressed = (action: string, value: string, fields: object = {}): object => ({
  type: 'block_actions',
  team: { id: TEAM, domain: 'example' },
  user: { id: 'U012A3CDE', username: 'anna', team_id: TEAM },
  api_app_id: 'A123456',
  token: 'gIkuvaNzQIHg97ATvDxqgjtO',
  container: { type: 'message', message_ts: MESSAGE, channel_id: 'C012AB3CD', is_ephemeral: false },
  trigger_id: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
  channel: { id: 'C012AB3CD', name: 'databases' },
  message: { type: 'message', ts: MESSAGE, text: 'plan' },
  response_url: 'https://hooks.slack.com/actions/T012AB3C4/1232321423432/D09sSasdasdAS9091209',
  actions: [{ action_id: action, block_id: '=qXel', type: 'button', value, action_ts: '1548426417.840180' }],
  ...fields,
});

/** The form for the reason of a rejection, filled in, in the documented form. */
export const reasonGiven = (reason: string | null, fields: { view?: object } & Record<string, unknown> = {}): object => ({
  type: 'view_submission',
  team: { id: TEAM, domain: 'example' },
  user: { id: 'U012A3CDE', username: 'anna', team_id: TEAM },
  api_app_id: 'A123456',
  token: 'gIkuvaNzQIHg97ATvDxqgjtO',
  trigger_id: '99921423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
  response_urls: [],
  ...fields,
  view: {
    id: 'VNHU13V36',
    type: 'modal',
    callback_id: 'reject-reason',
    private_metadata: JSON.stringify({ ...PLAN, channel: 'C012AB3CD', message: MESSAGE }),
    state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
    ...fields.view,
  },
});

export const formOf = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
export const payloadForm = (payload: object): string => formOf({ payload: JSON.stringify(payload) });

interface Signing {
  readonly secret?: string;
  readonly at?: Date;
  readonly headers?: Record<string, string | string[] | undefined>;
  readonly method?: string;
}

/** A request as Slack sends it. */
export function signedRequest(
  body: string | Buffer,
  { secret = SIGNING_SECRET, at = NOW, headers, method = 'POST' }: Signing = {},
): SlackRequest {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
  return {
    method,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp': timestamp,
      'X-Slack-Signature': `v0=${signature}`,
      ...headers,
    },
    rawBody: Buffer.from(body),
  };
}

/** A desk that remembers what it was handed and what it was told. */
export function makeDesk(overrides: Partial<ReceptionDesk> = {}) {
  const tasks: ChatTask[] = [];
  const lines: string[] = [];
  const desk: ReceptionDesk = {
    signingSecret: async () => SIGNING_SECRET,
    settings: SETTINGS,
    now: () => NOW,
    handOver: async (task) => {
      tasks.push(task);
    },
    log: (says, facts) => {
      lines.push(`${says} ${JSON.stringify(facts ?? {})}`);
    },
    ...overrides,
  };
  return { desk, tasks, lines, send: (request: SlackRequest) => receive(request, desk) };
}
