import { expect, it } from 'vitest';
import { TargetNews } from '../../../../../lib/cli/rollout/target-news.ts';
import { rolloutTarget } from '../../../../support/rollouts.ts';

const names = (news: TargetNews, ...targets: Parameters<typeof rolloutTarget>[]): string[] =>
  news.since(targets.map((target) => rolloutTarget(...target))).map(({ name, state }) => `${name} ${state}`);

it('each target is news once, when it comes to rest', () => {
  const news = new TargetNews({ fromStart: true });
  expect(names(news, [1, { state: 'running' }], [2])).toEqual([]);
  expect(names(news, [1, { state: 'applied' }], [2, { state: 'running' }])).toEqual(['n1 applied']);
  expect(names(news, [1, { state: 'applied' }], [2, { state: 'rolled-back' }])).toEqual(['n2 rolled-back']);
  expect(names(news, [1, { state: 'to-undo' }], [2, { state: 'rolled-back' }])).toEqual([]);
  expect(names(news, [1, { state: 'undone' }], [2, { state: 'rolled-back' }])).toEqual(['n1 undone']);
});

it('somebody who comes later is not told what was before', () => {
  const news = new TargetNews({ fromStart: false });
  expect(names(news, [1, { state: 'applied' }], [2])).toEqual([]);
  expect(names(news, [1, { state: 'applied' }], [2, { state: 'applied' }])).toEqual(['n2 applied']);
});

it('a target in no wave is part of the plan', () => {
  expect(names(new TargetNews({ fromStart: true }), [1, { wave: 0, state: 'refused' }])).toEqual([]);
});
