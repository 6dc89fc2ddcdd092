import { describe, expect, it } from 'vitest';
import {
  errorsThat,
  errorsThatRepeat,
  isStepErrorName,
  STEP_ERROR_NAMES,
  STEP_ERRORS,
  StepError,
} from '../../../../lambdas/contracts/errors.ts';

describe('StepError', () => {
  it.each(STEP_ERROR_NAMES)('carries the name %s, which picks the route', (name) => {
    expect(new StepError(name, 'it broke')).toMatchObject({ name, message: 'it broke' });
  });

  it('is an Error that keeps its cause for the log', () => {
    const cause = new TypeError('original');
    const error = new StepError('ClusterUnreachableError', 'no answer', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.cause).toBe(cause);
  });
});

describe('STEP_ERRORS', () => {
  it.each(STEP_ERROR_NAMES)('names %s so that it can stand in a Retry or Catch list', (name) => {
    expect(name).toMatch(/^[A-Z][A-Za-z]+Error$/);
  });

  it.each([
    ['an unread state', 'ClusterUnreachableError'],
    ['an unmeasured result', 'VerificationErroredError'],
    ['output in no known form', 'ClusterOutputError'],
    ['a setting that did not take', 'ChangeNotAppliedError'],
    ['a database that stays busy', 'ClusterStuckError'],
    ['a sick cluster', 'ClusterDegradedError'],
    ['a foreign change', 'ForeignChangeError'],
    ['a lost lock', 'LockLostError'],
  ] as const)('never undoes after %s', (_name, error) => {
    expect(STEP_ERRORS[error].afterWrite).toBe('halt');
  });

  it.each(['WriteRejectedError', 'VerificationFailedError', 'PreconditionFailedError', 'ChangeCancelledError'] as const)(
    'rolls back after %s',
    (error) => {
      expect(STEP_ERRORS[error].afterWrite).toBe('rollback');
    },
  );

  it('calls a change drifted for one reason only', () => {
    expect(STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].beforeWrite === 'drifted')).toEqual(['PlanDriftedError']);
  });
});

describe('errorsThat', () => {
  it('gives every error exactly one effect', () => {
    expect([...errorsThat('rollback'), ...errorsThat('halt')].sort()).toEqual([...STEP_ERROR_NAMES].sort());
  });
});

describe('errorsThatRepeat', () => {
  it('repeats only what may pass by itself', () => {
    expect(errorsThatRepeat().sort()).toEqual(['CalendarUnreadableError', 'ClusterUnreachableError', 'DatabaseBusyError']);
  });

  it('undoes nothing when repeats run out: the state was not read', () => {
    expect(errorsThat('halt')).toEqual(expect.arrayContaining(errorsThatRepeat()));
  });
});

describe('isStepErrorName', () => {
  it('knows the names of the table', () => {
    expect(isStepErrorName('LockHeldError')).toBe(true);
  });

  it.each(['States.Timeout', 'toString', 'constructor', '__proto__', ''])('does not know "%s"', (name) => {
    expect(isStepErrorName(name)).toBe(false);
  });
});
