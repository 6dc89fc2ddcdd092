import { describe, expect, it } from 'vitest';
import { reasonForm } from '../../../../../lambdas/chatops/render/reason-form.ts';
import { REASON_FORM, ReasonFor } from '../../../../../lambdas/contracts/chat-task.ts';
import { problemsOfView } from '../../../../support/slack/block-kit.ts';

const about: ReasonFor = { changeId: 'c'.repeat(80), planHash: 'a'.repeat(128), channel: 'C'.repeat(40), message: '1796090400.000100' };

describe('the form for the reason of a rejection', () => {
  it('is one that Slack takes', () => {
    expect(problemsOfView(reasonForm(about))).toEqual([]);
  });

  it('carries which plan it is about, and asks for the reason under the ids that are read back', () => {
    const form = reasonForm(about);
    expect(ReasonFor.parse(JSON.parse(form.private_metadata ?? ''))).toEqual(about);
    expect(form.callback_id).toBe(REASON_FORM.callback);
    expect(form.blocks.find(({ type }) => type === 'input')).toMatchObject({
      block_id: REASON_FORM.block,
      optional: false,
      element: { type: 'plain_text_input', action_id: REASON_FORM.input, multiline: true, max_length: 1_000 },
    });
  });
});
