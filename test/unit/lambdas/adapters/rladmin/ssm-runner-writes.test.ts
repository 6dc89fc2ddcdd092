import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../../../lambdas/adapters/rladmin/commands.ts';
import { ended, fakeSsm, NODE_A, NODE_B, online, RUN_ID, RUNNING, sdkError, section, status } from './ssm-fake.ts';

const TUNE = commands.tuneSyncer('db:7', 'distributed');
const TUNED = ended(`${section(TUNE.join(' '), 'Finished successfully\n')}SYNCSHIFT done\n`);
const write = (ssm: ReturnType<typeof fakeSsm>, limitSeconds = 600) => ssm.runner().write(TUNE, { limitSeconds, runId: RUN_ID });

describe('a write over Run Command', () => {
  it('is one command for one node, under its run id', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [RUNNING, RUNNING, TUNED] } });
    expect(await write(ssm)).toEqual({ ended: 'exited', exitCode: 0, stdout: 'Finished successfully\n', stderr: '' });
    expect(ssm.sent).toEqual([
      {
        DocumentName: 'syncshift-lab',
        InstanceIds: [NODE_A],
        Parameters: { actions: ['tune-syncer'], database: ['db:7'], mode: ['distributed'] },
        Comment: RUN_ID,
        TimeoutSeconds: 60,
      },
    ]);
    expect(ssm.cancelled()).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(101)])('is not sent under the run id %j', async (runId) => {
    const ssm = fakeSsm();
    await expect(ssm.runner().write(TUNE, { limitSeconds: 60, runId })).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(ssm.sendings()).toBe(0);
  });

  it.each([[['flush', 'db', 'db:7']], [['status']]])('is never %j', async (command) => {
    const ssm = fakeSsm();
    await expect(ssm.runner().write(command, { limitSeconds: 60, runId: RUN_ID })).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(ssm.sendings()).toBe(0);
  });

  it('A01: that a node was never given goes to another node', async () => {
    const ssm = fakeSsm({ onSend: (_, attempt) => (attempt === 1 ? sdkError('InvalidInstanceId') : undefined) });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
    expect(ssm.nodesSentTo()).toEqual([NODE_B]);
  });

  it('A01: was not started when every node turns it down', async () => {
    const ssm = fakeSsm({ onSend: () => sdkError('InvalidInstanceId', 'not in a valid state') });
    expect(await write(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining('not in a valid state') });
  });

  it('was not started when no node is online', async () => {
    expect(await write(fakeSsm({ nodes: [] }))).toMatchObject({
      ended: 'not-started',
      stderr: expect.stringContaining('no Linux node online'),
    });
  });

  it.each([
    ['AccessDeniedException', 'AccessDeniedException: told so'],
    ['InvalidDocument', 'InvalidDocument: told so'],
    ['InvalidParameters', 'InvalidParameters: told so'],
    ['CredentialsProviderError', 'no AWS credentials were found; sign in, or set AWS_PROFILE'],
  ])('A02: was not started because of %s', async (name, said) => {
    const ssm = fakeSsm({ onSend: () => sdkError(name, 'told so') });
    expect(await write(ssm)).toMatchObject({
      ended: 'not-started',
      stderr: `document syncshift-lab cannot be sent to cluster lab: ${said}`,
    });
    expect(ssm.sendings()).toBe(1);
  });

  it.each(['ThrottlingException', 'RequestLimitExceeded'])(
    'A03: is sent again after %s, and was not started after two minutes of it',
    async (name) => {
      const passing = fakeSsm({ onSend: (_, attempt) => (attempt < 5 ? sdkError(name) : undefined) });
      expect(await write(passing)).toMatchObject({ ended: 'exited' });
      const lasting = fakeSsm({ onSend: () => sdkError(name) });
      expect(await write(lasting)).toMatchObject({ ended: 'not-started' });
      expect(lasting.seconds()).toBeCloseTo(120);
      expect(lasting.sendings()).toBeLessThan(20);
    },
  );

  it.each([
    ['a timeout', sdkError('TimeoutError')],
    ['a server error', sdkError('InternalServerError', 'oh', 500)],
    ['a lost connection', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['an answer that says nothing', sdkError('SyntaxError', 'Unexpected token')],
  ])('A07: that ends in %s is never sent again, and found by its run id', async (_what, error) => {
    const ssm = fakeSsm({
      onSend: () => error,
      looks: { [NODE_A]: [TUNED] },
      onList: (_, attempt) => ({
        invocations:
          attempt < 3
            ? [{ CommandId: 'foreign', InstanceId: NODE_A, Comment: `${RUN_ID}0` }]
            : [{ CommandId: 'command-9', InstanceId: NODE_A, Comment: RUN_ID }],
      }),
    });
    expect(await write(ssm)).toMatchObject({ ended: 'exited', stdout: 'Finished successfully\n' });
    expect(ssm.sendings()).toBe(1);
  });

  it('A07: that got no answer and is not listed within a minute is unknown', async () => {
    const ssm = fakeSsm({ onSend: () => sdkError('TimeoutError', 'late') });
    expect(await write(ssm)).toEqual({
      ended: 'killed',
      exitCode: null,
      stdout: '',
      stderr: `it is not known whether ${RUN_ID} was sent: SendCommand gave no answer (TimeoutError: late), and nothing is listed after 60 s`,
    });
    expect([ssm.sendings(), ssm.seconds()]).toEqual([1, 60]);
  });

  it('A07: is looked for on every page, on its node only', async () => {
    const inputs: Record<string, unknown>[] = [];
    const ssm = fakeSsm({
      onSend: () => sdkError('TimeoutError'),
      looks: { [NODE_A]: [TUNED] },
      onList: (input) => {
        inputs.push(input);
        const mine = { CommandId: 'command-9', InstanceId: NODE_A, Comment: RUN_ID };
        return input.NextToken ? { invocations: [mine] } : { invocations: [], next: 'more' };
      },
    });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
    expect(inputs).toMatchObject([{ InstanceId: NODE_A }, { InstanceId: NODE_A, NextToken: 'more' }]);
  });

  it('A04: is waited for through throttled looks, in longer and longer intervals', async () => {
    const looks = [...Array.from({ length: 12 }, () => sdkError('ThrottlingException')), TUNED];
    const ssm = fakeSsm({ looks: { [NODE_A]: looks } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
    const pauses = ssm.lookTimes.map((seconds, index) => seconds - (ssm.lookTimes[index - 1] ?? 0));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(15);
    expect(ssm.sendings()).toBe(1);
  });

  it('A05: stays unknown to Systems Manager: its limit ends that, it is called back and never sent again', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [sdkError('InvocationDoesNotExist')] } });
    expect(await write(ssm, 120)).toMatchObject({ ended: 'timed-out' });
    expect([ssm.sendings(), ssm.cancelled()]).toEqual([1, ['command-1']]);
  });

  it('A06: is waited for while the list knows it and the single answer does not', async () => {
    const unknown = Array.from({ length: 12 }, () => sdkError('InvocationDoesNotExist'));
    const ssm = fakeSsm({
      looks: { [NODE_A]: [...unknown, TUNED] },
      onList: (_, attempt) => ({ invocations: attempt === 1 ? [] : [{ CommandId: 'command-1', Status: 'InProgress' }] }),
    });
    expect(await write(ssm)).toMatchObject({ ended: 'exited', stdout: 'Finished successfully\n' });
  });

  it('A05: that the list calls undeliverable was never delivered', async () => {
    const ssm = fakeSsm({
      looks: { [NODE_A]: [sdkError('InvocationDoesNotExist')] },
      onList: () => ({ invocations: [{ CommandId: 'command-1', Status: 'Failed', StatusDetails: 'Undeliverable' }] }),
    });
    expect(await write(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining('never delivered') });
  });

  it('A08: that runs beyond its limit goes on: it is not called back', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Pending', 'Pending'), RUNNING] } });
    expect(await write(ssm, 90)).toEqual({
      ended: 'timed-out',
      exitCode: null,
      stdout: '',
      stderr: 'SSM command command-1 on i-0000000a: InProgress after 90 s',
      stillRuns: true,
    });
    expect([ssm.cancelled(), ssm.seconds()]).toEqual([[], 90]);
  });

  it('A08: that nothing was learnt about is not called back either', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [sdkError('TimeoutError')] } });
    expect(await write(ssm, 90)).toMatchObject({ ended: 'timed-out' });
    expect(ssm.cancelled()).toEqual([]);
  });

  it('A08: that has not begun at its limit is called back, and still unknown', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Pending', 'Pending')] } });
    expect(await write(ssm, 90)).toMatchObject({ ended: 'timed-out' });
    expect(ssm.cancelled()).toEqual(['command-1']);
  });

  it('A09: that is delayed is called back once, and unknown', async () => {
    const looks = [
      status('Delayed', 'Delayed'),
      status('Cancelling', 'Cancelling'),
      status('Delayed', 'Delayed'),
      status('Cancelled', 'Cancelled'),
    ];
    const ssm = fakeSsm({ looks: { [NODE_A]: looks } });
    expect(await write(ssm)).toMatchObject({ ended: 'killed', stderr: expect.stringContaining('called back because it was delayed') });
    expect([ssm.cancelled(), ssm.sendings()]).toEqual([['command-1'], 1]);
  });

  it('A15: that does not end after it was called back is unknown after a minute', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Delayed', 'Delayed'), status('Cancelling', 'Cancelling')] } });
    expect(await write(ssm)).toMatchObject({ ended: 'killed' });
    expect(ssm.seconds()).toBeLessThan(65);
  });

  it('A15: that ran before it could be called back has its own answer', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('Delayed', 'Delayed'), TUNED] } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited', exitCode: 0 });
  });

  it.each([
    ['A10', 'Delivery Timed Out', 'TimedOut'],
    ['A10', 'deliverytimedout', 'TimedOut'],
    ['A11', 'Undeliverable', 'Failed'],
  ] as const)('%s: with %s was never delivered', async (_id, details, plain) => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status(details, plain)] } });
    expect(await write(ssm)).toMatchObject({ ended: 'not-started', stderr: expect.stringContaining('never delivered') });
    expect(ssm.sendings()).toBe(1);
  });

  it.each([
    ['A13: Execution Timed Out', status('Execution Timed Out', 'TimedOut'), 'timed-out'],
    ['A14: Cancelled', status('Cancelled', 'Cancelled'), 'killed'],
    ['A23: TimedOut without details', status('', 'TimedOut'), 'killed'],
    ['A10: undeliverable although it printed something', status('Undeliverable', 'Failed', { StandardOutputContent: 'x' }), 'killed'],
    ['A16: Terminated before it ran', status('Terminated', 'Failed'), 'not-started'],
    ['A16: Terminated after it began', status('Terminated', 'Failed', { ResponseCode: 0 }), 'killed'],
    ['A20: success without marks', ended('x'), 'cut'],
  ] as const)('%s is %s', async (_what, look, expected) => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [look] } });
    expect(await write(ssm)).toMatchObject({ ended: expected, exitCode: null });
    expect(ssm.sendings()).toBe(1);
  });

  it('A19: that has not run yet is waited for', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status('InProgress'), status('InProgress'), TUNED] } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
  });

  it.each(['Surprise', 'toString'])('in the status %s, which nobody knows, is waited for', async (details) => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [status(details), TUNED] } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
  });

  it('A27: is waited for while credentials are renewed', async () => {
    const looks = [RUNNING, ...Array.from({ length: 20 }, () => sdkError('ExpiredTokenException')), TUNED];
    const ssm = fakeSsm({ looks: { [NODE_A]: looks } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
    expect(ssm.sendings()).toBe(1);
  });

  it('A27: is unknown after five minutes without credentials', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [RUNNING, sdkError('ExpiredTokenException', 'expired')] } });
    expect(await write(ssm)).toMatchObject({
      ended: 'killed',
      stderr: expect.stringContaining('its answer cannot be read: ExpiredTokenException'),
    });
    expect(ssm.seconds()).toBeGreaterThanOrEqual(300);
    expect(ssm.cancelled()).toEqual([]);
  });

  it('A26: is waited for through errors that say nothing about it', async () => {
    const ssm = fakeSsm({ looks: { [NODE_A]: [sdkError('InternalServerError', 'oh', 500), sdkError('TimeoutError'), TUNED] } });
    expect(await write(ssm)).toMatchObject({ ended: 'exited' });
  });
});

describe('an earlier write', () => {
  const recall = (ssm: ReturnType<typeof fakeSsm>) => ssm.runner().recall({ limitSeconds: 300, runId: RUN_ID });
  const mine = (CommandId: string, InstanceId = NODE_B) => ({ CommandId, InstanceId, Comment: RUN_ID });

  it('is found by its run id, and its answer is told', async () => {
    const ssm = fakeSsm({
      looks: { [NODE_B]: [RUNNING, TUNED] },
      onList: () => ({ invocations: [{ ...mine('other'), Comment: 'syncshift read' }, mine('command-5')] }),
    });
    expect(await recall(ssm)).toEqual({ ended: 'exited', exitCode: 0, stdout: 'Finished successfully\n', stderr: '' });
    expect(ssm.sendings()).toBe(0);
  });

  it('is found when its comment goes on', async () => {
    const ssm = fakeSsm({
      looks: { [NODE_B]: [TUNED] },
      onList: () => ({ invocations: [{ ...mine('command-5'), Comment: `${RUN_ID} again` }] }),
    });
    expect(await recall(ssm)).toMatchObject({ ended: 'exited' });
  });

  it.each([
    ['nothing is listed', () => ({ invocations: [] })],
    ['the list cannot be read', () => sdkError('AccessDeniedException', '', 400)],
    ['the list is throttled', () => sdkError('ThrottlingException')],
  ])('cannot be known when %s', async (_when, onList) => {
    const ssm = fakeSsm({ onList });
    expect(await recall(ssm)).toBeUndefined();
    expect(ssm.seconds()).toBeCloseTo(20);
  });

  it('is looked for in a history without end for as long as that may take', async () => {
    const pages = { until: Number.POSITIVE_INFINITY };
    const ssm = fakeSsm({
      looks: { [NODE_B]: [TUNED] },
      onList: (_, page) => {
        ssm.pass(1);
        return { invocations: page === pages.until ? [mine('command-5')] : [], next: 'more' };
      },
    });
    expect(await recall(ssm)).toBeUndefined();
    expect(ssm.seconds()).toBeLessThan(25);
    pages.until = 25;
    expect(await recall(ssm)).toMatchObject({ ended: 'exited' });
  });

  it('that was sent twice is unknown, once both have ended', async () => {
    const ssm = fakeSsm({
      nodes: online(NODE_A, NODE_B),
      looks: { [NODE_A]: [TUNED], [NODE_B]: [RUNNING, RUNNING, RUNNING, TUNED] },
      onList: () => ({ invocations: [mine('command-5', NODE_A), mine('command-6')] }),
    });
    expect(await recall(ssm)).toMatchObject({
      ended: 'killed',
      stderr: `2 commands were sent under ${RUN_ID}, where one was meant: command-5 on i-0000000a, command-6 on i-0000000b`,
    });
    expect(ssm.lookTimes).toHaveLength(5);
  });
});

describe('whatever Systems Manager does', () => {
  const UNCLEAR = ['TimeoutError', 'InternalServerError'];
  const TURNED_DOWN = ['ThrottlingException', 'InvalidInstanceId', 'AccessDeniedException'];
  const error = (...names: string[]) => fc.constantFrom(...names).map((name) => sdkError(name));
  const sending = fc.oneof(error(...UNCLEAR, ...TURNED_DOWN, ...TURNED_DOWN), fc.constant(undefined));
  const look = fc.oneof(
    error('ThrottlingException', 'InvocationDoesNotExist', 'ExpiredTokenException', 'TimeoutError', 'AccessDeniedException'),
    fc.constantFrom(RUNNING, RUNNING, TUNED, ended(''), ended('SYNCSHIFT'), ended(section('status', ''))),
    fc
      .constantFrom(
        'Pending',
        'Delayed',
        'Cancelling',
        'Cancelled',
        'Undeliverable',
        'Delivery Timed Out',
        'Execution Timed Out',
        'Terminated',
      )
      .map((details) => status(details)),
  );
  const listing = fc.oneof(
    error('ThrottlingException', 'AccessDeniedException', 'TimeoutError'),
    fc.constantFrom(0, 0, 1, 2).map((count) => ({
      invocations: Array.from({ length: count }, (_, index) => ({
        CommandId: `command-${index + 8}`,
        InstanceId: NODE_A,
        Comment: RUN_ID,
      })),
    })),
  );
  const world = fc.record({
    sendings: fc.array(sending, { minLength: 1, maxLength: 6 }),
    looks: fc.array(look, { minLength: 1, maxLength: 12 }),
    lists: fc.array(listing, { minLength: 1, maxLength: 6 }),
    limitSeconds: fc.constantFrom(60, 90, 600),
  });
  const at = <T>(values: readonly T[], count: number): T => values[Math.min(count, values.length) - 1] as T;

  it('a write is sent once at most, answers in time, and is called not started only when it was not', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ sendings, looks, lists, limitSeconds }) => {
        const answers: (Error | undefined)[] = [];
        const ssm = fakeSsm({
          onSend: (_, attempt) => {
            answers.push(at(sendings, attempt));
            return at(sendings, attempt);
          },
          looks: { [NODE_A]: looks, [NODE_B]: looks },
          onList: (_, attempt) => at(lists, attempt),
        });
        const result = await write(ssm, limitSeconds);
        const mayHaveRun = answers.filter((answer) => answer === undefined || UNCLEAR.includes(answer.name));
        expect(mayHaveRun.length).toBeLessThanOrEqual(1);
        expect(ssm.seconds()).toBeLessThanOrEqual(limitSeconds + 60);
        if (result.ended === 'not-started' && mayHaveRun.length > 0)
          expect(result.stderr).toMatch(/Undeliverable|Delivery Timed Out|Terminated/);
        if (result.ended === 'exited') expect(looks).toContain(TUNED);
      }),
      { numRuns: 400 },
    );
  });
});
