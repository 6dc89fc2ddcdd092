import { describe, expect, it } from 'vitest';
import { breaches, countsOf, FILE, failSwitches, labOf, modeNow, statesOf } from '../support/rollout-scenes.ts';
import { loseProxies } from '../support/rollout-trouble.ts';

describe('a canary that fails', () => {
  it('stops the rollout with everything centralized, and nothing else begun', async () => {
    const lab = labOf();
    failSwitches(lab, 1);
    const record = await lab.rollOut(FILE);
    expect(record).toMatchObject({ outcome: 'undone', wave: 1, stop: { cause: 'failures' } });
    expect(await countsOf(lab)).toEqual({ 'rolled-back': 1, waiting: 11 });
    expect(new Set(lab.clusters.writes.map(({ database, cluster }) => `${cluster}/${database}`)).size).toBe(1);
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('the error budget', () => {
  it('of two tolerates two failures', async () => {
    const lab = labOf();
    failSwitches(lab, 2, 6);
    const record = await lab.rollOut({ ...FILE, errorBudget: 2 });
    expect(record).toMatchObject({ outcome: 'incomplete' });
    expect(record.stop).toBeUndefined();
    expect(await countsOf(lab)).toEqual({ 'rolled-back': 2, applied: 10 });
    expect(await breaches(lab)).toEqual([]);
  });

  it('of two stops at the third', async () => {
    const lab = labOf();
    failSwitches(lab, 2, 5, 6);
    const record = await lab.rollOut({ ...FILE, errorBudget: 2, concurrency: { total: 1 }, onStop: 'stop' });
    expect(record).toMatchObject({ outcome: 'incomplete', stop: { cause: 'failures', action: 'stop' } });
    expect(record.stop?.says).toContain('3 of 12 targets failed, and the error budget is 2');
    expect(await countsOf(lab)).toEqual({ 'rolled-back': 3, applied: 3, waiting: 6 });
    expect(await breaches(lab)).toEqual([]);
  });

  it('stops the lanes that run at the same time as well', async () => {
    const lab = labOf({ databases: 8 });
    failSwitches(lab, ...Array.from({ length: 24 }, (_, index) => index + 1));
    await lab.rollOut({ ...FILE, waves: { canary: 0, sizes: ['100%'] } });
    const { 'rolled-back': failed = 0, waiting = 0 } = await countsOf(lab);
    // One for each cluster may have been under way.
    expect(failed).toBeLessThanOrEqual(3);
    expect(waiting).toBe(24 - failed);
  });

  it('sends the members of the wave back that were applied, and keeps those of earlier waves', async () => {
    const lab = labOf();
    failSwitches(lab, 6);
    const record = await lab.rollOut({ ...FILE, concurrency: { total: 1 }, onStop: 'undo-wave' });
    expect(record.outcome).toBe('incomplete');
    expect(await countsOf(lab)).toEqual({ applied: 4, undone: 1, 'rolled-back': 1, waiting: 6 });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('an alarm', () => {
  it('that is raised while a wave is watched sends back what the rollout applied', async () => {
    const lab = labOf();
    lab.on(
      (event) => void (event.type === 'bake-began' && event.wave === 2 && lab.clock.arrange(200, () => lab.alarms.ringing.add('lag'))),
    );
    const record = await lab.rollOut({ ...FILE, alarms: ['lag'], onStop: 'undo-all' });
    expect(record).toMatchObject({ outcome: 'undone', wave: 2, stop: { cause: 'alarm', says: 'alarm lag is raised' } });
    expect(await countsOf(lab)).toEqual({ undone: 4, waiting: 8 });
    expect(await breaches(lab)).toEqual([]);
  });

  it('that cannot be read is not quiet: nothing begins', async () => {
    const lab = labOf();
    lab.alarms.unknown.add('lgg');
    const record = await lab.rollOut({ ...FILE, alarms: ['lgg'] });
    expect(record).toMatchObject({ outcome: 'refused', stop: { cause: 'alarm' } });
    expect(lab.clusters.writes).toEqual([]);
  });
});

describe('a member that degrades an hour after it passed', () => {
  const anHour = { ...FILE, bake: { seconds: 3_600, samples: 4 }, waves: { canary: 1, sizes: [5, '100%'] } };
  const degradeCanary = (lab: ReturnType<typeof labOf>) =>
    lab.on(async (event) => {
      if (event.type !== 'bake-began' || event.wave !== 2) return;
      const [canary] = await lab.targets();
      if (canary) loseProxies(lab.cluster(canary.cluster), Number(canary.id.slice('db:'.length)));
    });

  it('goes back by itself, and the others go on where the budget allows it', async () => {
    const lab = labOf();
    degradeCanary(lab);
    const record = await lab.rollOut({ ...anHour, errorBudget: 1 });
    expect(record).toMatchObject({ outcome: 'incomplete' });
    expect(await countsOf(lab)).toEqual({ undone: 1, applied: 11 });
    const [canary] = await lab.targets();
    expect(canary).toMatchObject({ state: 'undone', failed: true, says: expect.stringContaining('VerificationFailedError') });
    expect(await breaches(lab)).toEqual([]);
  });

  it('stops the rollout where it does not', async () => {
    const lab = labOf();
    degradeCanary(lab);
    const record = await lab.rollOut({ ...anHour, onStop: 'undo-all' });
    expect(record).toMatchObject({ outcome: 'undone', wave: 2, stop: { cause: 'failures' } });
    expect(await countsOf(lab)).toEqual({ undone: 6, waiting: 6 });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('somebody at the controls', () => {
  const midWave = (lab: ReturnType<typeof labOf>, happens: () => unknown) =>
    lab.at({ on: /^tune db db:\d+ syncer_mode distributed$/, nth: 6, when: 'after', happens });

  it('aborts in the middle of a wave: what is under way is rolled back, what is applied is kept', async () => {
    const lab = labOf();
    midWave(lab, () => lab.ask('abort', undefined, 'the release is off'));
    const record = await lab.rollOut({ ...FILE, concurrency: { total: 1 } });
    expect(record).toMatchObject({ outcome: 'incomplete', stop: { cause: 'asked', action: 'stop' } });
    expect(record.stop?.says).toContain('olga: the release is off');
    const counts = await countsOf(lab);
    expect(counts).toEqual({ applied: 5, 'rolled-back': 1, waiting: 6 });
    expect(await breaches(lab)).toEqual([]);
  });

  it('undoes everything in the middle of a wave', async () => {
    const lab = labOf();
    midWave(lab, () => lab.ask('undo-all'));
    expect((await lab.rollOut({ ...FILE, concurrency: { total: 1 } })).outcome).toBe('undone');
    expect(await countsOf(lab)).toEqual({ undone: 5, 'rolled-back': 1, waiting: 6 });
    expect(await breaches(lab)).toEqual([]);
  });

  it('undoes a rollout that has ended', async () => {
    const lab = labOf();
    expect((await lab.rollOut(FILE)).outcome).toBe('completed');
    expect(await lab.ask('undo-all')).toMatchObject({ accepted: true });
    expect((await Promise.all(lab.begun)).map(({ outcome, run }) => ({ outcome, run }))).toEqual([{ outcome: 'undone', run: 1 }]);
    expect(await countsOf(lab)).toEqual({ undone: 12 });
    expect(await breaches(lab)).toEqual([]);
    expect(await lab.ask('undo-all')).toMatchObject({ accepted: false });
  });

  it('resumes a rollout that has stopped: with what is left, in the places that it had', async () => {
    const lab = labOf();
    failSwitches(lab, 6);
    await lab.rollOut({ ...FILE, concurrency: { total: 1 }, onStop: 'stop' });
    const before = (await lab.targets()).map(({ position, wave, cluster, id }) => [position, wave, cluster, id]);
    expect(await lab.ask('resume')).toMatchObject({ accepted: true });
    expect((await Promise.all(lab.begun)).map(({ outcome }) => outcome)).toEqual(['incomplete']);
    expect((await lab.targets()).map(({ position, wave, cluster, id }) => [position, wave, cluster, id])).toEqual(before);
    expect(await countsOf(lab)).toEqual({ applied: 11, 'rolled-back': 1 });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('an undo that fails', () => {
  it('is left to somebody, and the other members of the wave go back', async () => {
    const lab = labOf({}, { watched: false });
    lab.on(async (event) => {
      if (event.type !== 'bake-began' || event.wave !== 2) return;
      const [, , one] = await lab.targets();
      if (one)
        lab
          .cluster(one.cluster)
          .faults.push({ on: `^tune db ${one.id} syncer_mode centralized`, times: 'always', effect: { kind: 'fail' } });
      lab.alarms.ringing.add('lag');
    });
    const record = await lab.rollOut({ ...FILE, alarms: ['lag'] });
    expect(record.outcome).toBe('needs-operator');
    const states = await statesOf(lab);
    expect(Object.fromEntries(Object.entries(states).map(([state, all]) => [state, all.length]))).toEqual({
      applied: 1,
      undone: 2,
      'needs-operator': 1,
      waiting: 8,
    });
    expect(await breaches(lab)).toEqual([]);
  });
});

describe('a cluster that becomes unreachable', () => {
  it('before its changes begin: they are refused and count, the others go on', async () => {
    const lab = labOf();
    lab.on(async (event) => {
      if (event.type === 'wave-began' && event.wave === 3) lab.clusters.silent.add('rs-2');
    });
    const record = await lab.rollOut({ ...FILE, errorBudget: 4, bake: { seconds: 0, samples: 1 } });
    const targets = await lab.targets();
    const refused = targets.filter(({ state }) => state === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ cluster, wave }) => cluster === 'rs-2' && wave === 3)).toBe(true);
    // Its members that were applied before cannot be read any more: somebody has to look.
    expect(targets.filter(({ state }) => state === 'needs-operator').every(({ cluster, wave }) => cluster === 'rs-2' && wave < 3)).toBe(
      true,
    );
    expect(targets.filter(({ cluster }) => cluster !== 'rs-2').every(({ state }) => state === 'applied')).toBe(true);
    expect(record.outcome).toBe(targets.some(({ state }) => state === 'needs-operator') ? 'needs-operator' : 'incomplete');
  });

  it('while it is planned: nothing begins, and it is named', async () => {
    const lab = labOf();
    lab.clusters.silent.add('rs-3');
    const record = await lab.rollOut(FILE);
    expect(record.outcome).toBe('refused');
    expect(record.plan?.blockers.join()).toContain('rs-3 cannot be surveyed');
    expect(lab.clusters.writes).toEqual([]);
  });
});

describe('two rollouts that overlap in targets', () => {
  it('never work on a database both: it belongs to the one that began its change first, until that has ended', async () => {
    const lab = labOf();
    const second = { ...FILE, name: 'second', select: { databases: ['db-rs-1-*', 'db-rs-2-1'] }, errorBudget: 0 };
    let other: ReturnType<typeof lab.rollOut> | undefined;
    lab.on((event, id) => {
      if (id === 'rol-first' && event.type === 'bake-began' && event.wave === 3) other = lab.rollOut(second, 'rol-second');
    });
    const first = await lab.rollOut({ ...FILE, waves: { canary: 1, sizes: [3, 4, '100%'] } }, 'rol-first');
    const record = await other;
    const placesIn = async (id: string, state: string) => (await statesOf(lab, id))[state] ?? [];
    const [byFirst, bySecond] = [await placesIn('rol-first', 'applied'), await placesIn('rol-second', 'applied')];
    const refused = [...(await lab.targets('rol-first')), ...(await lab.targets('rol-second'))].filter(({ state }) => state === 'refused');
    expect(byFirst.filter((name) => bySecond.includes(name))).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
    for (const { says } of refused) expect(says).toMatch(/set aside: it belongs to rollout rol-(?:first|second), which is running/);
    // To find a database taken is no failure of it: neither of them stops.
    expect([first.stop, record?.stop]).toEqual([undefined, undefined]);
    for (const target of await lab.targets('rol-first')) expect(modeNow(lab, target)).toBe('distributed');
    expect(lab.rules.broken).toEqual([]);
    expect(await lab.locks()).toEqual([]);
  });
});
