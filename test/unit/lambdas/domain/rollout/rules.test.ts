import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalRules } from '../../../../../lambdas/contracts/configuration.ts';
import { isSamePerson } from '../../../../../lambdas/domain/approval.ts';
import { combined, whyNotApprovable } from '../../../../../lambdas/domain/rollout/rules.ts';

const PEOPLE = ['alice', 'bob', 'Bob ', 'carol', 'dave'] as const;
const names = fc.subarray([...PEOPLE]);
const anyRules: fc.Arbitrary<ApprovalRules> = fc
  .record({
    required: fc.boolean(),
    approvals: fc.integer({ min: 1, max: 10 }),
    approvers: fc.option(names, { nil: undefined }),
    requesterMayApprove: fc.boolean(),
    breakGlass: names,
  })
  .map(({ approvers, ...rest }) => ({ ...rest, ...(approvers && { approvers }) }));
const rules = (settings: Partial<ApprovalRules> = {}): ApprovalRules => ({
  required: true,
  approvals: 1,
  requesterMayApprove: false,
  breakGlass: [],
  ...settings,
});

const mayApprove = ({ approvers }: ApprovalRules, person: string): boolean => approvers?.some((name) => isSamePerson(name, person)) ?? true;
const mayBreakGlass = ({ breakGlass }: ApprovalRules, person: string): boolean => breakGlass.some((name) => isSamePerson(name, person));

describe('the rules of several clusters as one', () => {
  it('are as strict as those of each of them', () => {
    fc.assert(
      fc.property(fc.array(anyRules, { minLength: 1, maxLength: 5 }), (each) => {
        const all = combined(each);
        expect(all.required).toBe(each.some(({ required }) => required));
        expect(all.approvals).toBe(Math.max(...each.map(({ approvals }) => approvals)));
        expect(all.requesterMayApprove).toBe(each.every(({ requesterMayApprove }) => requesterMayApprove));
        for (const person of PEOPLE) {
          expect(mayApprove(all, person)).toBe(each.every((one) => mayApprove(one, person)));
          expect(mayBreakGlass(all, person)).toBe(each.every((one) => mayBreakGlass(one, person)));
        }
      }),
    );
  });

  it('are those of the cluster where there is one', () => {
    fc.assert(
      fc.property(anyRules, (one) => {
        expect(combined([one])).toEqual(one);
      }),
    );
  });

  it('know nobody who may decide where no person may for every cluster', () => {
    const { approvers, breakGlass } = combined([
      rules({ approvers: ['bob'], breakGlass: ['erin'] }),
      rules({ approvers: ['carol'], breakGlass: ['frank'] }),
    ]);
    expect([approvers, breakGlass]).toEqual([[], []]);
  });
});

describe('a rollout that asks people', () => {
  it.each([
    ['two of two who may', rules({ approvers: ['bob', 'carol'] }), 2, 'alice'],
    ['anybody, where no approvers are named', rules(), 10, 'alice'],
    ['its requester, where that is allowed', rules({ approvers: ['alice'], requesterMayApprove: true }), 1, 'alice'],
    ['somebody, although nobody is named as its requester', rules({ approvers: ['bob'], requesterMayApprove: true }), 1, undefined],
  ])('can be approved by %s', (_who, each, approvals, requester) => {
    expect(whyNotApprovable(each, approvals, requester)).toBeUndefined();
  });

  it.each([
    [
      rules({ approvers: [] }),
      1,
      'alice',
      'no person is an approver of every cluster of this rollout: make one for those with the same approvers',
    ],
    [rules({ approvers: ['alice', 'bob'] }), 2, 'Alice', '2 approvals are required, and only 1 may give one: bob'],
    [rules({ approvers: ['alice'] }), 1, 'alice', '1 approvals are required, and only 0 may give one: nobody'],
    [rules(), 1, undefined, 'an approval is required, and requestedBy does not say whose rollout this is'],
  ])('never can be under rules %j with %i approvals for %s', (each, approvals, requester, says) => {
    expect(whyNotApprovable(each, approvals, requester)).toBe(says);
  });
});
