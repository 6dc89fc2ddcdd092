import { describe, expect, it } from 'vitest';
import { type Reading, readForm } from '../../../../lambdas/chatops/payload.ts';
import { ChatTask } from '../../../../lambdas/contracts/chat-task.ts';
import { buttonPressed, MESSAGE, NOW, PLAN, RESPONSE_URL, reasonGiven, SETTINGS, slashCommand } from './slack-requests.ts';

const context = { settings: SETTINGS, at: NOW.toISOString() };
const read = (fields: Record<string, string>, settings = SETTINGS): Reading =>
  readForm(new URLSearchParams(fields), { ...context, settings });
const readPayload = (payload: unknown): Reading => read({ payload: JSON.stringify(payload) });
const taskOf = (reading: Reading): ChatTask => ('task' in reading ? reading.task : expect.fail(`no task but ${JSON.stringify(reading)}`));

const asked = { user: 'U012A3CDE', channel: 'C012AB3CD', at: NOW.toISOString() };
const MALFORMED = { refused: 'malformed', says: expect.any(String) };
const FOREIGN = { refused: 'foreign', says: expect.any(String) };

describe('a slash command', () => {
  it('becomes a task with the words as they were typed', () => {
    expect(taskOf(read(slashCommand('cancel orders-1 —reason “a &lt; b”')))).toEqual({
      kind: 'command',
      id: '2f73a936ca2467635b490f02051007d3',
      ...asked,
      words: 'cancel orders-1 —reason “a < b”',
      command: { verb: 'cancel', changeId: 'orders-1', reason: 'a < b' },
      responseUrl: RESPONSE_URL,
    });
  });

  it('becomes a task with the same id at every delivery, and another one when it is given again', () => {
    const first = taskOf(read(slashCommand('status')));
    expect(taskOf(read(slashCommand('status'))).id).toBe(first.id);
    expect(taskOf(read(slashCommand('status', { trigger_id: '1.2.3' }))).id).not.toBe(first.id);
  });

  it('is answered when its words are wrong, or none', () => {
    expect(read(slashCommand('aply'))).toEqual({ answer: expect.stringContaining('Did you mean apply?') });
    const { text: _text, ...without } = slashCommand('');
    expect(read(without)).toEqual({ answer: expect.stringContaining('Usage: ') });
  });

  it('of another workspace is refused, whatever it says', () => {
    expect(read(slashCommand('help', { team_id: 'T999' }))).toEqual(FOREIGN);
    const { team_id: _team, ...without } = slashCommand('help');
    expect(read(without)).toEqual(FOREIGN);
  });

  it.each(['user_id', 'channel_id', 'trigger_id', 'response_url'])('without %s is refused', (field) => {
    expect(read(slashCommand('status', { [field]: '' }))).toEqual(MALFORMED);
  });

  it('with a user or channel that Slack does not name so is refused', () => {
    expect(read(slashCommand('status', { user_id: 'u<1>' }))).toEqual(MALFORMED);
    expect(read(slashCommand('status', { channel_id: '../C1' }))).toEqual(MALFORMED);
  });

  it('with a field that is there twice is refused', () => {
    const form = new URLSearchParams(slashCommand('status'));
    form.append('team_id', SETTINGS.team);
    expect(readForm(form, context)).toEqual(MALFORMED);
  });

  it.each([
    'https://evil.example/commands/1',
    'http://hooks.slack.com/commands/1',
    'https://hooks.slack.com.evil.example/1',
    'https://hooks.slack.com@evil.example/1',
    'https://anna:secret@hooks.slack.com/1',
    'https://hooks.slack.com:8443/1',
    'https://xhooks.slack.com/1',
    'https://a.hooks.slack.com/1',
    'http://slack.com/api/1',
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
    'hooks.slack.com/1',
  ])('with %s as the address for answers is refused', (address) => {
    expect(read(slashCommand('status', { response_url: address }))).toEqual(MALFORMED);
  });

  it.each([
    ['https://slack-gov.com/api/', 'https://hooks.slack-gov.com/commands/1'],
    ['http://127.0.0.1:4000/api/', 'http://127.0.0.1:4000/answers/1'],
  ])('where Slack is at %s may be answered at %s', (apiUrl, responseUrl) => {
    expect(taskOf(read(slashCommand('status', { response_url: responseUrl }), { ...SETTINGS, apiUrl }))).toMatchObject({ responseUrl });
  });
});

describe('a button', () => {
  it('that approves becomes a decision on the plan that it was shown for', () => {
    expect(taskOf(readPayload(buttonPressed('approve', JSON.stringify(PLAN))))).toEqual({
      kind: 'decision',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...asked,
      message: MESSAGE,
      verdict: 'approve',
      ...PLAN,
    });
  });

  it('that rejects asks for the reason first', () => {
    expect(taskOf(readPayload(buttonPressed('reject', JSON.stringify(PLAN))))).toMatchObject({
      kind: 'ask-reason',
      triggerId: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
      message: MESSAGE,
      ...PLAN,
    });
  });

  it.each([
    'approve',
    '{}',
    'null',
    JSON.stringify({ ...PLAN, planHash: 'not a hash' }),
    JSON.stringify({ ...PLAN, changeId: '../other' }),
    JSON.stringify({ ...PLAN, verdict: 'break-glass' }),
    JSON.stringify([PLAN]),
  ])('with the value %j is refused', (value) => {
    expect(readPayload(buttonPressed('approve', value))).toEqual(MALFORMED);
  });

  it('of ours without its message, its channel or its person is refused', () => {
    for (const missing of ['container', 'channel', 'user', 'trigger_id'])
      expect(readPayload(buttonPressed('approve', JSON.stringify(PLAN), { [missing]: undefined }))).toEqual(MALFORMED);
  });

  it('of ours that comes with another one of ours is refused', () => {
    const actions = ['approve', 'reject'].map((action_id) => ({ action_id, value: JSON.stringify(PLAN) }));
    expect(readPayload(buttonPressed('approve', '', { actions }))).toEqual(MALFORMED);
  });

  it('that is none of ours is ignored', () => {
    expect(readPayload(buttonPressed('open-console', 'x'))).toEqual({ ignored: expect.any(String) });
    expect(readPayload(buttonPressed('__proto__', 'x'))).toEqual({ ignored: expect.any(String) });
  });

  it('in another workspace, or in none, is refused', () => {
    for (const team of [{ id: 'T999' }, null, undefined])
      expect(readPayload(buttonPressed('approve', JSON.stringify(PLAN), { team }))).toEqual(FOREIGN);
  });
});

describe('the form for the reason', () => {
  it('becomes a rejection of the plan that it was opened for, at its message', () => {
    expect(taskOf(readPayload(reasonGiven('  not during the sale ')))).toEqual({
      kind: 'decision',
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...asked,
      message: MESSAGE,
      verdict: 'reject',
      ...PLAN,
      reason: 'not during the sale',
    });
  });

  it.each([null, '', '  \n ', '\u00a0'])('is shown again when the reason is %j', (reason) => {
    expect(readPayload(reasonGiven(reason))).toEqual({ errors: { reason: 'A rejection needs a reason.' } });
  });

  it('is shown again when the reason is too long', () => {
    expect(readPayload(reasonGiven('x'.repeat(1_001)))).toEqual({ errors: { reason: 'A reason has at most 1000 characters.' } });
  });

  it.each([
    { private_metadata: '' },
    { private_metadata: JSON.stringify(PLAN) },
    { private_metadata: JSON.stringify({ ...PLAN, channel: 'C1', message: 'yesterday' }) },
    { state: { values: {} } },
    { state: undefined },
  ])('with %j is refused', (view) => {
    expect(readPayload(reasonGiven('no', { view }))).toEqual(MALFORMED);
  });

  it('that is none of ours is ignored', () => {
    expect(readPayload(reasonGiven('no', { view: { callback_id: 'another' } }))).toEqual({ ignored: expect.any(String) });
  });
});

describe('a payload', () => {
  it.each(['shortcut', 'view_closed', 'message_action', 'something-new'])('of the type %s is ignored', (type) => {
    expect(readPayload(buttonPressed('approve', '', { type }))).toEqual({ ignored: expect.any(String) });
  });

  it.each(['', 'not json', '[]', '7', '{"type":', '{}', '{"type":"block_actions","team":"T012AB3C4"}'])(
    'such as %j is refused',
    (payload) => {
      expect(read({ payload })).toEqual(MALFORMED);
    },
  );

  it('makes tasks that the worker reads', () => {
    for (const payload of [
      buttonPressed('approve', JSON.stringify(PLAN)),
      buttonPressed('reject', JSON.stringify(PLAN)),
      reasonGiven('no'),
    ]) {
      const task = taskOf(readPayload(payload));
      expect(ChatTask.parse(JSON.parse(JSON.stringify(task)))).toEqual(task);
    }
  });
});
