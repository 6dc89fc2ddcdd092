import { describe, expect, it } from 'vitest';
import { problemsOf, problemsOfView } from '../../../../support/slack/block-kit.ts';

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const plain = (text: string) => ({ type: 'plain_text', text });
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) });
const button = (more: object = {}) => ({ type: 'button', text: plain('Approve'), action_id: 'approve', value: '{}', ...more });
const message = (...blocks: object[]) => ({ text: 'something', blocks });
const view = (more: object = {}) => ({ type: 'modal', title: plain('Reject'), submit: plain('Reject'), blocks: [input()], ...more });
const input = () => ({
  type: 'input',
  label: plain('Why?'),
  element: { type: 'plain_text_input', action_id: 'reason', max_length: 1_000 },
});

describe('the check of a message', () => {
  it('finds nothing wrong with what Slack takes', () => {
    const dated = section(
      '<!date^1796090400^{date_short_pretty} {time}|2026>: <@U123>, <https://example.com/?a=1&amp;b|here> &lt;\n> quoted',
    );
    expect(problemsOf(message(dated, { type: 'actions', elements: [button()] }, { type: 'divider' }))).toEqual([]);
    expect(problemsOf({ text: 'no blocks', blocks: [] })).toEqual([]);
  });

  it.each([
    ['no text', { blocks: [section('a')] }],
    ['a text that Slack would cut', { text: 'a'.repeat(40_001) }],
    ['too many blocks', message(...Array.from({ length: 51 }, () => section('a')))],
    ['an unknown kind of block', message({ type: 'carousel' })],
    ['an unknown property', message({ ...section('a'), colour: 'red' })],
    ['an empty section', message({ type: 'section' })],
    ['an empty text', message(section(''))],
    ['a long section', message(section('a'.repeat(3_001)))],
    ['too many fields', message({ type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn('a')) })],
    ['a long field', message({ type: 'section', fields: [mrkdwn('a'.repeat(2_001))] })],
    ['a formatted header', message({ type: 'header', text: mrkdwn('a') })],
    ['a long header', message({ type: 'header', text: plain('a'.repeat(151)) })],
    ['too much context', message({ type: 'context', elements: Array.from({ length: 11 }, () => mrkdwn('a')) })],
    ['no actions', message({ type: 'actions', elements: [] })],
    ['a long name of a button', message({ type: 'actions', elements: [button({ text: plain('a'.repeat(76)) })] })],
    ['a long value', message({ type: 'actions', elements: [button({ value: 'a'.repeat(2_001) })] })],
    ['two buttons of one id', message({ type: 'actions', elements: [button(), button()] })],
    ['two blocks of one id', message({ ...section('a'), block_id: 'b' }, { ...section('a'), block_id: 'b' })],
    [
      'two primary buttons',
      message({ type: 'actions', elements: [button({ style: 'primary' }), button({ style: 'primary', action_id: 'x' })] }),
    ],
    [
      'a dialog without a way back',
      message({ type: 'actions', elements: [button({ confirm: { title: plain('a'), text: mrkdwn('a'), confirm: plain('a') } })] }),
    ],
    ['an input outside of a form', message(input())],
    ['more text in all than Slack takes', message(...Array.from({ length: 5 }, () => section('a'.repeat(2_500))))],
    ['a smuggled mention of all', message(section('<!channel> look'))],
    ['a smuggled link with another scheme', message(section('<javascript:alert(1)|here>'))],
    ['an ampersand that is not escaped', message(section('you & me'))],
    ['a smuggled mention in the text', { text: '<!here>' }],
  ])('finds %s', (_what, faulty) => {
    expect(problemsOf(faulty)).not.toEqual([]);
  });
});

describe('the check of a form', () => {
  it('finds nothing wrong with what Slack takes', () => {
    expect(problemsOfView(view({ private_metadata: '{}', callback_id: 'reason', close: plain('Back') }))).toEqual([]);
  });

  it.each([
    ['a long title', view({ title: plain('a'.repeat(25)) })],
    ['an input without a button to send it', view({ submit: undefined })],
    ['long metadata', view({ private_metadata: 'a'.repeat(3_001) })],
    ['a long callback id', view({ callback_id: 'a'.repeat(256) })],
    ['a text that may be too long', view({ blocks: [{ ...input(), element: { type: 'plain_text_input', max_length: 3_001 } }] })],
    ['no view at all', undefined],
  ])('finds %s', (_what, faulty) => {
    expect(problemsOfView(faulty)).not.toEqual([]);
  });
});
