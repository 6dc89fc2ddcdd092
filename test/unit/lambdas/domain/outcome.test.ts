import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeState, Verified } from '../../../../lambdas/contracts/change-state.ts';
import { STEP_ERROR_NAMES, STEP_ERRORS } from '../../../../lambdas/contracts/errors.ts';
import { exitCodeOf, OUTCOMES } from '../../../../lambdas/contracts/outcomes.ts';
import { VERDICTS } from '../../../../lambdas/contracts/verification.ts';
import { type Ending, endingOf, readCause } from '../../../../lambdas/domain/outcome.ts';
import { makePlan } from '../../../../lambdas/domain/plan.ts';
import { emptyTally } from '../../../../lambdas/domain/verdict.ts';
import { NOW, OF_CLASS, request, towards } from '../../../support/facts.ts';

const caught = (name: string, message = 'it broke') => ({ Error: name, Cause: JSON.stringify({ errorMessage: message }) });
const verified = (verdict: Verified['verdict']): Verified => ({ verdict, tally: emptyTally(NOW) });
const plan = makePlan(towards('distributed'), OF_CLASS.C1, {}, ({ kind }) => kind);
const begun: ChangeState = { request: request(), before: OF_CLASS.C1, plan, next: 'begin', begun: { facts: OF_CLASS.C1 } };
const tuned = { changed: true, facts: OF_CLASS.D2, provenAt: NOW };

const WRITTEN = 1;
const NOT_WRITTEN = 0;

describe('endingOf', () => {
  it('is applied after a passed verification', () => {
    expect(endingOf({ ...begun, syncer: tuned, verification: verified('passed') }, WRITTEN)).toEqual({ outcome: 'applied' });
  });

  it('is unchanged when there was nothing to do', () => {
    expect(endingOf({ plan: { ...plan, needed: false }, next: 'finish' }, NOT_WRITTEN)).toEqual({ outcome: 'unchanged' });
  });

  it('is planned when there was something to do and only a plan was asked for', () => {
    expect(endingOf({ plan, next: 'finish' }, NOT_WRITTEN)).toEqual({ outcome: 'planned' });
  });

  it('is refused with every blocker', () => {
    expect(endingOf({ plan: { ...plan, blockers: ['node 2 is down', 'upgrade mode'] }, next: 'refuse' }, NOT_WRITTEN)).toEqual({
      outcome: 'refused',
      error: { name: 'PreconditionFailedError', message: 'node 2 is down; upgrade mode' },
    });
  });

  const WAYS_TO_STOP = ['stopped', 'failure', 'halted'] as const;

  describe.each(WAYS_TO_STOP)('when an error was caught as %s before the first write', (way) => {
    it.each(STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].beforeWrite === 'refused'))('is refused by %s', (name) => {
      expect(endingOf({ ...begun, [way]: caught(name) }, NOT_WRITTEN)).toEqual({
        outcome: 'refused',
        error: { name, message: 'it broke' },
      });
    });

    it.each([
      ['ApprovalRejectedError', 'rejected'],
      ['ApprovalExpiredError', 'expired'],
      ['WindowMissedError', 'window-missed'],
    ] as const)('says by %s that the gate said no: %s', (name, outcome) => {
      expect(endingOf({ ...begun, [way]: caught(name) }, NOT_WRITTEN).outcome).toBe(outcome);
    });

    it('is drifted when the facts moved', () => {
      expect(endingOf({ ...begun, [way]: caught('PlanDriftedError') }, NOT_WRITTEN).outcome).toBe('drifted');
    });

    it.each(['States.Timeout', 'TypeError', 'toString'])('is refused by %s, which is not in the table', (name) => {
      expect(endingOf({ [way]: caught(name) }, NOT_WRITTEN).outcome).toBe('refused');
    });
  });

  it('names the first failure when the rollback then found nothing to restore', () => {
    const change = { ...begun, failure: caught('PreconditionFailedError'), halted: caught('NothingToRestoreError') };
    expect(endingOf(change, NOT_WRITTEN)).toMatchObject({ outcome: 'refused', error: { name: 'PreconditionFailedError' } });
  });

  it('is rolled back, with the error that caused it, once centralized passed its verification', () => {
    const change = { ...begun, failure: caught('VerificationFailedError'), restored: tuned, restoredVerification: verified('passed') };
    expect(endingOf(change, WRITTEN)).toEqual({ outcome: 'rolled-back', error: { name: 'VerificationFailedError', message: 'it broke' } });
  });

  it('needs an operator when the rollback was not verified', () => {
    expect(endingOf({ ...begun, failure: caught('WriteRejectedError'), restored: tuned }, WRITTEN).outcome).toBe('needs-operator');
  });

  it('needs an operator when the change halted, even after the rollback was verified', () => {
    const change = {
      ...begun,
      failure: caught('WriteRejectedError'),
      restoredVerification: verified('passed'),
      halted: caught('LockLostError'),
    };
    expect(endingOf(change, WRITTEN)).toMatchObject({ outcome: 'needs-operator', error: { name: 'LockLostError' } });
  });

  it('needs an operator when a failure follows a passed verification', () => {
    expect(endingOf({ ...begun, verification: verified('passed'), failure: caught('TypeError') }, WRITTEN).outcome).toBe('needs-operator');
  });

  it.each<[string, ChangeState]>([
    ['nothing', {}],
    ['a start without an end', begun],
    ['writes without a verification', { ...begun, syncer: tuned }],
    ['a verification that still goes on', { ...begun, syncer: tuned, verification: verified('pending') }],
  ])('needs an operator when the state shows %s', (_name, change) => {
    expect(endingOf(change, WRITTEN)).toMatchObject({ outcome: 'needs-operator', error: { message: expect.stringContaining('proof') } });
  });

  const anyCaught = fc
    .record({ name: fc.constantFrom(...STEP_ERROR_NAMES, 'States.Timeout', 'TypeError'), message: fc.string() })
    .map(({ name, message }) => caught(name, message));
  const anyVerified = fc.constantFrom(...VERDICTS, 'pending' as const).map(verified);
  const anyState: fc.Arbitrary<ChangeState> = fc.record(
    {
      plan: fc.constantFrom(plan, { ...plan, needed: false }, { ...plan, blockers: ['node 2 is down'] }),
      next: fc.constantFrom('refuse', 'finish', 'begin'),
      begun: fc.constant({ facts: OF_CLASS.C1 }),
      syncer: fc.constant(tuned),
      verification: anyVerified,
      stopped: anyCaught,
      failure: anyCaught,
      restored: fc.constant(tuned),
      restoredVerification: anyVerified,
      halted: anyCaught,
    },
    { requiredKeys: [] },
  );
  const holds = (claim: (change: ChangeState, ending: Ending, writes: number) => void) =>
    fc.assert(
      fc.property(anyState, fc.nat({ max: 3 }), (change, writes) => claim(change, endingOf(change, writes), writes)),
      { numRuns: 2_000 },
    );

  it('is applied exactly when verification passed and nothing failed', () => {
    holds((change, { outcome }) => {
      const failed = change.stopped ?? change.failure ?? change.halted;
      expect(outcome === 'applied').toBe(change.verification?.verdict === 'passed' && failed === undefined);
    });
  });

  it('is rolled back only with a passed verification of the restored mode', () => {
    holds((change, { outcome }) => {
      const restored = change.failure !== undefined && change.restoredVerification?.verdict === 'passed';
      expect(outcome !== 'rolled-back' || restored).toBe(true);
    });
  });

  it('needs an operator whenever the change halted after a write', () => {
    holds((change, { outcome }, writes) => {
      expect(change.halted === undefined || writes === 0 || outcome === 'needs-operator').toBe(true);
    });
  });

  it('says that nothing was written only when nothing was', () => {
    holds((_change, { outcome }, writes) => {
      expect(writes === 0 || !OUTCOMES[outcome].meaning.includes('nothing was written')).toBe(true);
    });
  });

  it('carries an error exactly when the exit code says failure', () => {
    holds((_change, { outcome, error }) => {
      expect(error !== undefined).toBe(exitCodeOf(outcome) !== 0);
    });
  });
});

describe('readCause', () => {
  it.each<[string, string | undefined, string]>([
    ['the message of a thrown error', '{"errorType":"StepError","errorMessage":"node 2 is down"}', 'node 2 is down'],
    ['bare text', 'node 2 is down', 'node 2 is down'],
    ['text that merely looks like JSON', '"node 2 is down"', '"node 2 is down"'],
    ['JSON of another shape', '{"code":7}', '{"code":7}'],
    ['JSON null', 'null', 'null'],
  ])('reads %s', (_name, cause, message) => {
    expect(readCause({ Error: 'ClusterDegradedError', Cause: cause })).toEqual({ name: 'ClusterDegradedError', message });
  });

  it.each([undefined, ''])('falls back to the name when the cause is %j', (cause) => {
    expect(readCause({ Error: 'States.Timeout', Cause: cause })).toEqual({ name: 'States.Timeout', message: 'States.Timeout' });
  });
});
