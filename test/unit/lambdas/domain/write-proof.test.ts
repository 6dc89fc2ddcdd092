import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStepErrorName, STEP_ERRORS } from '../../../../lambdas/contracts/errors.ts';
import type { WriteAnswer } from '../../../../lambdas/contracts/write.ts';
import { type Comparison, judgeWrite, type WriteEvidence } from '../../../../lambdas/domain/write-proof.ts';

const LIMITS = { showSeconds: 60, busySeconds: 200 };
const KINDS = ['accepted', 'nothing-to-do', 'refused', 'none', 'not-sent'] as const satisfies WriteAnswer['kind'][];
const COMPARISONS = ['wanted', 'partly', 'as-before', 'neither', 'unread'] as const satisfies Comparison[];

type Evidence = Partial<Omit<WriteEvidence, 'answer'>> & { answer?: WriteAnswer['kind'] };
const judged = ({ answer = 'accepted', ...evidence }: Evidence) =>
  judgeWrite(
    { answer: { kind: answer, text: '' }, comparison: 'as-before', idle: true, waitedSeconds: 0, equalReadings: 1, ...evidence },
    LIMITS,
  );

const anyEvidence = fc.record({
  answer: fc.constantFrom(...KINDS),
  comparison: fc.constantFrom(...COMPARISONS),
  idle: fc.boolean(),
  waitedSeconds: fc.nat({ max: 400 }),
  equalReadings: fc.integer({ min: 1, max: 50 }),
});

describe('judgeWrite', () => {
  const SENT = KINDS.filter((kind) => kind !== 'not-sent');

  it.each(SENT)('takes the wanted state on an idle database for a proof when the answer was %s', (answer) => {
    expect(judged({ answer, comparison: 'wanted' })).toBe('proven');
  });

  it('takes the wanted state for the work of somebody else when the write was never sent', () => {
    expect(judged({ answer: 'not-sent', comparison: 'wanted' })).toBe('ForeignChangeError');
  });

  it('A08: does not undo while the command is known to run on', () => {
    const answer: WriteAnswer = { kind: 'none', text: '', stillRuns: true };
    const evidence = { answer, comparison: 'as-before', idle: true, equalReadings: 9 } as const;
    expect(judgeWrite({ ...evidence, waitedSeconds: 59 }, LIMITS)).toBe('wait');
    expect(judgeWrite({ ...evidence, waitedSeconds: 60 }, LIMITS)).toBe('ClusterStuckError');
  });

  it.each(COMPARISONS.filter((comparison) => comparison !== 'unread'))('waits while the database is at work and reads %s', (comparison) => {
    expect(judged({ comparison, idle: false, waitedSeconds: 199 })).toBe('wait');
  });

  it.each(COMPARISONS.filter((comparison) => comparison !== 'unread'))(
    'is stuck when the database stays at work and reads %s',
    (comparison) => {
      expect(judged({ comparison, idle: false, waitedSeconds: 200 })).toBe('ClusterStuckError');
    },
  );

  it.each([true, false])('waits while the state cannot be read (idle: %s)', (idle) => {
    expect(judged({ comparison: 'unread', idle, waitedSeconds: 199 })).toBe('wait');
  });

  it.each([true, false])('gives up on a state that stays unreadable (idle: %s)', (idle) => {
    expect(judged({ comparison: 'unread', idle, waitedSeconds: 200 })).toBe('ClusterUnreachableError');
  });

  it.each(['refused', 'not-sent'] as const)('believes an answer of %s once the old state was read twice', (answer) => {
    expect(judged({ answer, equalReadings: 1 })).toBe('wait');
    expect(judged({ answer, equalReadings: 2 })).toBe('WriteRejectedError');
  });

  it.each(['accepted', 'nothing-to-do', 'none'] as const)('waits for a setting to show when the answer was %s', (answer) => {
    expect(judged({ answer, waitedSeconds: 59, equalReadings: 12 })).toBe('wait');
  });

  it.each([
    ['accepted', 'ChangeNotAppliedError'],
    ['nothing-to-do', 'ChangeNotAppliedError'],
    ['refused', 'WriteRejectedError'],
    ['none', 'WriteRejectedError'],
    ['not-sent', 'WriteRejectedError'],
  ] as const)('decides on the old state after its time to show when the answer was %s', (answer, error) => {
    expect(judged({ answer, waitedSeconds: 60 })).toBe(error);
  });

  it.each(KINDS)('sees a foreign change in a third state that stays, when the answer was %s', (answer) => {
    expect(judged({ answer, comparison: 'neither', waitedSeconds: 59 })).toBe('wait');
    expect(judged({ answer, comparison: 'neither', waitedSeconds: 60 })).toBe('ForeignChangeError');
  });

  it.each(KINDS)('stops on a policy that binds too few nodes for long, when the answer was %s', (answer) => {
    expect(judged({ answer, comparison: 'partly', waitedSeconds: 59 })).toBe('wait');
    expect(judged({ answer, comparison: 'partly', waitedSeconds: 60 })).toBe('PreconditionFailedError');
  });

  it('finds a proof exactly where the wanted state is read on an idle database', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        expect(judged(evidence) === 'proven').toBe(evidence.comparison === 'wanted' && evidence.idle && evidence.answer !== 'not-sent');
      }),
      { numRuns: 1_000 },
    );
  });

  it('never calls a write without an answer failed before its time to show has passed', () => {
    fc.assert(
      fc.property(anyEvidence, fc.nat({ max: 59 }), (evidence, waitedSeconds) => {
        expect(['proven', 'wait']).toContain(judged({ ...evidence, answer: 'none', waitedSeconds }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes to an end', () => {
    fc.assert(
      fc.property(anyEvidence, fc.integer({ min: 200, max: 4_000 }), (evidence, waitedSeconds) => {
        expect(judged({ ...evidence, waitedSeconds })).not.toBe('wait');
      }),
    );
  });

  it('leaves everything but the old state, and a wide policy on too few nodes, to an operator', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const judgement = judged(evidence);
        const undoes = isStepErrorName(judgement) && STEP_ERRORS[judgement].afterWrite === 'rollback';
        expect(!undoes || (evidence.idle && ['as-before', 'partly'].includes(evidence.comparison))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
