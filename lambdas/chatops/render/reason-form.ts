import type { ModalView } from '@slack/types';
import { REASON_FORM, type ReasonFor } from '../../contracts/chat-task.ts';
import { LONGEST_REASON } from '../../contracts/request.ts';
import { plain, section } from './blocks.ts';
import { code } from './text.ts';

/** The form that asks why somebody rejects a plan. */
export function reasonForm(about: ReasonFor): ModalView {
  return {
    type: 'modal',
    callback_id: REASON_FORM.callback,
    private_metadata: JSON.stringify(about),
    title: plain('Reject'),
    submit: plain('Reject'),
    close: plain('Back'),
    blocks: [
      section(`Plan ${code(about.planHash.slice(0, 12))} of change ${code(about.changeId)}. Nothing is written when it is rejected.`),
      {
        type: 'input',
        block_id: REASON_FORM.block,
        label: plain('Why?'),
        element: {
          type: 'plain_text_input',
          action_id: REASON_FORM.input,
          multiline: true,
          max_length: LONGEST_REASON,
          focus_on_load: true,
        },
        hint: plain('It is kept in the record of the change and shown in its thread.'),
        optional: false,
      },
    ],
  };
}
