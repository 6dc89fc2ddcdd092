import { describe, expect, it } from 'vitest';
import type { ApprovalRules } from '../../../../lambdas/contracts/configuration.ts';
import type { Control, RolloutRecord, RolloutTarget } from '../../../../lambdas/contracts/rollout.ts';
import { askRollout } from '../../../../lambdas/gates/ask-rollout.ts';
import { decideRollout, openGateOf, type RolloutDecisionAsk } from '../../../../lambdas/gates/decide-rollout.ts';
import { endRollout } from '../../../../lambdas/rollout/end-rollout.ts';
import { ask, gate, HASH, plan, ROLLOUT, record, target } from '../domain/rollout/sights.ts';
import { Desk, PLACE } from '../rollout/desk.ts';

const RULES: Record<string, Partial<ApprovalRules>> = {
  eu: { approvers: ['alice', 'bob', 'carol'], breakGlass: ['erin', 'frank'] },
  us: { approvers: ['alice', 'bob', 'carol', 'dave'], breakGlass: ['erin'] },
};
const asking = record({ plan: plan({ approve: ['each-wave'], clusters: ['eu', 'us'] }) });

/** A rollout on two clusters that waits for an approval before its first wave. */
async function asked(approvals = 2): Promise<Desk> {
  const desk = new Desk();
  await desk.put(asking, [target(1), target(2, 'waiting', { wave: 2, cluster: 'us' })]);
  await desk.rollouts.saveGate(ROLLOUT, 1, gate('waiting', { approvals, target: { cluster: 'eu, us' } }));
  await desk.rollouts.keepToken(ROLLOUT, 'token');
  return desk;
}
function decide(desk: Desk, who: string, decision: Partial<RolloutDecisionAsk> = {}, rules = RULES) {
  const { gates, ...ports } = desk.ports;
  const rulesOf = (name: string): ApprovalRules => ({
    required: true,
    approvals: 1,
    requesterMayApprove: false,
    breakGlass: [],
    ...rules[name],
  });
  const identity = { id: who, via: 'machine' } as const;
  return decideRollout(
    { ...ports, gates: { ...gates, rulesOf } },
    { rolloutId: ROLLOUT, identity, verdict: 'approve', planHash: HASH, ...decision },
  );
}
const standing = (desk: Desk, wave = 1) => desk.rollouts.gate(ROLLOUT, wave);
const refused = (says: string) => ({ accepted: false, says });

describe('approving a rollout', () => {
  it('takes as many people as it asks for, and wakes it then', async () => {
    const desk = await asked();
    expect(await decide(desk, 'bob')).toEqual({
      accepted: true,
      says: `rollout ${ROLLOUT}, wave 1, plan aaaaaaaaaaaa: approved by bob; 1 more person has to approve`,
    });
    expect([(await standing(desk))?.status, desk.woken]).toEqual(['waiting', []]);
    expect(await decide(desk, 'carol')).toMatchObject({ accepted: true });
    expect([(await standing(desk))?.status, desk.woken]).toEqual(['approved', ['token']]);
  });

  it.each([
    ['its requester', 'Alice', {}, 'Alice asked for it and may not approve it'],
    ['an approver of one of its clusters only', 'dave', {}, 'dave is not among the approvers of cluster eu, us'],
    ['a stranger', 'mallory', {}, 'mallory is not among the approvers of cluster eu, us'],
    [
      'somebody who saw another plan',
      'bob',
      { planHash: 'c'.repeat(64) },
      'it is for plan cccccccccccc, and the plan is aaaaaaaaaaaa now: look at it again',
    ],
    ['somebody who rejects without a reason', 'bob', { verdict: 'reject' }, 'a rejection needs a reason'],
    [
      'somebody who may break the glass for one cluster only',
      'frank',
      { verdict: 'break-glass', reason: 'fire' },
      'frank is not among those who may let a change of cluster eu, us through alone',
    ],
    ['somebody who was asked about another wave', 'bob', { wave: 2 }, `rollout ${ROLLOUT} does not wait for an approval`],
  ] as [string, string, Partial<RolloutDecisionAsk>, string][])('does not count from %s', async (_who, who, decision, says) => {
    const desk = await asked();
    expect(await decide(desk, who, decision)).toEqual(refused(says));
    expect(await standing(desk)).toMatchObject({ decisions: [], status: 'waiting' });
  });

  it('counts once from one person, under whatever account and letters', async () => {
    const desk = await asked();
    desk.gates = { people: { bob: ['bob', 'arn:bob'] } };
    await decide(desk, 'bob');
    expect(await decide(desk, 'ARN:bob')).toMatchObject({ accepted: false, says: expect.stringContaining('it counts once') });
    expect((await standing(desk))?.decisions.length).toBe(1);
  });

  it('does not count after the time for it, after a rejection, and after the end', async () => {
    const late = await asked();
    late.clock.advance(3_600);
    expect(await decide(late, 'bob')).toEqual(refused('the request expired at 2026-12-01T03:00:00.000Z'));
    const rejected = await asked();
    await decide(rejected, 'bob', { verdict: 'reject', reason: 'no' });
    expect(await decide(rejected, 'carol')).toMatchObject({ accepted: false, says: expect.stringContaining('rejected already, by bob') });
    expect((await standing(rejected))?.status).toBe('rejected');
    const ended = await asked();
    await endRollout({ ...PLACE, outcome: 'undone', says: 'aborted' }, ended.ports);
    expect(await decide(ended, 'bob')).toEqual(refused('it has ended'));
  });

  it('lets one wave through, and says nothing about the next', async () => {
    const desk = await asked(1);
    await decide(desk, 'bob');
    const begun = await desk.record();
    await desk.rollouts.save({ ...begun, wave: 1, revision: begun.revision + 1 });
    await desk.rollouts.saveTarget(ROLLOUT, target(1, 'applied'), 0);
    await desk.rollouts.saveGate(ROLLOUT, 2, gate('waiting', { wave: 2 }));
    expect(await openGateOf(await desk.record(), desk.rollouts)).toMatchObject({ request: { wave: 2 } });
    // Pressed again at the first question, by somebody else: the plan is the same.
    expect(await decide(desk, 'carol', { wave: 1 })).toMatchObject({ accepted: false });
    expect((await standing(desk, 2))?.decisions).toEqual([]);
  });

  it('delivered twice is counted once, told once, and wakes the workflow that may not have heard of it', async () => {
    const desk = await asked(1);
    const first = await decide(desk, 'bob', { ask: 'press-1', wave: 1 });
    expect(await decide(desk, 'bob', { ask: 'press-1', wave: 1 })).toEqual(first);
    expect([(await standing(desk))?.decisions.length, await desk.story(), desk.woken]).toEqual([1, ['decision'], ['token', 'token']]);
  });

  it('that does not count is told once, however often it is delivered', async () => {
    const desk = await asked();
    await decide(desk, 'dave', { ask: 'press-1' });
    await decide(desk, 'dave', { ask: 'press-1' });
    expect(await desk.rollouts.events(ROLLOUT)).toMatchObject([{ type: 'decision', by: 'dave', refused: expect.any(String) }]);
  });

  it('of two at the same moment loses neither', async () => {
    const desk = await asked();
    await Promise.all([decide(desk, 'bob'), decide(desk, 'carol')]);
    expect(await standing(desk)).toMatchObject({ status: 'approved', decisions: [{ by: 'bob' }, { by: 'carol' }] });
  });

  it('alone is for those who may for each of its clusters', async () => {
    const desk = await asked(10);
    expect(await decide(desk, 'erin', { verdict: 'break-glass', reason: 'fire' })).toMatchObject({ accepted: true });
    expect((await standing(desk))?.status).toBe('approved');
  });

  it('is refused where nobody is asked', async () => {
    expect(await decide(new Desk(), 'bob')).toEqual(refused(`no rollout ${ROLLOUT} is on record`));
    const desk = new Desk();
    await desk.put(record(), [target(1)]);
    expect(await decide(desk, 'bob')).toEqual(refused(`rollout ${ROLLOUT} does not wait for an approval`));
  });
});

interface At {
  readonly record?: Partial<RolloutRecord>;
  readonly targets?: readonly RolloutTarget[];
  /** Its execution, or its process, is there. */
  readonly alive?: boolean;
}
const LEFT = [target(1, 'applied'), target(2)];

/** Somebody asks a rollout for something. */
async function control(
  wanted: Control,
  { record: settings = {}, targets = LEFT, alive = true }: At = {},
  prepare?: (desk: Desk) => unknown,
) {
  const desk = new Desk();
  await desk.put(record({ wave: 1, ...settings }), targets);
  await desk.rollouts.keepToken(ROLLOUT, 'token');
  await prepare?.(desk);
  const started: number[] = [];
  const starter = { isRunning: async () => alive, start: async ({ run }: { run: number }) => void started.push(run) };
  const answer = await askRollout(
    { ...desk.ports, starter },
    { rolloutId: ROLLOUT, control: wanted, identity: { id: 'olga', via: 'machine' } },
  );
  return { answer, desk, started, asked: (await desk.rollouts.asked(ROLLOUT))?.control };
}
const STOP = { cause: 'failures', says: 'too many', at: record().startedAt, wave: 1, action: 'stop' } as const;

describe('asking a rollout', () => {
  const RUNNING: At = {};
  const STOPPED: At = { record: { stop: STOP } };
  const BACK: At = { record: { stop: STOP }, targets: [target(1, 'undoing')] };
  const DEAD: At = { alive: false };
  const PAUSED: At = { record: { status: 'paused' }, alive: false };
  const ENDED: At = { record: { status: 'ended', outcome: 'incomplete', stop: STOP }, alive: false };
  const COMPLETED: At = { record: { status: 'ended', outcome: 'completed' }, targets: [target(1, 'applied')], alive: false };

  const wakes = ['token'];
  it.each([
    ['pause', 'running', RUNNING],
    ['abort', 'running', RUNNING],
    ['undo-wave', 'running', RUNNING],
    ['undo-all', 'running', RUNNING],
    ['resume', 'running and stopped', STOPPED],
    ['abort', 'going back', BACK],
  ] as [Control, string, At][])('for %s while it is %s wakes it', async (wanted, _status, at) => {
    const { answer, desk, started, asked: noted } = await control(wanted, at);
    expect([answer.accepted, noted, desk.woken, started, await desk.story()]).toEqual([true, wanted, wakes, [], ['asked']]);
  });

  it.each([
    ['pause', 'dead', DEAD],
    ['resume', 'dead', DEAD],
    ['abort', 'dead', DEAD],
    ['undo-all', 'dead', DEAD],
    ['resume', 'paused', PAUSED],
    ['abort', 'paused', PAUSED],
    ['undo-wave', 'paused', PAUSED],
    ['undo-all', 'paused', PAUSED],
    ['resume', 'paused while it goes back', { ...BACK, record: { stop: STOP, status: 'paused' }, alive: false }],
    ['resume', 'ended with something left', ENDED],
    ['undo-wave', 'ended', ENDED],
    ['undo-all', 'completed', COMPLETED],
  ] as [Control, string, At][])('for %s while it is %s begins its next run', async (wanted, _status, at) => {
    const { answer, desk, started, asked: noted } = await control(wanted, at);
    expect([answer.accepted, noted, desk.woken, started]).toEqual([true, wanted, [], [1]]);
  });

  it.each([
    ['resume', 'running', RUNNING],
    ['resume', 'going back', BACK],
    ['pause', 'paused', PAUSED],
    ['pause', 'ended', ENDED],
    ['abort', 'ended', ENDED],
    ['resume', 'completed', COMPLETED],
  ] as [Control, string, At][])('for %s while it is %s is refused, and leaves no trace', async (wanted, _status, at) => {
    const { answer, desk, started, asked: noted } = await control(wanted, at);
    expect([answer.accepted, noted, desk.woken, started, await desk.story()]).toEqual([false, undefined, [], [], []]);
  });

  it('that is not on record is refused', async () => {
    const starter = { isRunning: async () => true, start: async () => {} };
    const wanted = { rolloutId: ROLLOUT, control: 'pause', identity: { id: 'olga', via: 'machine' } } as const;
    expect(await askRollout({ ...new Desk().ports, starter }, wanted)).toEqual(refused(`no rollout ${ROLLOUT} is on record`));
  });

  it.each(['pause', 'resume'] as const)('for %s never takes the place of what would end it', async (wanted) => {
    const pending = (desk: Desk) => desk.rollouts.ask(ROLLOUT, { ...ask('abort'), by: 'paul' });
    const { answer, asked: noted } = await control(wanted, { record: { stop: STOP } }, pending);
    expect([answer, noted]).toEqual([refused(`paul has asked rollout ${ROLLOUT} for abort, and that comes first`), 'abort']);
  });

  it('that ended as somebody wanted it to is not kept by that from going on', async () => {
    const { answer, asked: noted } = await control('resume', ENDED, (desk) => desk.rollouts.ask(ROLLOUT, ask('abort')));
    expect([answer.accepted, noted]).toEqual([true, 'resume']);
  });

  it('for more than a pause takes the place of one', async () => {
    expect((await control('abort', {}, (desk) => desk.rollouts.ask(ROLLOUT, ask('pause')))).asked).toBe('abort');
  });

  it.each(['abort', 'undo-wave', 'undo-all'] as const)(
    'for %s cancels the changes under way, and none that sends a target back',
    async (wanted) => {
      const targets = [target(1, 'running'), target(2, 'undoing', { undo: 1 }), target(3)];
      const { desk } = await control(wanted, { targets }, async (made) => {
        await made.begin(1);
        await made.begin(2);
      });
      expect(await desk.store.isCancelRequested(`${ROLLOUT}_00001`)).toBe(true);
      expect(await desk.store.isCancelRequested(`${ROLLOUT}_00002_undo1`)).toBe(false);
    },
  );

  it('to stop cancels a change too that began while it was being asked', async () => {
    const { desk } = await control('abort', {}, (made) => {
      const { rollouts } = made;
      const write = rollouts.ask.bind(rollouts);
      rollouts.ask = async (...wanted) => {
        await rollouts.saveTarget(ROLLOUT, target(2, 'running'), 0);
        await made.begin(2);
        await write(...wanted);
      };
    });
    expect(await desk.store.isCancelRequested(`${ROLLOUT}_00002`)).toBe(true);
  });

  it('for a pause cancels nothing', async () => {
    const { desk } = await control('pause', { targets: [target(1, 'running')] }, (made) => made.begin(1));
    expect(await desk.store.isCancelRequested(`${ROLLOUT}_00001`)).toBe(false);
  });
});
