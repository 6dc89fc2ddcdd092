import { describe, expect, it } from 'vitest';
import { Crashed } from '../support/rollout-process.ts';
import { breaches, countsOf, FILE, labOf, statesOf } from '../support/rollout-scenes.ts';
import { loseProxies } from '../support/rollout-trouble.ts';

/** What the search through random rollouts has found, each as small as it gets. */
describe('a rollout whose process dies while somebody asks it to pause', () => {
  it('is paused with nothing under way', async () => {
    const lab = labOf();
    lab.at({ on: /^tune .*distributed$/, nth: 3, when: 'before', happens: () => lab.ask('pause') });
    lab.at({ on: /^tune .*distributed$/, nth: 3, when: 'after', happens: () => lab.crash() });
    await expect(lab.rollOut(FILE)).rejects.toThrow(Crashed);
    expect(await lab.takeUp()).toMatchObject({ status: 'paused' });
    const counts = await countsOf(lab);
    expect(counts).not.toHaveProperty('running');
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('two rollouts on different members of one group', () => {
  it('never change them at once: the group belongs to the one that began first, until that has ended', async () => {
    const lab = labOf({ clusters: 2, databases: 1, groupShare: 1, groupSpan: [2, 2] });
    let other: ReturnType<typeof lab.rollOut> | undefined;
    lab.on((event, id) => {
      if (id === 'rol-first' && event.type === 'bake-began') other = lab.rollOut({ ...FILE, select: { clusters: ['rs-2'] } }, 'rol-second');
    });
    await lab.rollOut({ ...FILE, select: { clusters: ['rs-1'] } }, 'rol-first');
    await other;
    expect(await statesOf(lab, 'rol-first')).toEqual({ applied: ['rs-1/group-1'] });
    const [member] = await lab.targets('rol-second');
    expect(member).toMatchObject({
      state: 'refused',
      says: 'set aside: its Active-Active group belongs to rollout rol-first, which is running',
    });
    expect(lab.rules.broken).toEqual([]);
  });
});

describe('a member that was found degraded once when the rollout stops', () => {
  it('is not called applied before it was looked at again', async () => {
    const lab = labOf();
    lab.on(async (event) => {
      if (event.type !== 'bake-began' || event.wave !== 2) return;
      const [canary] = await lab.targets();
      if (canary) loseProxies(lab.cluster(canary.cluster), Number(canary.id.slice('db:'.length)));
      // After the first sample of the bake, before the second one.
      lab.clock.arrange(310, () => lab.alarms.ringing.add('lag'));
    });
    const record = await lab.rollOut({ ...FILE, alarms: ['lag'], onStop: 'stop' });
    expect(record).toMatchObject({ outcome: 'incomplete', stop: { cause: 'alarm' } });
    expect(await countsOf(lab)).toEqual({ undone: 1, applied: 3, waiting: 8 });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('a rollout that stops after its process died in its only change', () => {
  it('is not said to have written nothing', async () => {
    const lab = labOf({ clusters: 1, databases: 1 });
    lab.at({
      on: /^tune .*distributed$/,
      when: 'after',
      happens: () => {
        lab.alarms.ringing.add('lag');
        lab.crash();
      },
    });
    await expect(lab.rollOut({ ...FILE, alarms: ['lag'] })).rejects.toThrow(Crashed);
    expect(await lab.takeUp()).toMatchObject({ outcome: 'undone', stop: { cause: 'alarm' } });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('a selection by kinds', () => {
  it('does not pass over a database in silence whose kind could not be read for a moment', async () => {
    const lab = labOf({ clusters: 1 });
    lab.cluster('rs-1').faults.push({ on: '^GET /v1/bdbs/2', effect: { kind: 'status', status: 503, applied: false }, times: 'always' });
    const record = await lab.rollOut({ ...FILE, select: { kinds: ['replica-of'] } });
    expect(record).toMatchObject({ outcome: 'refused' });
    expect(record.plan?.blockers.join()).toContain('how db-rs-1-2 (db:2) replicates cannot be read');
    expect(lab.clusters.writes).toEqual([]);
  });
});

describe('a rollout whose process dies while a wave is watched', () => {
  const watched = { ...FILE, waves: { canary: 0, sizes: ['100%'] } };
  /** Dies when a cluster is looked at for the nth time in the first bake. */
  function dieInBake(lab: ReturnType<typeof labOf>, nth: number): void {
    let bakes = 0;
    lab.on(({ type }) => {
      bakes += type === 'bake-began' ? 1 : 0;
      if (type === 'bake-began' && bakes === 1) lab.at({ on: /^status/, nth, happens: () => lab.crash() });
    });
  }

  it('looks at once when it is taken up, so that no member is condemned that nobody looked at', async () => {
    const lab = labOf({ clusters: 1 });
    dieInBake(lab, 1);
    await expect(lab.rollOut({ ...watched, bake: { seconds: 600, samples: 1 } })).rejects.toThrow(Crashed);
    expect(await lab.takeUp()).toMatchObject({ outcome: 'completed' });
  });

  it('watches it from the start when it is taken up much later', async () => {
    const lab = labOf({ clusters: 1 });
    dieInBake(lab, 2);
    await expect(lab.rollOut({ ...watched, bake: { seconds: 600, samples: 3 } })).rejects.toThrow(Crashed);
    lab.clock.advance(7_200);
    expect(await lab.takeUp()).toMatchObject({ outcome: 'completed' });
    expect(await countsOf(lab)).toEqual({ applied: 4 });
  });
});
