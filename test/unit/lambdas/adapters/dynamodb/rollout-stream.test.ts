import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changedItems } from '../../../../../lambdas/adapters/dynamodb/change-stream.ts';
import { DynamoDbRolloutStore } from '../../../../../lambdas/adapters/dynamodb/rollout-store.ts';
import { type ChangedRollout, changedRollout } from '../../../../../lambdas/adapters/dynamodb/rollout-stream.ts';
import type { RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { type DynamoDbServer, startDynamoDb } from '../../../../support/dynamodb.ts';
import { NOW } from '../../../../support/facts.ts';
import { gateOf, ROLLOUT, rolloutAt } from '../../../../support/rollout-story.ts';
import { streamOf } from './stream-of.ts';

const SHAPE = { waves: [1, 120] };
const { record, targets } = rolloutAt(SHAPE);
const clock = { now: () => new Date(NOW), sleep: async () => {} };

let server: DynamoDbServer;
let table: string;
let store: DynamoDbRolloutStore;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());
beforeEach(async () => {
  table = await server.newTable();
  store = new DynamoDbRolloutStore({ client: server.client(), table, clock });
  await store.open(record.request, record.holder);
});

const written = (work: () => Promise<unknown>) => streamOf(server.client(), table, work);

const told = async (work: () => Promise<unknown>): Promise<Omit<ChangedRollout, 'sequenceNumber'>[]> =>
  (await written(work)).flatMap((write) => {
    expect(changedItems([write]), 'a rollout is taken for a change').toEqual([]);
    const { sequenceNumber: _, ...changed } = changedRollout(write) ?? { sequenceNumber: '' };
    return 'rolloutId' in changed ? [changed as ChangedRollout] : [];
  });
const quiet = { rolloutId: ROLLOUT, news: [] };
const saved = (target: RolloutTarget | undefined) => async () => {
  if (target) await store.saveTarget(ROLLOUT, { ...target, state: 'running' }, 0);
};

describe('what the stream tells of a rollout', () => {
  it('is that its record or a gate was written, without news', async () => {
    expect(await told(() => store.save({ ...record, revision: 2 }))).toEqual([quiet]);
    expect(await told(() => store.saveGate(ROLLOUT, 1, gateOf(1, SHAPE)))).toEqual([quiet]);
  });

  it('is each line of its story', async () => {
    expect(await told(() => store.append(ROLLOUT, { type: 'wave-passed', wave: 3 }))).toEqual([
      { rolloutId: ROLLOUT, news: [{ at: NOW, type: 'wave-passed', wave: 3 }] },
    ]);
  });

  it('is nothing when somebody asks for something, a cluster was surveyed, a token is kept, or targets are placed', async () => {
    const survey = { cluster: 'eu-west', selected: 0, found: 0 };
    expect(await told(() => store.ask(ROLLOUT, { control: 'pause', by: 'carol', via: 'slack', at: NOW }))).toEqual([]);
    expect(await told(() => store.saveSurvey(ROLLOUT, survey, []))).toEqual([]);
    expect(await told(() => store.keepToken(ROLLOUT, 'token'))).toEqual([]);
    expect(await told(() => store.placeTargets(ROLLOUT, targets))).toEqual([]);
    expect(await told(() => store.claim({ cluster: 'eu-west', id: 'db:7' }, ROLLOUT))).toEqual([]);
  });

  it('is, of its targets, each of the first and then one in fifty', async () => {
    await store.placeTargets(ROLLOUT, targets);
    const positions: number[] = [];
    for (const target of targets) if ((await told(saved(target))).length > 0) positions.push(target.position);
    expect(positions).toEqual([...Array.from({ length: 50 }, (_, index) => index + 1), 100]);
  }, 60_000);
});
