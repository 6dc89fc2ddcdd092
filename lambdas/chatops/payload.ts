import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SlackSettings } from '../contracts/chat-settings.ts';
import { ACTIONS, ChatTask, PlanReference, REASON_FORM, ReasonFor } from '../contracts/chat-task.ts';
import { ChangeRequest, LONGEST_REASON } from '../contracts/request.ts';
import { plainText } from './split-words.ts';
import { readWords } from './words.ts';

/** What is to be done about a form that Slack sent. */
export type Reading =
  | { readonly task: ChatTask }
  /** Nothing is left to do but to say this to the one who asked, as mrkdwn. */
  | { readonly answer: string }
  /** What is wrong with what somebody filled in, by the block that it stands in. */
  | { readonly errors: Readonly<Record<string, string>> }
  /** Nothing that anything is done about. */
  | { readonly ignored: string }
  | { readonly refused: 'foreign' | 'malformed'; readonly says: string };

interface Context {
  readonly settings: Pick<SlackSettings, 'team' | 'apiUrl'>;
  /** When Slack sent the form, ISO 8601. */
  readonly at: string;
}

const malformed = (says: string): Reading => ({ refused: 'malformed', says });
const FOREIGN_TEAM: Reading = { refused: 'foreign', says: 'this workspace is not served here' };

const word = z.string().min(1);
const named = z.object({ id: word });
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('expected JSON');
    return z.NEVER;
  }
});

// Slack adds fields to its forms without notice: those that are not known here are left aside.
const SlashCommand = z.object({
  team_id: word,
  user_id: word,
  channel_id: word,
  trigger_id: word,
  response_url: z.url(),
  text: z.string().default(''),
});
const Interaction = z.object({ type: word, team: named.nullish() });
const BlockActions = z.object({ actions: z.array(z.object({ action_id: z.string(), value: z.unknown() })) });
const Pressed = z.object({ user: named, channel: named, container: z.object({ message_ts: word }), trigger_id: word });
const ViewSubmission = z.object({ view: z.object({ callback_id: z.string() }) });
const Submitted = z.object({
  user: named,
  trigger_id: word,
  view: z.object({
    private_metadata: json.pipe(ReasonFor),
    state: z.object({
      values: z.object({ [REASON_FORM.block]: z.object({ [REASON_FORM.input]: z.object({ value: z.string().nullish() }) }) }),
    }),
  }),
});
const ButtonValue = json.pipe(PlanReference);

/** Every action of a person has a trigger of its own, and every delivery of it the same one. */
const idOf = (triggerId: string): string => createHash('sha256').update(triggerId).digest('hex').slice(0, 32);

/** It is checked as a whole, so that whoever does it can rely on it. */
function asTask(task: z.input<typeof ChatTask>): Reading {
  const { data } = ChatTask.safeParse(task);
  return data ? { task: data } : malformed('a field of the form is not in its known form');
}

/** Answers are sent there, so it has to be an address of the very Slack that is called. */
function isOfSlack(responseUrl: string, apiUrl: string): boolean {
  const url = new URL(responseUrl);
  const api = new URL(apiUrl);
  if (url.username || url.password) return false;
  return url.origin === api.origin || (url.protocol === 'https:' && url.host === `hooks.${api.host}`);
}

function readSlashCommand(fields: Readonly<Record<string, string>>, { settings, at }: Context): Reading {
  if (fields.team_id !== settings.team) return FOREIGN_TEAM;
  const { data: form } = SlashCommand.safeParse(fields);
  if (!form) return malformed('the form of the command is not in its known form');
  if (!isOfSlack(form.response_url, settings.apiUrl)) return malformed('the address for answers is none of Slack');
  const read = readWords(form.text);
  if ('answer' in read) return read;
  return asTask({
    kind: 'command',
    id: idOf(form.trigger_id),
    user: form.user_id,
    channel: form.channel_id,
    at,
    words: plainText(form.text),
    command: read.command,
    responseUrl: form.response_url,
  });
}

function readButton(payload: unknown, { at }: Context): Reading {
  const known: readonly string[] = Object.values(ACTIONS);
  const pressed = BlockActions.safeParse(payload).data?.actions.filter(({ action_id }) => known.includes(action_id));
  if (pressed?.length === 0) return { ignored: 'another button' };
  const [action, ...others] = pressed ?? [];
  const { data: form } = Pressed.safeParse(payload);
  const { data: plan } = ButtonValue.safeParse(action?.value);
  if (!action || others.length > 0 || !form || !plan) return malformed('the button is not in its known form');
  const { user, channel, container, trigger_id: triggerId } = form;
  const asked = { id: idOf(triggerId), user: user.id, channel: channel.id, at, message: container.message_ts, ...plan };
  return action.action_id === ACTIONS.reject
    ? asTask({ kind: 'ask-reason', ...asked, triggerId })
    : asTask({ kind: 'decision', ...asked, verdict: 'approve' });
}

/** A reason that is missing or too long is said at its field, while the form is still open. */
function faultOfReason(reason: string): string | undefined {
  if (reason.trim() === '') return 'A rejection needs a reason.';
  return ChangeRequest.shape.reason.safeParse(reason).success ? undefined : `A reason has at most ${LONGEST_REASON} characters.`;
}

function readReasonForm(payload: unknown, { at }: Context): Reading {
  const { data: sent } = ViewSubmission.safeParse(payload);
  if (sent && sent.view.callback_id !== REASON_FORM.callback) return { ignored: 'another form' };
  const { data: form } = Submitted.safeParse(payload);
  if (!form) return malformed('the form for the reason is not in its known form');
  const reason = form.view.state.values[REASON_FORM.block][REASON_FORM.input].value ?? '';
  const fault = faultOfReason(reason);
  if (fault !== undefined) return { errors: { [REASON_FORM.block]: fault } };
  return asTask({
    kind: 'decision',
    id: idOf(form.trigger_id),
    user: form.user.id,
    at,
    ...form.view.private_metadata,
    verdict: 'reject',
    reason,
  });
}

function readInteraction(text: string, context: Context): Reading {
  const { data: payload } = json.safeParse(text);
  const { data: interaction } = Interaction.safeParse(payload);
  if (!interaction) return malformed('the payload is not in its known form');
  if (interaction.team?.id !== context.settings.team) return FOREIGN_TEAM;
  if (interaction.type === 'block_actions') return readButton(payload, context);
  if (interaction.type === 'view_submission') return readReasonForm(payload, context);
  return { ignored: 'another interaction' };
}

/**
 * Reads a form that Slack sent: a slash command, a button that was pressed, or a form that was filled in.
 * @param form - from a request whose signature was checked.
 */
export function readForm(form: URLSearchParams, context: Context): Reading {
  const fields = Object.fromEntries(form);
  if (Object.keys(fields).length < form.size) return malformed('a field of the form is there twice');
  return fields.payload === undefined ? readSlashCommand(fields, context) : readInteraction(fields.payload, context);
}
