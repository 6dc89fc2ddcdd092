import { describe, expect, it } from 'vitest';
import { StepError } from '../../../../lambdas/contracts/errors.ts';
import type { DatabaseFacts } from '../../../../lambdas/contracts/facts.ts';
import type { DatabaseId } from '../../../../lambdas/contracts/words.ts';
import type { HealthReader, UnreadDatabase } from '../../../../lambdas/ports/cluster.ts';
import { checkMembers } from '../../../../lambdas/rollout/check-members.ts';
import { endpoint, facts, healthBefore } from '../../../support/facts.ts';
import { targetPlan } from '../../../support/rollouts.ts';
import { ROLLOUT, record, tally, target } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const WIDE = endpoint({ policy: 'all-master-shards', nodes: [1, 2] });
const distributed = (id: DatabaseId, settings: Partial<DatabaseFacts> = {}): DatabaseFacts =>
  facts({ database: { cluster: 'eu', id, name: `n${id.slice(3)}` }, syncerMode: 'distributed', endpoints: [WIDE], ...settings });

async function deskWith(found: (DatabaseFacts | UnreadDatabase)[] | StepError): Promise<Desk> {
  const desk = new Desk();
  desk.cluster = {
    readAll: async () => {
      if (found instanceof StepError) throw found;
      return found;
    },
  };
  await desk.put(record({ wave: 1 }), [
    target(1, 'applied'),
    target(2, 'unchanged'),
    target(3, 'rolled-back'),
    target(4, 'applied', { cluster: 'us' }),
  ]);
  return desk;
}
const sample = (desk: Desk, item = 1) => checkMembers({ ...PLACE, item }, desk.ports);
const latest = async (desk: Desk) => (await desk.target(1)).tally;

describe('a sample of the members on a cluster', () => {
  it('is taken of those that were applied there, and of nothing else', async () => {
    const desk = await deskWith(['db:1', 'db:2', 'db:3', 'db:4'].map((id) => distributed(id as DatabaseId)));
    await sample(desk);
    const taken = (await desk.rollouts.targets(ROLLOUT)).map(({ tally: samples }) => samples?.streak?.state);
    expect(taken).toEqual(['good', undefined, undefined, undefined]);
  });

  it('counts on from the samples before', async () => {
    const desk = await deskWith([distributed('db:1')]);
    await sample(desk);
    await sample(desk);
    expect(await latest(desk)).toMatchObject({ taken: 2, streak: { state: 'good', length: 2 } });
  });

  it.each([
    ['is centralized again', [distributed('db:1', { syncerMode: 'centralized' })], 'bad', 'syncer_mode is centralized, not distributed'],
    [
      'has lost its proxies',
      [distributed('db:1', { endpoints: [endpoint({ policy: 'all-master-shards', nodes: [1] })] })],
      'bad',
      'served by node 1',
    ],
    [
      'has another name',
      [distributed('db:1', { database: { cluster: 'eu', id: 'db:1', name: 'other' } })],
      'foreign',
      'now called "other"',
    ],
    ['is gone', [], 'bad', 'the cluster has no database db:1 any more'],
    [
      'cannot be read',
      [{ id: 'db:1', name: 'n1', error: { name: 'ClusterOutputError', message: 'odd policy' } }],
      'unmeasured',
      'odd policy',
    ],
    ['is on a cluster that does not answer', new StepError('ClusterUnreachableError', 'no answer'), 'unmeasured', 'no answer'],
  ] as [string, (DatabaseFacts | UnreadDatabase)[] | StepError, string, string][])(
    'of one that %s says so',
    async (_what, found, state, problem) => {
      const desk = await deskWith(found);
      await sample(desk);
      const samples = await latest(desk);
      expect(samples?.streak?.state).toBe(state);
      expect(samples?.problems.join()).toContain(problem);
    },
  );

  it('of one whose policy was proven as another one finds that it was changed', async () => {
    const desk = await deskWith([distributed('db:1')]);
    await desk.rollouts.saveTarget(ROLLOUT, target(1, 'applied', { policies: { '7:1': 'all-nodes' } }), 0);
    await sample(desk);
    expect((await latest(desk))?.streak?.state).toBe('foreign');
  });

  it('asks a health source that refuses the login once, and not for each member: that would lock the account', async () => {
    const desk = await deskWith([distributed('db:1'), distributed('db:2'), distributed('db:3')]);
    const watched = (['db:1', 'db:2', 'db:3'] as const).map((id) => targetPlan({ id, health: healthBefore() }));
    await desk.rollouts.saveSurvey(ROLLOUT, { cluster: 'eu', selected: 3, found: 3 }, watched);
    for (const position of [2, 3]) await desk.rollouts.saveTarget(ROLLOUT, target(position, 'applied'), 0);
    let asked = 0;
    const readHealth = async (): Promise<never> => {
      asked += 1;
      throw new StepError('ClusterAccessError', 'the login was refused');
    };
    await checkMembers({ ...PLACE, item: 1 }, { ...desk.ports, health: async () => ({ readHealth }) as unknown as HealthReader });
    expect(asked).toBe(1);
    const samples = (await desk.rollouts.targets(ROLLOUT, 'eu')).map(({ tally: taken }) => [taken?.streak?.state, taken?.problems]);
    expect(samples).toEqual(watched.map(() => ['unmeasured', ['the login was refused']]));
  });

  it('of a cluster that the configuration does not have is refused', async () => {
    await expect(sample(await deskWith([]), 9)).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  it('of an earlier run is not taken, and one that a later run has overtaken is lost', async () => {
    const desk = await deskWith([distributed('db:1')]);
    await desk.takeOver();
    await expect(sample(desk)).rejects.toMatchObject(LOST);
    const slow = await deskWith([]);
    slow.cluster = {
      readAll: async () => {
        await slow.takeOver();
        await slow.rollouts.saveTarget(ROLLOUT, target(1, 'to-undo', { tally: tally('bad', 2) }), 1);
        return [distributed('db:1')];
      },
    };
    await expect(sample(slow)).rejects.toMatchObject({ name: 'LockLostError' });
    expect(await slow.target(1)).toMatchObject({ state: 'to-undo' });
  });
});
