import { beforeEach, describe, expect, it } from 'vitest';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { later, NOW } from '../../support/facts.ts';
import { asked, opened, TEXT } from './rollouts.ts';
import { atOnce, describeEachStore } from './stores.ts';

describeEachStore('what is asked for, and events', (bench) => {
  let store: RolloutStore;
  beforeEach(async () => {
    store = bench().store;
    await opened(store);
  });

  describe('ask', () => {
    it('gives back what was asked for, until it is taken up', async () => {
      expect(await store.asked('rol-1')).toBeUndefined();
      await store.ask('rol-1', asked());
      expect(await bench().another().asked('rol-1')).toEqual(asked());
      await store.takeUp('rol-1', asked());
      expect(await store.asked('rol-1')).toBeUndefined();
    });

    it('keeps what was asked for last', async () => {
      await store.ask('rol-1', asked());
      const abort = asked({ control: 'abort', at: later(5) });
      await store.ask('rol-1', abort);
      expect(await store.asked('rol-1')).toEqual(abort);
    });

    it('forgets nothing that was asked for since', async () => {
      await store.ask('rol-1', asked());
      const seen = await store.asked('rol-1');
      const again = asked({ at: later(5) });
      await store.ask('rol-1', again);
      if (seen) await store.takeUp('rol-1', seen);
      expect(await store.asked('rol-1')).toEqual(again);
    });

    it('takes up what it has read, by another store, and twice', async () => {
      const { reason: _, ...short } = asked();
      await store.ask('rol-1', short);
      const seen = await bench().another().asked('rol-1');
      for (let time = 0; time < 2; time += 1) if (seen) await bench().another().takeUp('rol-1', seen);
      expect([seen, await store.asked('rol-1')]).toEqual([short, undefined]);
    });

    it('leaves the record as it is', async () => {
      const record = await store.get('rol-1');
      await store.ask('rol-1', asked());
      expect(await store.get('rol-1')).toEqual(record);
    });

    it('keeps rollouts apart', async () => {
      await store.ask('rol-1', asked());
      await store.takeUp('rol-2', asked());
      expect([await store.asked('rol-1'), await store.asked('rol-2')]).toEqual([asked(), undefined]);
    });
  });

  describe('append', () => {
    it('gives events back in the order in which they were written, each with its moment', async () => {
      await store.append('rol-1', { type: 'note', text: TEXT });
      bench().passes(90);
      await store.append('rol-1', { type: 'wave-began', wave: 1, targets: 3 });
      await store.append('rol-1', { type: 'asked', control: 'abort', by: 'alice', via: 'slack' });
      expect(await bench().another().events('rol-1')).toEqual([
        { at: NOW, type: 'note', text: TEXT },
        { at: later(90), type: 'wave-began', wave: 1, targets: 3 },
        { at: later(90), type: 'asked', control: 'abort', by: 'alice', via: 'slack' },
      ]);
    });

    it('keeps the order within a moment', async () => {
      const texts = Array.from({ length: 50 }, (_, index) => `${index}`);
      for (const text of texts) await store.append('rol-1', { type: 'note', text });
      expect((await store.events('rol-1')).map((event) => event.type === 'note' && event.text)).toEqual(texts);
    });

    it('keeps two events that say the same', async () => {
      await store.append('rol-1', { type: 'paused' });
      await store.append('rol-1', { type: 'paused' });
      expect(await store.events('rol-1')).toHaveLength(2);
    });

    it('loses none of those that many write at once', async () => {
      await atOnce(8, (index) =>
        bench()
          .another()
          .append('rol-1', { type: 'wave-passed', wave: index + 1 }),
      );
      const waves = (await store.events('rol-1')).map((event) => 'wave' in event && event.wave);
      expect(waves.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('keeps rollouts apart', async () => {
      await store.append('rol-1', { type: 'paused' });
      expect([await store.events('rol-10'), await store.events('rol-')]).toEqual([[], []]);
    });
  });
});
