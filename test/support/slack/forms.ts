/** What is in messages and views to press and to fill in. */
import { type Message, saidIn } from './channels.ts';
import type { Button } from './payloads.ts';
import type { OpenView } from './state.ts';

type Fields = Readonly<Record<string, unknown>>;
const fieldsIn = (value: unknown): Fields[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is Fields => typeof one === 'object' && one !== null);

/** The buttons that a message has now. */
export const buttonsIn = (message: Message): Button[] =>
  saidIn(message).blocks.flatMap((block) =>
    fieldsIn([...fieldsIn(block.elements), block.accessory])
      .filter(({ type }) => type === 'button')
      .map(({ confirm: _confirm, accessibility_label: _label, ...fields }) => ({ block: String(block.block_id), fields })),
  );

function checkLength(block: string, text: string, { min_length: min = 0, max_length: max = 3_000 }: Fields): void {
  if (text.length < Number(min) || text.length > Number(max))
    throw new Error(`the form does not take ${text.length} characters in ${block}`);
}

/**
 * What a form sends when it is submitted.
 * @param entered - by the id of the block.
 * @throws Error for what the form would not let anybody enter or submit.
 */
export function valuesOf({ fields }: OpenView, entered: Readonly<Record<string, string>>): Record<string, object> {
  const inputs = fieldsIn(fields.blocks).filter(({ type }) => type === 'input');
  const unknown = Object.keys(entered).filter((id) => !inputs.some(({ block_id }) => block_id === id));
  if (unknown.length > 0) throw new Error(`the form has no ${unknown.join(', ')}`);
  return Object.fromEntries(
    inputs.map(({ block_id, element, optional }) => {
      const [input = {}] = fieldsIn(element);
      const id = String(block_id);
      const text = entered[id] ?? '';
      if (text === '' && optional !== true) throw new Error(`the form is not submitted without ${id}`);
      if (text !== '') checkLength(id, text, input);
      return [id, { [String(input.action_id)]: { type: input.type, value: text === '' ? null : text } }];
    }),
  );
}
