import { describe, expect, it } from 'vitest';
import { STEP_ERROR_NAMES, STEP_ERRORS, StepError, type StepErrorName } from '../../lambdas/contracts/errors.ts';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import definition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import type { LocalRun } from '../../lib/local/engine.ts';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CHANGE_ID, Lab, sent } from '../support/lab.ts';

const BEFORE_WRITES = ['Inspect status', 'Approval gate', 'Change window', 'Begin change'];
const WRITING = ['Hold centralized', 'Rebind policy', 'Tune syncer', 'Verify info'];
const UNDOING = ['Restore centralized', 'Verify centralized', 'Restore policy'];
const ENDING = ['Complete change'];

type Moment = 'before it ran' | 'after it ran';

/** Fails a state with an error, every time it is entered, either instead of running its step or once the step has done its work. */
const failing =
  (state: string, error: () => Error, moment: Moment): NonNullable<LocalRun['intercept']> =>
  (name, run) =>
  async (event) => {
    if (name !== state) return run(event);
    if (moment === 'after it ran') await run(event);
    throw error();
  };

/** A database that takes every step of the flow: the flag is set, the policy is single, and another database is beside it. */
function labOfEveryStep(): Lab {
  const cluster = clusterWith({ syncerMode: 'distributed' });
  addDatabase(cluster, { id: 8, name: 'neighbour' });
  return new Lab(cluster);
}

/** A change that needs an approval, which it gets as soon as it asks, within a window that is open. */
async function throughGates(lab: Lab, intercept: NonNullable<LocalRun['intercept']>): Promise<ChangeReport> {
  const request = {
    requestedBy: 'alice',
    approval: { required: true },
    window: { opensAt: '2026-12-01T02:00:00Z', closesAt: '2026-12-01T06:00:00Z' },
  };
  return lab.run(request, intercept, CHANGE_ID, (gate) => void lab.decide(gate, 'bob'));
}

const MOMENTS: Moment[] = ['before it ran', 'after it ran'];
const combine = (states: string[], names: readonly string[] = STEP_ERROR_NAMES) =>
  states.flatMap((state) => names.flatMap((name) => MOMENTS.map((moment) => [state, name, moment] as const)));
const FOREIGN_ERRORS = ['TypeError', 'States.Timeout', 'Lambda.Unknown'];

const named = (name: string) => () =>
  name in STEP_ERRORS ? new StepError(name as StepErrorName, 'staged') : Object.assign(new Error('staged'), { name });
const expectedBeforeWrite = (name: string): Outcome => (name in STEP_ERRORS ? STEP_ERRORS[name as StepErrorName].beforeWrite : 'refused');
const expectedAfterWrite = (name: string): Outcome =>
  name in STEP_ERRORS && STEP_ERRORS[name as StepErrorName].afterWrite === 'halt' ? 'needs-operator' : 'rolled-back';

describe('the error table', () => {
  it('covers every task of the definition', () => {
    const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
    expect(tasks.map(([name]) => name).sort()).toEqual([...BEFORE_WRITES, ...WRITING, ...UNDOING, ...ENDING].sort());
  });

  it.each(combine(BEFORE_WRITES, [...STEP_ERROR_NAMES, ...FOREIGN_ERRORS]))(
    'ends with nothing written when %s fails with %s %s',
    async (state, name, moment) => {
      const lab = labOfEveryStep();
      const report = await throughGates(lab, failing(state, named(name), moment));
      await expectSafe(lab, report);
      // At the gate, running out of time is what an approval does that nobody gave.
      const expired = state === 'Approval gate' && name === 'States.Timeout';
      expect(report).toMatchObject(
        expired
          ? { outcome: 'expired', error: { name: 'ApprovalExpiredError' } }
          : { outcome: expectedBeforeWrite(name), error: { name, message: 'staged' } },
      );
      expect(sent(lab)).toEqual([]);
    },
  );

  it.each(combine(WRITING, [...STEP_ERROR_NAMES, ...FOREIGN_ERRORS]))(
    'ends as it says when %s fails with %s %s',
    async (state, name, moment) => {
      const lab = labOfEveryStep();
      const report = await lab.run({}, failing(state, named(name), moment));
      await expectSafe(lab, report);
      // Hold centralized is the first to write: failing before it, nothing has been written yet.
      const nothingWritten = state === 'Hold centralized' && moment === 'before it ran';
      expect(report).toMatchObject({
        outcome: nothingWritten ? expectedBeforeWrite(name) : expectedAfterWrite(name),
        error: { name, message: 'staged' },
      });
      if (report.outcome === 'rolled-back') expect(report.after?.effectiveMode).toBe('centralized');
    },
  );

  it.each(combine(UNDOING, [...STEP_ERROR_NAMES, ...FOREIGN_ERRORS]))(
    'calls an operator when %s fails with %s %s',
    async (state, name, moment) => {
      const lab = labOfEveryStep();
      const undo = failing(state, named(name), moment);
      const fail = failing('Tune syncer', () => new StepError('VerificationFailedError', 'first'), 'after it ran');
      const report = await lab.run({ rollback: { restoreProxyPolicy: true } }, (step, run) => undo(step, fail(step, run)));
      await expectSafe(lab, report);
      expect(report).toMatchObject({ outcome: 'needs-operator', error: { name } });
    },
  );

  it.each(STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].repeat))(
    'repeats a step that fails with %s, and goes on when it passes',
    async (name) => {
      for (const state of [...BEFORE_WRITES, ...WRITING]) {
        const lab = labOfEveryStep();
        let failures = 0;
        const report = await throughGates(lab, (step, run) => async (event) => {
          if (step === state && failures++ < 2) throw new StepError(name, 'staged');
          return run(event);
        });
        await expectSafe(lab, report);
        expect(report.outcome, state).toBe('applied');
      }
    },
  );

  it('keeps the lock and says so when the record of a change cannot be written', async () => {
    const lab = labOfEveryStep();
    await expect(lab.run({}, failing('Complete change', named('TypeError'), 'before it ran'))).rejects.toThrow('left no report');
    expect((await lab.lock())?.changeId).toBe('chg-test');
  });
});
