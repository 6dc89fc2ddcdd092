/**
 * What Slack accepts as a message or a form, written from its documentation and independently of the code that renders them.
 * Only the kinds that are used here are known; every other kind or property is a problem.
 * @see https://docs.slack.dev/reference/block-kit
 * @see https://docs.slack.dev/reference/views/modal-views
 */
import * as z from 'zod';

const MOST_IN_MESSAGE = 50;
const MOST_IN_VIEW = 100;
/** Slack cuts longer texts off, and advises to stay below a tenth. */
const LONGEST_TEXT = 40_000;
/**
 * Not documented: messages with more than some 12,000 characters of text in all blocks together are refused as `msg_blocks_too_long`, and
 * somebody saw that with 11,341.
 * @see https://github.com/slackapi/bolt-js/issues/2867
 */
const LONGEST_BLOCKS = 11_000;

const upTo = (max: number) => z.string().min(1).max(max);
const plain = (max: number) => z.strictObject({ type: z.literal('plain_text'), text: upTo(max), emoji: z.boolean().optional() });
const mrkdwn = (max: number) => z.strictObject({ type: z.literal('mrkdwn'), text: upTo(max), verbatim: z.boolean().optional() });
const text = (max: number) => z.discriminatedUnion('type', [plain(max), mrkdwn(max)]);
const style = z.enum(['primary', 'danger']).optional();
const blockId = { block_id: upTo(255).optional() };

const Confirmation = z.strictObject({ title: plain(100), text: text(300), confirm: plain(30), deny: plain(30), style });

const Button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: upTo(255).optional(),
  url: z.url().max(3_000).optional(),
  value: upTo(2_000).optional(),
  style,
  confirm: Confirmation.optional(),
  accessibility_label: upTo(75).optional(),
});

const PlainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: upTo(255).optional(),
  initial_value: z.string().optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3_000).optional(),
  max_length: z.int().min(1).max(3_000).optional(),
  focus_on_load: z.boolean().optional(),
  placeholder: plain(150).optional(),
});

const Section = z
  .strictObject({
    type: z.literal('section'),
    ...blockId,
    text: text(3_000).optional(),
    fields: z.array(text(2_000)).min(1).max(10).optional(),
    accessory: Button.optional(),
    expand: z.boolean().optional(),
  })
  .refine((section) => section.text || section.fields, 'needs text or fields');
const Header = z.strictObject({ type: z.literal('header'), ...blockId, text: plain(150) });
const Divider = z.strictObject({ type: z.literal('divider'), ...blockId });
const Context = z.strictObject({ type: z.literal('context'), ...blockId, elements: z.array(text(3_000)).min(1).max(10) });
const Actions = z.strictObject({ type: z.literal('actions'), ...blockId, elements: z.array(Button).min(1).max(25) });
const Input = z.strictObject({
  type: z.literal('input'),
  ...blockId,
  label: plain(2_000),
  element: PlainTextInput,
  hint: plain(2_000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
});

const Message = z.strictObject({
  text: upTo(LONGEST_TEXT),
  blocks: z
    .array(z.discriminatedUnion('type', [Section, Header, Divider, Context, Actions]))
    .max(MOST_IN_MESSAGE)
    .optional(),
});

const View = z.strictObject({
  type: z.literal('modal'),
  title: plain(24),
  blocks: z
    .array(z.discriminatedUnion('type', [Section, Header, Divider, Context, Actions, Input]))
    .min(1)
    .max(MOST_IN_VIEW),
  submit: plain(24).optional(),
  close: plain(24).optional(),
  private_metadata: z.string().max(3_000).optional(),
  callback_id: upTo(255).optional(),
  clear_on_close: z.boolean().optional(),
  notify_on_close: z.boolean().optional(),
  external_id: upTo(255).optional(),
});

type Found = Record<string, unknown>;
const isObject = (value: unknown): value is Found => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Found[] => (Array.isArray(value) ? value.filter(isObject) : []);

const schemaProblems = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`) ?? [];

const repeated = (what: string, ids: unknown[]): string[] =>
  ids.filter((id, index) => id !== undefined && ids.indexOf(id) !== index).map((id) => `${what} ${JSON.stringify(id)} is there twice`);

/** Ids by which Slack says what somebody did: blocks within their message, actions within their block, which is to say everywhere here. */
function repeatedIds(blocks: Found[]): string[] {
  const elements = blocks.flatMap(({ elements: list, element, accessory }) => [...listOf(list), ...listOf([element, accessory])]);
  return [
    ...repeated(
      'block_id',
      blocks.map((block) => block.block_id),
    ),
    ...repeated(
      'action_id',
      elements.map((element) => element.action_id),
    ),
  ];
}

/** A green button is for one of a set. */
const severalPrimary = (blocks: Found[]): string[] =>
  blocks
    .filter(({ elements }) => listOf(elements).filter((element) => element.style === 'primary').length > 1)
    .map(() => 'more than one primary button in a block');

/** Every text that Slack would show, wherever in a block it is. */
const textsIn = (value: unknown): string[] =>
  Object.entries(isObject(value) ? value : Array.isArray(value) ? { ...value } : {}).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : textsIn(inner),
  );

function tooLong(blocks: Found[]): string[] {
  const length = textsIn(blocks).reduce((sum, part) => sum + part.length, 0);
  return length > LONGEST_BLOCKS ? [`blocks: ${length} characters in all`] : [];
}

/** Characters that Slack gives a meaning of its own: what is meant by them is a mention, a link or a date, anything else is a slip. */
const MEANT = /<(?:@[A-Z0-9]+|https?:\/\/[^<>|\s]+(?:\|[^<>|]*)?|!date\^\d+\^[^<>|]+\|[^<>|]+)>|&(?:amp|lt|gt);/g;
/** At the beginning of a line. */
const QUOTE = /^>{1,3} /gm;
function unescaped(value: unknown): string[] {
  if (!isObject(value)) return Array.isArray(value) ? value.flatMap(unescaped) : [];
  const own = value.type === 'mrkdwn' && typeof value.text === 'string' ? value.text.replace(QUOTE, '').replace(MEANT, '') : '';
  return [...(/[<>&]/.test(own) ? [`not escaped: ${JSON.stringify(value.text)}`] : []), ...Object.values(value).flatMap(unescaped)];
}

/** Everything that Slack would refuse, cut or misread in a message; empty for a good one. */
export function problemsOf(message: { text?: unknown; blocks?: unknown }): string[] {
  const blocks = listOf(message.blocks);
  const inText = unescaped({ type: 'mrkdwn', text: message.text });
  return [
    ...schemaProblems(Message, message),
    ...repeatedIds(blocks),
    ...severalPrimary(blocks),
    ...tooLong(blocks),
    ...inText,
    ...unescaped(blocks),
  ];
}

/** Everything that Slack would refuse in a modal view; empty for a good one. */
export function problemsOfView(view: unknown): string[] {
  const blocks = isObject(view) ? listOf(view.blocks) : [];
  const needsSubmit = blocks.some(({ type }) => type === 'input') && !(isObject(view) && view.submit);
  return [
    ...schemaProblems(View, view),
    ...repeatedIds(blocks),
    ...(needsSubmit ? ['submit: required beside an input'] : []),
    ...unescaped(blocks),
  ];
}
