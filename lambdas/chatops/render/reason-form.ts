import type { ModalView } from '@slack/types';
import { REASON_FORM, type ReasonFor } from '../../contracts/chat-task.ts';
import { LONGEST_REASON } from '../../contracts/request.ts';
import { isRolloutId } from '../../contracts/rollout.ts';
import { plain, section } from './blocks.ts';
import { code } from './text.ts';

const CONSEQUENCE = {
  change: 'Nothing is written when it is rejected.',
  rollout: 'Nothing else begins when it is rejected; what becomes of what is applied, the rollout itself says.',
};

/** The form that asks why somebody rejects a plan. */
export function reasonForm(about: ReasonFor): ModalView {
  const what = isRolloutId(about.changeId) ? 'rollout' : 'change';
  return {
    type: 'modal',
    callback_id: REASON_FORM.callback,
    private_metadata: JSON.stringify(about),
    title: plain('Reject'),
    submit: plain('Reject'),
    close: plain('Back'),
    blocks: [
      section(`Plan ${code(about.planHash.slice(0, 12))} of ${what} ${code(about.changeId)}. ${CONSEQUENCE[what]}`),
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
        hint: plain(`It is kept in the record of the ${what} and shown in its thread.`),
        optional: false,
      },
    ],
  };
}
