import { describe, expect, it } from 'vitest';
import { ROLLOUT_ID } from '../support/rollout-lab.ts';
import { breaches, countsOf, FILE, labOf } from '../support/rollout-scenes.ts';
import { changeFromOutside } from '../support/rollout-trouble.ts';

type Lab = ReturnType<typeof labOf>;
const STRICT = { required: true, approvals: 1, requesterMayApprove: false, breakGlass: [] };

/** Answers each question of a rollout at once. */
const answering = (lab: Lab, who: string) =>
  lab.on(async (event) => {
    if (event.type === 'approval-requested') await lab.decide('approve', who);
  });
const questionsOf = async (lab: Lab) =>
  (await lab.rollouts.events(ROLLOUT_ID)).flatMap((event) => (event.type === 'approval-requested' ? [event.wave] : []));

describe('the approval of a rollout', () => {
  it('is asked for once where a cluster asks for one of each change, and none of its changes asks again', async () => {
    const lab = labOf({}, { gates: { rules: STRICT } });
    answering(lab, 'bob');
    expect((await lab.rollOut(FILE)).outcome).toBe('completed');
    expect(await questionsOf(lab)).toEqual([1]);
    for (const { changeId } of await lab.store.list(100)) expect(await lab.store.gate(changeId)).toBeUndefined();
    expect(await breaches(lab)).toEqual([]);
  });

  it('is not given by whoever asked for the rollout', async () => {
    const lab = labOf({}, { gates: { rules: STRICT } });
    lab.on(async (event) => {
      if (event.type !== 'approval-requested') return;
      expect(await lab.decide('approve', 'alice')).toMatchObject({ accepted: false });
      expect(lab.clusters.writes).toEqual([]);
      await lab.decide('approve', 'bob');
    });
    expect((await lab.rollOut(FILE)).outcome).toBe('completed');
  });

  it('is asked for before each wave where the file says so', async () => {
    const lab = labOf();
    answering(lab, 'bob');
    expect((await lab.rollOut({ ...FILE, gates: { approve: ['each-wave'] } })).outcome).toBe('completed');
    expect(await questionsOf(lab)).toEqual([1, 2, 3]);
  });

  it('that expires after the canary keeps what is applied, and is asked for again when the rollout is resumed', async () => {
    const lab = labOf();
    let questions = 0;
    lab.on(async (event) => {
      if (event.type !== 'approval-requested') return;
      questions += 1;
      if (questions === 1) lab.clock.advance(3_600);
      else await lab.decide('approve', 'bob');
    });
    const first = await lab.rollOut({ ...FILE, gates: { approve: ['after-canary'], timeoutSeconds: 600 } });
    expect(first).toMatchObject({ outcome: 'incomplete', stop: { cause: 'expired' } });
    expect(await countsOf(lab)).toEqual({ applied: 1, waiting: 11 });
    expect(await lab.ask('resume')).toMatchObject({ accepted: true });
    expect((await Promise.all(lab.begun)).map(({ outcome }) => outcome)).toEqual(['completed']);
  });

  it('that is denied after the canary sends the canary back', async () => {
    const lab = labOf();
    lab.on(async (event) => {
      if (event.type === 'approval-requested') await lab.decide('reject', 'bob');
    });
    const record = await lab.rollOut({ ...FILE, gates: { approve: ['after-canary'] } });
    expect(record).toMatchObject({ outcome: 'undone', stop: { cause: 'rejected' } });
    expect(record.stop?.says).toContain('bob rejected the plan: bob has looked at it');
    expect(await countsOf(lab)).toEqual({ undone: 1, waiting: 11 });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('a target that is no longer as it was planned', () => {
  const drifting = (lab: Lab) =>
    lab.on(async (event) => {
      if (event.type !== 'bake-began' || event.wave !== 1) return;
      const [, , one] = await lab.targets();
      if (one) changeFromOutside(lab.cluster(one.cluster), Number(one.id.slice('db:'.length)), { policy: 'all-nodes' });
    });

  it('is set aside with nothing written, and the others go on', async () => {
    const lab = labOf();
    drifting(lab);
    expect((await lab.rollOut(FILE)).outcome).toBe('incomplete');
    expect(await countsOf(lab)).toEqual({ drifted: 1, applied: 11 });
    const [, , one] = await lab.targets();
    expect(lab.clusters.writes.filter(({ cluster, database }) => cluster === one?.cluster && database === one?.id)).toEqual([]);
    expect(await breaches(lab)).toEqual([]);
  });

  it('stops the rollout where the file says so', async () => {
    const lab = labOf();
    drifting(lab);
    const record = await lab.rollOut({ ...FILE, onDrift: 'stop', onStop: 'undo-all' });
    expect(record).toMatchObject({ outcome: 'undone', stop: { cause: 'drift' } });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('the window of a rollout', () => {
  const window = { opensAt: '2026-12-01T03:00:00Z', closesAt: '2026-12-01T05:00:00Z' };
  const quick = { ...FILE, verification: { settleSeconds: 1, intervalSeconds: 1, samples: 1, deadlineSeconds: 60 } };

  it('is waited for: nothing is written before it opens', async () => {
    const lab = labOf();
    expect((await lab.rollOut({ ...quick, gates: { window } })).outcome).toBe('completed');
    expect(lab.clusters.writes.every(({ at }) => at >= new Date(window.opensAt))).toBe(true);
  });

  it('that closes before the end keeps what is applied, and begins nothing after it', async () => {
    const lab = labOf();
    const record = await lab.rollOut({ ...quick, bake: { seconds: 5_400, samples: 2 }, gates: { window } });
    expect(record).toMatchObject({ outcome: 'incomplete', stop: { cause: 'window' } });
    expect(lab.clusters.writes.every(({ at }) => at < new Date(window.closesAt))).toBe(true);
    const { applied = 0, waiting = 0 } = await countsOf(lab);
    expect([applied > 0, waiting > 0, applied + waiting]).toEqual([true, true, 12]);
  });

  it('that is over already writes nothing', async () => {
    const lab = labOf();
    const over = { opensAt: '2026-11-01T03:00:00Z', closesAt: '2026-11-01T05:00:00Z' };
    expect((await lab.rollOut({ ...quick, gates: { window: over } })).outcome).toBe('window-missed');
    expect(lab.clusters.writes).toEqual([]);
  });
});
