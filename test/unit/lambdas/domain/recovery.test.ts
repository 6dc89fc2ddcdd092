import { describe, expect, it } from 'vitest';
import { STEP_ERROR_NAMES, STEP_ERRORS } from '../../../../lambdas/contracts/errors.ts';
import type { ChangeRecord, NewTimelineEvent, TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import { cutShort, stateFromRecord, whyHalted, writesEndBy } from '../../../../lambdas/domain/recovery.ts';
import { OF_CLASS, request } from '../../../support/facts.ts';

const START = Date.parse('2026-12-01T02:00:00Z');
const CLAIM: NewTimelineEvent = { type: 'write-claimed', step: 'Tune syncer', command: 'tune' };
const ANSWER: NewTimelineEvent = { type: 'write-answered', step: 'Tune syncer', command: 'tune' };
const EXCHANGE: NewTimelineEvent = { type: 'command', step: 'Tune syncer', command: 'tune', exitCode: 409, output: 'busy' };
const ended = (step: string, name?: string): NewTimelineEvent => ({
  type: 'step-ended',
  step,
  ...(name && { error: { name, message: 'it broke' } }),
});
/** A record of these events, a minute apart. */
const record = (...events: NewTimelineEvent[]): ChangeRecord => ({
  changeId: 'chg-1',
  request: request({}),
  startedAt: new Date(START).toISOString(),
  run: 0,
  timeline: events.map((event, index) => ({ at: new Date(START + index * 60_000).toISOString(), ...event }) as TimelineEvent),
});
const lock = {
  cluster: 'lab',
  database: 'db:7',
  changeId: 'chg-1',
  holder: { description: 'test', host: 'test' },
  since: '2026-12-01T02:00:00Z',
  leaseUntil: '2026-12-01T03:15:00Z',
  snapshot: OF_CLASS.C1,
};
const CUT_SHORT = { Error: 'ExecutionCutShortError', Cause: 'it was stopped' };

describe('a write of a run that was cut short', () => {
  it('may be under way for sixteen minutes after it was claimed, when it has no answer', () => {
    expect(writesEndBy(record(ended('Begin change'), CLAIM))).toEqual(new Date(START + 17 * 60_000));
  });

  it('is over once it has an answer', () => {
    expect(writesEndBy(record(CLAIM, ANSWER))).toBeUndefined();
  });

  it.each([
    ['one exchange of it, which may be followed by another', EXCHANGE],
    ['the answer to the same words in another step', { ...ANSWER, step: 'Hold centralized' }],
  ] as const)('is not over by %s', (_case, event) => {
    expect(writesEndBy(record(CLAIM, event as NewTimelineEvent))).toBeDefined();
  });

  it('that provably never left is none', () => {
    expect(writesEndBy(record(CLAIM, { type: 'write-not-sent', step: 'Tune syncer', command: 'tune' }))).toBeUndefined();
  });
});

describe('a change that had stopped for an operator', () => {
  const halting = STEP_ERROR_NAMES.filter((name) => STEP_ERRORS[name].afterWrite === 'halt' && !STEP_ERRORS[name].repeat);
  const finding = halting.filter((name) => name !== 'LockLostError' && name !== 'NothingToRestoreError');

  it.each(finding)('is not undone by a recovery after %s', (name) => {
    const change = record(CLAIM, ANSWER, ended('Verify info', name), ended('Complete change', 'Error'));
    expect(whyHalted(change)?.name).toBe(name);
    expect(stateFromRecord(change, lock, CUT_SHORT)).toMatchObject({ halted: { Error: name } });
    expect(stateFromRecord(change, lock, CUT_SHORT)).not.toHaveProperty('failure');
  });

  it.each([
    ['a step that went well afterwards', ended('Verify info', 'FullSyncError'), ended('Verify info')],
    ['an error that may pass by itself', ended('Verify info'), ended('Verify info', 'ClusterUnreachableError')],
    ['an error that is undone', ended('Verify info'), ended('Verify info', 'VerificationFailedError')],
    ['what a run meets that was taken over', ended('Verify info'), ended('Tune syncer', 'LockLostError')],
    ['an error of the step that records the end', ended('Verify info'), ended('Complete change', 'ClusterOutputError')],
  ])('is told from %s', (_case, ...events) => {
    expect(whyHalted(record(...events))).toBeUndefined();
  });
});

describe('the state that a recovery goes on from', () => {
  it('goes back to the snapshot beside the lock', () => {
    expect(stateFromRecord(record(), lock, CUT_SHORT)).toMatchObject({ begun: { facts: OF_CLASS.C1 }, failure: CUT_SHORT });
  });

  it('is for an operator where the lock was cleared', () => {
    expect(stateFromRecord(record(), undefined, CUT_SHORT)).toMatchObject({ halted: { Error: 'LockLostError' } });
  });
});

describe('why a change is undone', () => {
  it('is that it was cut short, with what had failed before', () => {
    const { Cause } = cutShort(record(ended('Verify info', 'VerificationFailedError')), 'it was stopped', false);
    expect(Cause).toBe('it was stopped; before that: VerificationFailedError: it broke');
  });

  it('is that somebody asked for it, if somebody did', () => {
    expect(cutShort(record(), 'it was stopped', true).Error).toBe('ChangeCancelledError');
  });
});
