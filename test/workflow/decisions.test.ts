/** What a decision at the approval gate does to a change, and which ones do nothing. */
import { describe, expect, it } from 'vitest';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { Answer } from '../../lambdas/gates/answers.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import type { TestGates } from '../support/gates.ts';
import { expectSafe } from '../support/invariants.ts';
import { CHANGE_ID, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

type Approval = NonNullable<ChangeRequestInput['approval']>;

function labWith(gates: TestGates = {}): Lab {
  const lab = new Lab(clusterWith());
  lab.gates = gates;
  return lab;
}

/** Runs a change that alice asked for. `onGate` decides once it waits, and what fails in it fails the test. */
async function run(lab: Lab, onGate: (gate: Gate) => Promise<unknown>, approval: Approval = {}): Promise<ChangeReport> {
  let deciding: Promise<unknown> = Promise.reject(new Error('nobody was asked'));
  deciding.catch(() => {});
  const request = { requestedBy: 'alice', approval: { required: true, ...approval } };
  const report = await lab.run(request, undefined, CHANGE_ID, (gate) => {
    deciding = onGate(gate);
  });
  await deciding;
  await expectSafe(lab, report);
  return report;
}

const decisionsIn = async (lab: Lab) => ((await lab.store.get(CHANGE_ID))?.timeline ?? []).filter((event) => event.type === 'decision');

async function expectNothingWritten(lab: Lab): Promise<void> {
  expect(sent(lab)).toEqual([]);
  expect(await lab.lock()).toBeUndefined();
  expect(lab.database.syncerMode).toBe('centralized');
}

const forAnotherPlan = (gate: Gate): Gate => ({
  ...gate,
  request: { ...gate.request, plan: { ...gate.request.plan, hash: 'f'.repeat(64) } },
});

describe('a change that waits for an approval', () => {
  it('is applied once the plan that it shows is approved, and writes nothing before', async () => {
    const lab = labWith();
    const report = await run(lab, async (gate) => {
      await expectNothingWritten(lab);
      expect(await lab.decide(gate, 'bob')).toMatchObject({ accepted: true });
    });
    expect(report.outcome).toBe('applied');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
    expect(await decisionsIn(lab)).toMatchObject([{ by: 'bob', verdict: 'approve', planHash: report.plan?.hash }]);
  });

  it('is applied when two people are needed and two approve', async () => {
    const lab = labWith();
    const decide = async (gate: Gate) => {
      expect(await lab.decide(gate, 'bob')).toMatchObject({
        accepted: true,
        says: expect.stringContaining('1 more person has to approve'),
      });
      await expectNothingWritten(lab);
      expect(await lab.decide(gate, 'carol')).toMatchObject({ accepted: true });
    };
    expect((await run(lab, decide, { approvals: 2 })).outcome).toBe('applied');
  });

  it.each([
    ['approves twice', 'bob'],
    ['approves again in other letters', 'BOB'],
    ['approves again from another account', 'bob-admin'],
  ])('counts one person once who %s, and expires without a second one', async (_how, again) => {
    const lab = labWith({ people: { bob: ['bob-admin'] } });
    const decide = async (gate: Gate) => {
      expect(await lab.decide(gate, 'bob')).toMatchObject({ accepted: true });
      expect(await lab.decide(gate, again)).toMatchObject({ accepted: false, says: expect.stringContaining('it counts once') });
    };
    expect((await run(lab, decide, { approvals: 2 })).outcome).toBe('expired');
    await expectNothingWritten(lab);
  });

  it('ends rejected when somebody rejects it, and says who and why', async () => {
    const lab = labWith();
    const report = await run(lab, (gate) => lab.decide(gate, 'bob', 'reject', 'not tonight'));
    const error = { name: 'ApprovalRejectedError', message: 'bob rejected the plan: not tonight' };
    expect(report).toMatchObject({ outcome: 'rejected', error });
    await expectNothingWritten(lab);
  });

  it('is rejected by one person even when another one approved it before', async () => {
    const lab = labWith();
    const decide = async (gate: Gate) => {
      await lab.decide(gate, 'bob');
      await lab.decide(gate, 'carol', 'reject', 'not tonight');
    };
    expect((await run(lab, decide, { approvals: 2 })).outcome).toBe('rejected');
    await expectNothingWritten(lab);
  });

  it('ends expired when nobody decides', async () => {
    const lab = labWith();
    const began = lab.clock.now().getTime();
    const report = await run(lab, async () => {}, { timeoutSeconds: 7_200 });
    expect(report).toMatchObject({ outcome: 'expired', error: { name: 'ApprovalExpiredError' } });
    expect(lab.clock.now().getTime() - began).toBeGreaterThanOrEqual(7_200_000);
    await expectNothingWritten(lab);
  });

  it.each([
    ['another person', 'erin'],
    ['the requester', 'alice'],
  ])('is let through alone by %s who is named for that', async (_who, by) => {
    const lab = labWith({ rules: { breakGlass: [by], approvers: ['bob', 'carol'], approvals: 2 } });
    const report = await run(lab, (gate) => lab.decide(gate, by, 'break-glass', 'the site is down'));
    expect(report.outcome).toBe('applied');
    expect(await decisionsIn(lab)).toMatchObject([{ by, verdict: 'break-glass', reason: 'the site is down' }]);
  });
});

type Decide = (lab: Lab, gate: Gate) => Promise<Answer>;
interface Refused {
  readonly gates?: TestGates;
  readonly decide: Decide;
  readonly says: string;
}

const REFUSED: Record<string, Refused> = {
  'an approval by the requester': { decide: (lab, gate) => lab.decide(gate, 'alice'), says: 'alice asked for it and' },
  'an approval by the requester from another account': {
    gates: { people: { alice: ['alice-admin'] } },
    decide: (lab, gate) => lab.decide(gate, 'alice-admin'),
    says: 'alice asked for it and',
  },
  'an approval by somebody who is not among the approvers': {
    gates: { rules: { approvers: ['carol', 'dave'] } },
    decide: (lab, gate) => lab.decide(gate, 'bob'),
    says: 'bob is not among the approvers of cluster lab',
  },
  'a rejection by somebody who is not among the approvers': {
    gates: { rules: { approvers: ['carol', 'dave'] } },
    decide: (lab, gate) => lab.decide(gate, 'bob', 'reject', 'not tonight'),
    says: 'bob is not among the approvers of cluster lab',
  },
  'an approval of another plan': { decide: (lab, gate) => lab.decide(forAnotherPlan(gate), 'bob'), says: 'look at it again' },
  'a rejection without a reason': { decide: (lab, gate) => lab.decide(gate, 'bob', 'reject'), says: 'a rejection needs a reason' },
  'a glass that is broken without a reason': {
    gates: { rules: { breakGlass: ['erin'] } },
    decide: (lab, gate) => lab.decide(gate, 'erin', 'break-glass'),
    says: 'needs a reason',
  },
  'a glass that is broken by somebody who is not named for that': {
    gates: { rules: { breakGlass: ['erin'] } },
    decide: (lab, gate) => lab.decide(gate, 'bob', 'break-glass', 'the site is down'),
    says: 'bob is not among those who may let a change of cluster lab through alone',
  },
};

describe('a decision that does not count', () => {
  it.each(Object.entries(REFUSED))('%s: is refused, recorded, and lets nothing through', async (_which, { gates, decide, says }) => {
    const lab = labWith(gates);
    const report = await run(lab, async (gate) => {
      expect(await decide(lab, gate)).toEqual({ accepted: false, says: expect.stringContaining(says) });
    });
    expect(report.outcome).toBe('expired');
    expect(await decisionsIn(lab)).toEqual([expect.objectContaining({ refused: expect.stringContaining(says) })]);
    await expectNothingWritten(lab);
  });

  it('leaves the gate open to one that does', async () => {
    const lab = labWith();
    const report = await run(lab, async (gate) => {
      await lab.decide(gate, 'bob', 'reject');
      await lab.decide(forAnotherPlan(gate), 'bob');
      await lab.decide(gate, 'bob');
    });
    expect(report.outcome).toBe('applied');
  });

  it('comes after the end: it is refused politely, and recorded', async () => {
    const lab = labWith();
    let shown: Gate | undefined;
    await run(lab, (gate) => {
      shown = gate;
      return lab.decide(gate, 'bob', 'reject', 'not tonight');
    });
    if (!shown) throw new Error('nobody was asked');
    const says = `change ${CHANGE_ID} has ended: rejected`;
    expect(await lab.decide(shown, 'carol')).toEqual({ accepted: false, says });
    expect(await decisionsIn(lab)).toMatchObject([{ by: 'bob' }, { by: 'carol', verdict: 'approve', refused: says }]);
    await expectNothingWritten(lab);
  });
});
