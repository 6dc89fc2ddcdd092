import { beforeEach, describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { later, NOW } from '../../support/facts.ts';
import { file, HOLDER, opened, rollout, underway } from './rollouts.ts';
import { atOnce, describeEachStore } from './stores.ts';

const LARGEST_FILE = file({
  select: {
    targets: Array.from({ length: 700 }, (_, index) => `${'c'.repeat(58)}${String(index).padStart(4, '0')}/${'d'.repeat(63)}`),
    exclude: Array.from({ length: 700 }, (_, index) => `${'e'.repeat(58)}${String(index).padStart(4, '0')}/${'f'.repeat(63)}`),
  },
});

describeEachStore('records', (bench) => {
  let store: RolloutStore;
  beforeEach(() => {
    store = bench().store;
  });

  describe('open', () => {
    it('begins a record: revision 1, run 0, running, in no wave', async () => {
      expect(await store.open(rollout(), HOLDER)).toBe(true);
      expect(await store.get('rol-1')).toEqual({
        revision: 1,
        request: rollout(),
        startedAt: NOW,
        holder: HOLDER,
        run: 0,
        status: 'running',
        wave: 0,
        baked: 0,
        stalled: 0,
      });
    });

    it('changes nothing the second time, whatever is asked for', async () => {
      const record = await opened(store);
      bench().passes(60);
      expect(await store.open(rollout({ planOnly: true }), { description: 'somebody else', host: 'there' })).toBe(false);
      expect([await store.get('rol-1'), await store.list(9)]).toEqual([record, [record]]);
    });

    it('changes nothing once the rollout has gone on', async () => {
      const record = underway(await opened(store));
      await store.save(record);
      expect([await store.open(rollout(), HOLDER), await store.get('rol-1')]).toEqual([false, record]);
    });

    it('lets exactly one of several that open it at once have it, with its own request', async () => {
      const requests = ['a', 'b', 'c', 'd'].map((reason) => rollout({ file: file({ reason }) }));
      const opens = await Promise.all(requests.map((request) => bench().another().open(request, HOLDER)));
      expect(opens.filter(Boolean)).toHaveLength(1);
      expect((await store.get('rol-1'))?.request).toEqual(requests[opens.indexOf(true)]);
    });

    it('keeps a request that is about as large as a file may be', async () => {
      await store.open(rollout({ file: LARGEST_FILE }), HOLDER);
      const record = await store.get('rol-1');
      expect(record?.request.file).toEqual(LARGEST_FILE);
      expect(record && (await store.save(underway(record)))).toBe(true);
      expect((await bench().another().get('rol-1'))?.request.file).toEqual(LARGEST_FILE);
    });
  });

  describe('get', () => {
    it('knows nothing of a rollout that was never opened, whatever else was written under its id', async () => {
      await store.append('rol-1', { type: 'paused' });
      expect([await store.get('rol-1'), await store.get('rol-2'), await store.list(9)]).toEqual([undefined, undefined, []]);
    });

    it('keeps rollouts apart whose ids begin alike', async () => {
      const records = [await opened(store, 'rol-1'), await opened(store, 'rol-10'), await opened(store, 'rol-1-a')];
      await store.save(underway(records[0] as RolloutRecord));
      expect([await store.get('rol-10'), await store.get('rol-1-a')]).toEqual(records.slice(1));
    });
  });

  describe('list', () => {
    it('has the newest first, as many as are asked for, as they are now', async () => {
      const records: RolloutRecord[] = [];
      for (const rolloutId of ['rol-b', 'rol-a', 'rol-c']) {
        records.unshift(await opened(store, rolloutId));
        bench().passes(1);
      }
      const [newest, middle, oldest] = records as [RolloutRecord, RolloutRecord, RolloutRecord];
      await store.save(underway(oldest));
      expect(await store.list(9)).toEqual([newest, middle, underway(oldest)]);
      expect([await store.list(2), await store.list(0)]).toEqual([[newest, middle], []]);
    });

    it('has those that began in the same moment in the order in which they did', async () => {
      for (const rolloutId of ['rol-b', 'rol-a', 'rol-c']) await opened(store, rolloutId);
      expect((await store.list(9)).map(({ request }) => request.rolloutId)).toEqual(['rol-c', 'rol-a', 'rol-b']);
    });
  });

  describe('save', () => {
    it('gives a record back just as it was written', async () => {
      const record = underway(await opened(store));
      expect([await store.save(record), await bench().another().get('rol-1')]).toEqual([true, record]);
    });

    it('forgets what a later revision does not have', async () => {
      const first = await opened(store);
      const second = underway(first);
      const third = { ...first, revision: 3 };
      expect([await store.save(second), await store.save(third), await store.get('rol-1')]).toEqual([true, true, third]);
    });

    it('keeps the request as it was opened', async () => {
      const record = underway(await opened(store));
      await store.save({ ...record, request: rollout({ planOnly: true }) });
      expect(await store.get('rol-1')).toEqual(record);
    });

    it.each([1, 2, 4, 0])('refuses revision %i on top of revision 2, and keeps what it has', async (revision) => {
      const record = underway(await opened(store));
      await store.save(record);
      expect([await store.save({ ...record, revision, wave: 9 }), await store.get('rol-1')]).toEqual([false, record]);
    });

    it.each([1, 2])('refuses revision %i of a rollout that was never opened', async (revision) => {
      const record = { ...underway(await opened(store)), request: rollout({ rolloutId: 'rol-2' }), revision };
      expect([await store.save(record), await store.get('rol-2')]).toEqual([false, undefined]);
    });

    it('lets exactly one of several that save at once have it, each time', async () => {
      let record = await opened(store);
      for (let round = 0; round < 5; round += 1) {
        const { revision } = record;
        const nexts = [1, 2, 3, 4].map((wave) => ({ ...record, revision: revision + 1, wave }));
        const saves = await Promise.all(nexts.map((next) => bench().another().save(next)));
        expect(saves.filter(Boolean)).toHaveLength(1);
        record = nexts[saves.indexOf(true)] as RolloutRecord;
        expect(await store.get('rol-1')).toEqual(record);
      }
    });

    it('counts a write that is repeated as written', async () => {
      const record = underway(await opened(store));
      expect([await store.save(record), await bench().another().save(record), await store.get('rol-1')]).toEqual([true, true, record]);
    });

    it('goes on long after, and after the end', async () => {
      let record = await opened(store);
      for (let round = 0; round < 20; round += 1) {
        record = { ...record, revision: record.revision + 1, status: round % 2 === 0 ? 'ended' : 'running', endedAt: later(round) };
        expect(await store.save(record)).toBe(true);
      }
      expect(await store.get('rol-1')).toEqual(record);
    });
  });

  it('are opened by one of many at once', async () => {
    const opens = await atOnce(6, () => bench().another().open(rollout(), HOLDER));
    expect(opens.filter(Boolean)).toHaveLength(1);
  });
});
