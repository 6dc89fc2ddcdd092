import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STEP_ERRORS } from '../../../../lambdas/contracts/errors.ts';
import type { DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import type { ReplicationHealth } from '../../../../lambdas/contracts/health.ts';
import { SAMPLE_STATES, type Sample } from '../../../../lambdas/contracts/verification.ts';
import { addSample, emptyTally, judge, judgeReading, notDistributable } from '../../../../lambdas/domain/verdict.ts';
import { anyHealthyFacts, endpoint, health, healthBefore, later, NOW, node, OF_CLASS, request, source } from '../../../support/facts.ts';

type State = Sample['state'];
const INTERVAL_SECONDS = 10;
const { verification } = request({ verification: { intervalSeconds: INTERVAL_SECONDS, samples: 3, deadlineSeconds: 600 } });

const tallyOf = (states: readonly State[]) =>
  states.reduce(
    (tally, state, index) =>
      addSample(tally, { at: later(index * INTERVAL_SECONDS), state, problems: state === 'good' ? [] : [`${state} ${index}`] }),
    emptyTally(NOW),
  );
/** The verdict on samples ten seconds apart, made right after the last one unless said otherwise. */
const verdictOn = (states: readonly State[], seconds = (states.length - 1) * INTERVAL_SECONDS) =>
  judge(tallyOf(states), verification, later(seconds));

describe('judgeReading of a database that is to be distributed', () => {
  const { D2 } = OF_CLASS;
  const judged = (settings: Partial<DatabaseFacts>) =>
    judgeReading({ ...D2, ...settings }, { mode: 'distributed', name: 'orders', bindings: D2 });

  it('is good when mode, bindings and status are as wanted', () => {
    expect(judged({})).toEqual({ state: 'good', problems: [] });
  });

  it.each<[string, Partial<DatabaseFacts>, State]>([
    ['the mode is centralized', { syncerMode: 'centralized' }, 'bad'],
    ['an endpoint is bound to one node', { endpoints: [endpoint({ policy: 'all-master-shards', nodes: [1] })] }, 'bad'],
    ['the database is at work', { status: 'active-change-pending' }, 'unsettled'],
    ['a job runs', { job: 'SMUpdateBDB' }, 'unsettled'],
    ['a node is down', { nodes: [node(1), node(2, { status: 'DOWN' })] }, 'degraded'],
    ['a shard is sick', { sickShards: ['redis:3 is "DOWN"'] }, 'degraded'],
    ['maintenance has begun', { nodes: [node(1), node(2), node(3, { kind: 'empty' })] }, 'degraded'],
    ['the id belongs to another name', { database: { ...D2.database, name: 'carts' } }, 'foreign'],
    ['somebody set another policy', { endpoints: [endpoint({ policy: 'all-nodes', nodes: [1, 2] })] }, 'foreign'],
    ['somebody excluded a node', { endpoints: [endpoint({ policy: 'all-master-shards', exclude: [3], nodes: [1, 2] })] }, 'foreign'],
    ['an endpoint is gone', { endpoints: [] }, 'foreign'],
  ])('is not good when %s', (_name, settings, state) => {
    expect(judged(settings)).toEqual({
      state,
      problems: [expect.any(String), ...(settings.endpoints?.length === 0 ? [expect.any(String)] : [])],
    });
  });

  it('stays good while proxies move to other nodes', () => {
    expect(judged({ endpoints: [endpoint({ policy: 'all-master-shards', nodes: [2, 3] })] }).state).toBe('good');
  });

  it('takes a foreign change for graver than a sick cluster, and that for graver than a wrong mode', () => {
    const sick: Partial<DatabaseFacts> = { sickShards: ['redis:3 is "DOWN"'], syncerMode: 'centralized' };
    expect(judged(sick).state).toBe('degraded');
    expect(judged({ ...sick, endpoints: OF_CLASS.C1.endpoints }).state).toBe('foreign');
  });

  it('names every problem, whichever decides', () => {
    expect(judged({ sickShards: ['redis:3 is "DOWN"'], syncerMode: 'centralized', status: 'pending' }).problems).toHaveLength(3);
  });

  it('is good exactly when the flag is set and every endpoint has a multi-proxy policy and two nodes', () => {
    fc.assert(
      fc.property(anyHealthyFacts, (any) => {
        const { state } = judgeReading(any, { mode: 'distributed', name: 'orders', bindings: any });
        const wide = any.endpoints.every(({ policy, nodes }) => policy !== 'single' && nodes.length >= 2);
        expect(state === 'good').toBe(any.syncerMode === 'distributed' && wide);
      }),
    );
  });
});

describe('judgeReading of a database that is to be centralized', () => {
  const { C2 } = OF_CLASS;
  const judged = (settings: Partial<DatabaseFacts>) =>
    judgeReading({ ...C2, ...settings }, { mode: 'centralized', name: 'orders', bindings: OF_CLASS.D2 });

  it.each<[string, Partial<DatabaseFacts>]>([
    ['its policy is wide', {}],
    ['its policy is single', { endpoints: OF_CLASS.C1.endpoints }],
    ['a node is down', { nodes: [node(1), node(2, { status: 'DOWN' })] }],
  ])('is good while %s', (_name, settings) => {
    expect(judged(settings)).toEqual({ state: 'good', problems: [] });
  });

  it.each<[string, Partial<DatabaseFacts>, State]>([
    ['the mode is distributed', { syncerMode: 'distributed' }, 'bad'],
    ['the database is at work', { status: 'active-change-pending' }, 'unsettled'],
    ['the id belongs to another name', { database: { ...C2.database, name: 'carts' } }, 'foreign'],
  ])('is not good when %s', (_name, settings, state) => {
    expect(judged(settings).state).toBe(state);
  });
});

describe('notDistributable', () => {
  it('accepts endpoints with a multi-proxy policy and two nodes', () => {
    expect(notDistributable(OF_CLASS.C2)).toEqual([]);
  });

  it.each(['C1', 'C3', 'X'] as const)('refuses class %s', (name) => {
    expect(notDistributable(OF_CLASS[name])).toEqual([expect.stringContaining('7:1')]);
  });

  it('refuses a database without endpoints', () => {
    expect(notDistributable({ endpoints: [] })).toHaveLength(1);
  });
});

describe('addSample', () => {
  it('counts equal samples in a row and keeps when they began', () => {
    expect(tallyOf(['bad', 'good', 'good'])).toMatchObject({ taken: 3, streak: { state: 'good', length: 2, since: later(10) } });
  });

  it('begins a new streak with every other state', () => {
    expect(tallyOf(['good', 'good', 'unsettled']).streak).toEqual({ state: 'unsettled', length: 1, since: later(20) });
  });

  it('counts changes between good and bad', () => {
    expect(tallyOf(['good', 'bad', 'bad', 'good']).flips).toBe(2);
  });

  it.each(['unsettled', 'unmeasured'] as const)('does not count the step from %s to good', (state) => {
    expect(tallyOf([state, 'good', state, 'good']).flips).toBe(0);
  });

  it('keeps the problems of the latest sample that was not good', () => {
    expect(tallyOf(['bad', 'unsettled', 'good']).problems).toEqual(['unsettled 1']);
  });

  it('does not grow with the samples', () => {
    const size = (states: State[]) => JSON.stringify(tallyOf(states)).length;
    expect(size(Array<State>(900).fill('unsettled'))).toBeLessThan(size(['unsettled']) + 20);
  });
});

describe('judge', () => {
  it('passes after as many good samples in a row as asked for', () => {
    expect(verdictOn(['good', 'good', 'good'])).toEqual({ verdict: 'passed' });
  });

  it.each<[string, State[]]>([
    ['no sample was taken', []],
    ['good samples are too few', ['good', 'good']],
    ['good samples are not in a row', ['good', 'good', 'unsettled', 'good']],
    ['the only bad sample may be a moment of transition', ['bad']],
    ['the only degraded sample may be a moment of transition', ['good', 'degraded']],
    ['the only foreign sample may be a misreading', ['foreign']],
    ['the state cannot be read yet', ['unmeasured', 'unmeasured']],
    ['the database is still at work', ['unsettled', 'unsettled', 'unsettled']],
  ])('wants more samples while %s', (_name, states) => {
    expect(verdictOn(states, 60)).toBeUndefined();
  });

  it.each([
    ['bad', 'VerificationFailedError'],
    ['degraded', 'ClusterDegradedError'],
    ['foreign', 'ForeignChangeError'],
  ] as const)('believes %s the second time in a row', (state, error) => {
    expect(verdictOn(['good', state, state])).toEqual({ verdict: 'failed', error });
  });

  it('fails at the third change between good and bad', () => {
    expect(verdictOn(['good', 'bad', 'good'])).toBeUndefined();
    expect(verdictOn(['good', 'bad', 'good', 'bad'])).toEqual({ verdict: 'failed', error: 'VerificationFailedError' });
  });

  it('is inconclusive at the deadline when good samples are too few', () => {
    expect(verdictOn(['unsettled', 'good'], 599)).toBeUndefined();
    expect(verdictOn(['unsettled', 'good'], 600)).toEqual({ verdict: 'inconclusive', error: 'VerificationInconclusiveError' });
  });

  it('passes at the deadline when the last sample makes them enough', () => {
    expect(verdictOn(['good', 'good', 'good'], 600)).toEqual({ verdict: 'passed' });
  });

  it('errs after five minutes in which nothing could be read', () => {
    expect(verdictOn(['good', 'unmeasured', 'unmeasured'], 309)).toBeUndefined();
    expect(verdictOn(['good', 'unmeasured', 'unmeasured'], 310)).toEqual({ verdict: 'errored', error: 'VerificationErroredError' });
  });

  it('errs at a deadline before that when the last sample could not be read', () => {
    const hasty = { ...verification, deadlineSeconds: 60 };
    expect(judge(tallyOf(['good', 'unmeasured']), hasty, later(60))).toEqual({ verdict: 'errored', error: 'VerificationErroredError' });
  });

  it('errs at the deadline when no sample was taken', () => {
    expect(verdictOn([], 600)).toEqual({ verdict: 'errored', error: 'VerificationErroredError' });
  });

  it('leaves a database that is at work until the deadline to an operator', () => {
    const error = verdictOn(Array<State>(61).fill('unsettled'))?.error;
    expect(error && STEP_ERRORS[error].afterWrite).toBe('halt');
  });

  const anyStates = fc.array(fc.constantFrom(...SAMPLE_STATES), { maxLength: 40 });
  const anyMoment = fc.integer({ min: 0, max: 4_000 });

  it('passes only when the latest samples, as many as asked for, were all good', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('good', 'good', 'good', ...SAMPLE_STATES), { maxLength: 40 }), anyMoment, (states, seconds) => {
        const allGood = states.length >= 3 && states.slice(-3).every((state) => state === 'good');
        expect(verdictOn(states, seconds)?.verdict === 'passed').toBe(allGood);
      }),
    );
  });

  it('never passes without data', () => {
    const withoutData = fc.array(fc.constantFrom(...SAMPLE_STATES.filter((state) => state !== 'good')), { maxLength: 40 });
    fc.assert(
      fc.property(withoutData, anyMoment, (states, seconds) => {
        expect(verdictOn(states, seconds)?.verdict).not.toBe('passed');
      }),
    );
  });

  it('has an error for every verdict but passed', () => {
    fc.assert(
      fc.property(anyStates, anyMoment, (states, seconds) => {
        const judgement = verdictOn(states, seconds);
        expect(judgement?.error !== undefined).toBe(judgement !== undefined && judgement.verdict !== 'passed');
      }),
    );
  });

  it('always has a verdict from the deadline on', () => {
    fc.assert(
      fc.property(anyStates, fc.integer({ min: 600, max: 4_000 }), (states, seconds) => {
        expect(verdictOn(states, seconds)).toBeDefined();
      }),
    );
  });
});

describe('judgeReading of a database whose replication is watched', () => {
  const { D2 } = OF_CLASS;
  const expected = {
    mode: 'distributed',
    name: 'orders',
    bindings: D2,
    watched: { before: healthBefore(), settings: verification },
  } as const;
  const seen = { ...health().seen, syncerMode: 'distributed' } as const;
  const judged = (settings: Partial<ReplicationHealth>, found: Partial<DatabaseFacts> = {}) =>
    judgeReading({ ...D2, ...found }, expected, health({ seen, ...settings }));

  it('is good while settings and replication are, and tells the lag', () => {
    expect(judged({})).toEqual({ state: 'good', problems: [], lagMs: 40 });
  });

  it('is decided by the gravest finding', () => {
    const sources = [source({ status: 'syncing', rdbSize: 5 })];
    expect(judged({ sources }, { syncerMode: 'centralized' }).state).toBe('full-sync');
    expect(judged({ sources: [source({ status: 'out-of-sync' })] }, { status: 'active-change-pending' }).state).toBe('unhealthy');
  });

  it('H04: waits while the two ways in tell different modes', () => {
    expect(judged({ seen: health().seen }).state).toBe('unsettled');
  });
});

describe('judge of replication', () => {
  it.each<[State, string]>([
    ['full-sync', 'FullSyncError'],
    ['sync-stopped', 'SyncStoppedError'],
  ])('stops everything at the first sample that is %s', (state, error) => {
    expect(verdictOn(['good', state])).toEqual({ verdict: 'failed', error });
  });

  it('D12: lets a syncer restart and come back', () => {
    expect(verdictOn(['unhealthy', 'unhealthy', ...Array.from({ length: verification.samples }, (): State => 'good')])).toEqual({
      verdict: 'passed',
    });
  });

  it('D16: rolls back when replication has not recovered at the deadline', () => {
    const states = Array.from({ length: 8 }, (): State => 'unhealthy');
    expect(verdictOn(states)).toBeUndefined();
    expect(verdictOn(states, verification.deadlineSeconds)).toEqual({ verdict: 'failed', error: 'VerificationFailedError' });
  });

  it('D15: leaves it to an operator when a peer is still down at the deadline', () => {
    expect(verdictOn(['peer-down', 'peer-down'], verification.deadlineSeconds)).toEqual({ verdict: 'failed', error: 'PeerDownError' });
  });

  it('E13: fails when health flaps, and counts bad after unhealthy as no turn', () => {
    expect(verdictOn(['good', 'unhealthy', 'good', 'unhealthy'])).toEqual({ verdict: 'failed', error: 'VerificationFailedError' });
    expect(verdictOn(['unhealthy', 'bad', 'unhealthy', 'bad', 'unhealthy'])).toBeUndefined();
  });
});

describe('bindings that the cluster contradicts itself about', () => {
  const unclear = [endpoint({ policy: 'all-master-shards', nodes: [], unclear: 'the proxies cannot be told' })];
  const expected = (mode: 'centralized' | 'distributed') => ({ mode, name: 'orders', bindings: { endpoints: unclear } });

  it('are no pass and no failure towards distributed', () => {
    const reading = { ...OF_CLASS.D2, endpoints: unclear };
    expect(judgeReading(reading, expected('distributed'))).toEqual({ state: 'unmeasured', problems: ['the proxies cannot be told'] });
  });

  it('do not matter for centralized', () => {
    expect(judgeReading({ ...OF_CLASS.C2, endpoints: unclear }, expected('centralized')).state).toBe('good');
  });
});
