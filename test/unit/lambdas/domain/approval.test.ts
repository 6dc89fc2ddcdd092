import { describe, expect, it } from 'vitest';
import type { ApprovalVerdict, Decision, Gate } from '../../../../lambdas/contracts/approval.ts';
import { approvalRequestOf, gateFor, judgeDecision, personOf, withRules } from '../../../../lambdas/domain/approval.ts';
import { makePlan } from '../../../../lambdas/domain/plan.ts';
import { OF_CLASS, request } from '../../../support/facts.ts';
import { gates } from '../../../support/gates.ts';

const NOW = new Date('2026-12-01T02:00:00Z');
const LATER = '2026-12-01T03:00:00.000Z';
const asked = request({ requestedBy: 'alice', approval: { required: true, approvals: 2, timeoutSeconds: 86_400 } });
const plan = makePlan(asked, OF_CLASS.C1, { runningActions: [], upgradeMode: false }, ({ kind }) => kind);
const gate = gateFor(undefined, approvalRequestOf(asked, plan, OF_CLASS.C1, NOW));
const rules = (more: Parameters<typeof gates>[0]) => gates(more).rulesOf('lab');
const by = (who: string, verdict: ApprovalVerdict = 'approve', more: Partial<Decision> = {}): Decision => ({
  by: who,
  via: 'machine',
  verdict,
  planHash: plan.hash,
  at: LATER,
  ...more,
});
const judge = (decision: Decision, settings: Parameters<typeof gates>[0] = {}, at: Gate = gate) =>
  judgeDecision(at, decision, rules(settings), 'alice');
const decidedBy = (...decisions: Decision[]): Gate =>
  decisions.reduce((standing, decision) => {
    const judgement = judge(decision, {}, standing);
    if ('refused' in judgement) throw new Error(judgement.refused);
    return judgement.gate;
  }, gate);

describe('a decision', () => {
  it('opens the gate once enough different people approved', () => {
    expect([decidedBy(by('bob')).status, decidedBy(by('bob'), by('carol')).status]).toEqual(['waiting', 'approved']);
  });

  it.each([
    ['by the requester', by('alice'), {}, 'asked for it and'],
    ['by the requester, written in capitals', by('ALICE'), {}, 'asked for it and'],
    ['by somebody who is not on the list', by('bob'), { rules: { approvers: ['carol'] } }, 'not among the approvers'],
    ['for another plan', by('bob', 'approve', { planHash: 'f'.repeat(64) }), {}, 'look at it again'],
    ['at the moment of expiry', by('bob', 'approve', { at: '2026-12-02T02:00:00.000Z' }), {}, 'expired'],
    ['to reject without a reason', by('bob', 'reject'), {}, 'needs a reason'],
    ['to break the glass by somebody who is not named for it', by('bob', 'break-glass', { reason: 'fire' }), {}, 'alone'],
    ['to break the glass without a reason', by('bob', 'break-glass'), { rules: { breakGlass: ['bob'] } }, 'needs a reason'],
  ] as const)('%s does not count', (_case, decision, settings, why) => {
    expect(judge(decision, settings as Parameters<typeof gates>[0])).toEqual({ refused: expect.stringContaining(why) });
  });

  it('counts once for each person, however the name is written', () => {
    expect(judge(by('Bob '), {}, decidedBy(by('bob')))).toEqual({ refused: expect.stringContaining('counts once') });
  });

  it('does not count once the plan was decided on, and says by whom', () => {
    expect(judge(by('dave'), {}, decidedBy(by('bob'), by('carol')))).toEqual({
      refused: expect.stringContaining('approved already, by carol'),
    });
  });

  it('of one no is enough, also after an approval of the same person', () => {
    expect(decidedBy(by('bob'), by('bob', 'reject', { reason: 'not tonight' })).status).toBe('rejected');
  });

  it('of a requester counts where the configuration says so', () => {
    expect(judge(by('alice'), { rules: { requesterMayApprove: true } })).toMatchObject({ gate: { status: 'waiting' } });
  });

  it('that breaks the glass opens the gate alone, for people who are named for it', () => {
    const judgement = judge(by('alice', 'break-glass', { reason: 'fire' }), { rules: { breakGlass: ['alice'] } });
    expect(judgement).toMatchObject({ gate: { status: 'approved' } });
  });
});

describe('a gate', () => {
  it('keeps its decisions for the same plan', () => {
    const standing = decidedBy(by('bob'));
    expect(gateFor(standing, standing.request)).toBe(standing);
  });

  it('starts anew for another plan', () => {
    const other = { ...gate.request, plan: { ...gate.request.plan, hash: 'other' } };
    expect(gateFor(decidedBy(by('bob')), other)).toMatchObject({ revision: 3, decisions: [], status: 'waiting' });
  });
});

describe('what a cluster asks for', () => {
  const strict = rules({ rules: { required: true, approvals: 3 } });

  it('raises a request that asks for less', () => {
    expect(withRules(request({}), strict).approval).toMatchObject({ required: true, approvals: 3 });
  });

  it('leaves the way back as open as it was asked for', () => {
    expect(withRules(request({ wanted: { syncerMode: 'centralized' } }), strict).approval.required).toBe(false);
  });
});

describe('a person', () => {
  it('is found by an account, and known by the account where nobody is listed', () => {
    const people = { 'alice@example.com': ['alice', 'arn:aws:sts::123456789012:assumed-role/Ops/alice'] };
    expect([personOf(people, { id: 'Alice' }), personOf(people, { id: 'bob' })]).toEqual(['alice@example.com', 'bob']);
  });
});
