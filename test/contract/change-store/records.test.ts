import { beforeEach, expect, it } from 'vitest';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { later, NOW, request } from '../../support/facts.ts';
import { describeEachStore, HOLDER, SUCCESSOR } from './stores.ts';

describeEachStore('records', (bench) => {
  let store: ChangeStore;
  beforeEach(() => {
    store = bench().store;
  });
  const passes = (seconds: number) => bench().passes(seconds);

  it('gives back the request of a change that is open', async () => {
    await store.open(request(), HOLDER);
    expect(await store.get('chg-1')).toEqual({
      changeId: 'chg-1',
      request: request(),
      startedAt: NOW,
      holder: HOLDER,
      run: 0,
      timeline: [],
    });
  });

  it('gives back everything but the story of a change in short', async () => {
    expect(await store.summary('chg-1')).toBeUndefined();
    await store.open(request(), HOLDER);
    await store.append('chg-1', { type: 'note', text: 'somebody looked' });
    const { timeline, ...rest } = (await store.get('chg-1')) ?? { timeline: [] };
    expect(timeline).toHaveLength(1);
    expect(await store.summary('chg-1')).toEqual(rest);
  });

  it('tells who opens a change from those who find it open', async () => {
    expect([await store.open(request(), HOLDER), await store.open(request(), HOLDER)]).toEqual([true, false]);
  });

  it('lets one of many open a change', async () => {
    const stores = Array.from({ length: 5 }, () => bench().another());
    const opened = await Promise.all(stores.map((one) => one.open(request(), HOLDER)));
    expect(opened.filter(Boolean)).toHaveLength(1);
  });

  it('knows nothing of a change that was never opened', async () => {
    expect(await store.get('chg-1')).toBeUndefined();
  });

  it('keeps the first request and holder when a change is opened again', async () => {
    await store.open(request({ reason: 'first' }), HOLDER);
    passes(5);
    await store.open(request({ reason: 'second' }), SUCCESSOR);
    expect(await store.get('chg-1')).toMatchObject({ request: { reason: 'first' }, startedAt: NOW, holder: HOLDER });
  });

  it('lists the newest first', async () => {
    for (const changeId of ['chg-b', 'chg-c', 'chg-a']) {
      await store.open(request({ changeId }), HOLDER);
      passes(1);
    }
    expect((await store.list(10)).map(({ changeId }) => changeId)).toEqual(['chg-a', 'chg-c', 'chg-b']);
  });

  it('lists changes with their holders and runs', async () => {
    await store.open(request(), HOLDER);
    expect(await store.list(1)).toEqual([{ changeId: 'chg-1', request: request(), startedAt: NOW, holder: HOLDER, run: 0 }]);
  });

  it('lists no more than asked for', async () => {
    for (const changeId of ['chg-1', 'chg-2', 'chg-3']) {
      await store.open(request({ changeId }), HOLDER);
      passes(1);
    }
    expect((await store.list(2)).map(({ changeId }) => changeId)).toEqual(['chg-3', 'chg-2']);
  });
});

describeEachStore('timeline', (bench) => {
  let store: ChangeStore;
  beforeEach(() => {
    store = bench().store;
  });
  const passes = (seconds: number) => bench().passes(seconds);

  it('keeps the order of events that share a moment', async () => {
    await store.open(request(), HOLDER);
    const texts = Array.from({ length: 12 }, (_, index) => `note ${index}`);
    for (const text of texts) await store.append('chg-1', { type: 'note', text });
    expect((await store.get('chg-1'))?.timeline.map((event) => 'text' in event && event.text)).toEqual(texts);
  });

  it('gives each event the moment of the clock', async () => {
    await store.open(request(), HOLDER);
    await store.append('chg-1', { type: 'step-started', step: 'Inspect status' });
    passes(3);
    await store.append('chg-1', { type: 'step-ended', step: 'Inspect status' });
    expect((await store.get('chg-1'))?.timeline).toEqual([
      { at: NOW, type: 'step-started', step: 'Inspect status' },
      { at: later(3), type: 'step-ended', step: 'Inspect status' },
    ]);
  });

  it('keeps the events of two changes apart', async () => {
    await store.open(request(), HOLDER);
    await store.open(request({ changeId: 'chg-2' }), HOLDER);
    await store.append('chg-2', { type: 'note', text: 'other' });
    expect((await store.get('chg-1'))?.timeline).toEqual([]);
  });
});
