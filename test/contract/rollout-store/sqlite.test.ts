import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqliteChangeStore } from '../../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteRolloutStore } from '../../../lambdas/adapters/sqlite/rollout-store.ts';
import { NOW, request } from '../../support/facts.ts';
import { asked, gate, HOLDER, opened, rollout, survey, target, targetPlan } from './rollouts.ts';

const clock = { now: () => new Date(NOW) };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollout-store-'));
  path = join(folder, 'changes.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('SqliteRolloutStore in a file', () => {
  it('keeps everything when it is opened again', async () => {
    const told = async (store: SqliteRolloutStore) => [
      await store.list(9),
      await store.asked('rol-1'),
      await store.surveys('rol-1'),
      await store.plans('rol-1', 'eu-west'),
      await store.targets('rol-1'),
      await store.claim(target(1), 'rol-2'),
      await store.gate('rol-1', 1),
      await store.tokenOf('rol-1'),
      await store.events('rol-1'),
    ];
    const first = new SqliteRolloutStore(path, clock);
    const record = await opened(first);
    await first.ask('rol-1', asked());
    await first.saveSurvey('rol-1', survey(), [targetPlan(1)]);
    await first.placeTargets('rol-1', [target(1)]);
    await first.claim(target(1), 'rol-1');
    await first.saveGate('rol-1', 1, gate(1));
    await first.keepToken('rol-1', 'a token');
    await first.append('rol-1', { type: 'paused' });
    first.close();

    const second = new SqliteRolloutStore(path, clock);
    expect(await told(second)).toEqual([
      [record],
      asked(),
      [survey()],
      [targetPlan(1)],
      [target(1)],
      'rol-1',
      gate(1),
      'a token',
      [{ at: NOW, type: 'paused' }],
    ]);
    second.close();
  });

  it('shares the file with the store of the changes, which has it open', async () => {
    const changes = new SqliteChangeStore(path, clock);
    const rollouts = new SqliteRolloutStore(path, clock);
    await Promise.all([changes.open(request(), HOLDER), rollouts.open(rollout(), HOLDER)]);
    await changes.keepToken('chg-1', 'of the change');
    await rollouts.keepToken('rol-1', 'of the rollout');
    expect([await changes.tokenOf('chg-1'), await rollouts.tokenOf('rol-1')]).toEqual(['of the change', 'of the rollout']);
    expect([(await changes.list(9)).length, (await rollouts.list(9)).length]).toEqual([1, 1]);
    rollouts.close();
    changes.close();
  });
});

describe('a file of the third version', () => {
  const BEFORE_ROLLOUTS = ['rollouts', 'rollout_asks', 'rollout_surveys', 'rollout_plans', 'rollout_targets', 'rollout_claims']
    .concat('rollout_gates', 'rollout_events')
    .map((name) => `DROP TABLE ${name};`)
    .join('\n');

  it('is brought to the latest one, and keeps its changes', async () => {
    const changes = new SqliteChangeStore(path, clock);
    await changes.open(request(), HOLDER);
    await changes.keepToken('chg-1', 'a token');
    changes.close();
    const db = new DatabaseSync(path);
    db.exec(`${BEFORE_ROLLOUTS} PRAGMA user_version = 3`);
    expect(db.prepare(`SELECT count(*) AS left FROM sqlite_schema WHERE name LIKE '%rollout%'`).get()?.left).toBe(0);
    db.close();

    const rollouts = new SqliteRolloutStore(path, clock);
    expect(await rollouts.open(rollout(), HOLDER)).toBe(true);
    await rollouts.placeTargets('rol-1', [target(1)]);
    expect([await rollouts.targets('rol-1'), await rollouts.tokenOf('chg-1')]).toEqual([[target(1)], 'a token']);
    rollouts.close();
    const again = new SqliteChangeStore(path, clock);
    expect(await again.get('chg-1')).toMatchObject({ request: request(), holder: HOLDER });
    again.close();
  });
});
