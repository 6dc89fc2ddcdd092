import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import type { RolloutGate } from '../../lambdas/contracts/rollout.ts';
import { type DynamoDbServer, startDynamoDb } from '../support/dynamodb.ts';
import { actionsOf, mainStack, resourcesOf, rightsOf, type Statement } from './deployment.ts';
import {
  asked,
  type Call,
  clusterSurvey,
  holder,
  rolloutFile,
  rolloutId,
  rolloutTarget,
  type StoresInUse,
  storeInUse,
  targetPlan,
} from './store-in-use.ts';

const stack = mainStack({});
const gate = { revision: 1, request: { rolloutId, wave: 1 }, decisions: [], status: 'waiting' } as unknown as RolloutGate;

type Stores = Pick<StoresInUse, 'rollouts' | 'store'>;

const recordOf = async ({ rollouts }: Stores) => {
  const record = await rollouts.get(rolloutId);
  if (!record) throw new Error('the test opened no rollout');
  return record;
};
const note = ({ rollouts }: Stores) => rollouts.append(rolloutId, { type: 'note', text: 'a test' });
/** Writes the record, first in vain: somebody else was faster. */
const save = async (stores: Stores) => {
  const record = await recordOf(stores);
  await stores.rollouts.save({ ...record, stalled: 7 });
  await stores.rollouts.save({ ...record, revision: record.revision + 1 });
};
const openGate = async ({ rollouts }: Stores) => {
  await rollouts.saveGate(rolloutId, 1, gate);
  await rollouts.gate(rolloutId, 1);
};

/** What each step asks of the stores. */
const USES: Record<string, (stores: Stores) => Promise<unknown>> = {
  'open-rollout': async (stores) => {
    await stores.rollouts.open({ rolloutId: 'rol-other', file: rolloutFile, planOnly: false }, holder);
    await save(stores);
    await note(stores);
  },
  'judge-rollout': async (stores) => {
    await save(stores);
    await note(stores);
    await stores.rollouts.targets(rolloutId);
    await stores.rollouts.surveys(rolloutId);
    await stores.rollouts.saveTarget(rolloutId, rolloutTarget, 0);
    await stores.rollouts.asked(rolloutId);
    await stores.rollouts.takeUp(rolloutId, asked);
    await stores.rollouts.gate(rolloutId, 1);
  },
  'survey-cluster': async (stores) => {
    await recordOf(stores);
    await stores.rollouts.saveSurvey(rolloutId, clusterSurvey, [targetPlan]);
  },
  'plan-rollout': async (stores) => {
    await stores.rollouts.surveys(rolloutId);
    await stores.rollouts.plans(rolloutId, 'eu');
    await stores.rollouts.placeTargets(rolloutId, [{ ...rolloutTarget, position: 2 }]);
    await save(stores);
    await note(stores);
  },
  'request-rollout-approval': async (stores) => {
    await recordOf(stores);
    await openGate(stores);
    await note(stores);
    await stores.rollouts.keepToken(rolloutId, 'a token');
    await stores.rollouts.asked(rolloutId);
    await stores.rollouts.tokenOf(rolloutId);
  },
  'next-in-lane': async (stores) => {
    await save(stores);
    await note(stores);
    await stores.store.get('a-change');
    await stores.rollouts.target(rolloutId, 1);
    await stores.rollouts.targets(rolloutId);
    await stores.rollouts.asked(rolloutId);
    await stores.rollouts.claim(rolloutTarget, 'rol-other');
    await stores.rollouts.claim(rolloutTarget, rolloutId);
    await stores.rollouts.saveTarget(rolloutId, rolloutTarget, 0);
  },
  'check-members': async (stores) => {
    await recordOf(stores);
    await stores.rollouts.targets(rolloutId, 'eu');
    await stores.rollouts.plans(rolloutId, 'eu');
    await stores.rollouts.saveTarget(rolloutId, rolloutTarget, 0);
  },
  'end-rollout': async (stores) => {
    await save(stores);
    await openGate(stores);
    await note(stores);
  },
  'inspect-status': async (stores) => {
    await recordOf(stores);
    await stores.rollouts.target(rolloutId, 1);
    await stores.rollouts.gate(rolloutId, 1);
  },
  decisions: async (stores) => {
    await recordOf(stores);
    await openGate(stores);
    await note(stores);
    await stores.rollouts.events(rolloutId);
    await stores.rollouts.targets(rolloutId);
    await stores.rollouts.tokenOf(rolloutId);
    await stores.rollouts.ask(rolloutId, asked);
  },
};

const keysOf = ({ Condition }: Statement): string[] => (Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []) as string[];
/** What a function may do with rollouts, and with what wakes them. */
const onRollouts = (step: string): Statement[] => rightsOf(stack, step).filter((statement) => keysOf(statement).includes('rollout#*'));
const isIn = (keys: readonly string[], partition: string): boolean =>
  keys.some((key) => key === partition || (key.endsWith('*') && partition.startsWith(key.slice(0, -1))));

describe('a function', () => {
  let server: DynamoDbServer;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(() => server.close());

  async function callsOf(step: string): Promise<Call[]> {
    const { calls, ...stores } = await storeInUse(server);
    await USES[step]?.(stores);
    return calls;
  }

  it.each(Object.keys(USES))('%s may do with rollouts what it needs, and nothing else', async (step) => {
    const used = (await callsOf(step)).filter(({ partition }) => !partition.startsWith('change#')).map(({ action }) => action);
    expect(onRollouts(step).flatMap(actionsOf).sort()).toEqual([...new Set(used)].sort());
  });

  it.each(Object.keys(USES))('%s reaches every partition that it has to, each by a right that names it', async (step) => {
    const rights = rightsOf(stack, step).filter((statement) => actionsOf(statement).some((action) => action.startsWith('dynamodb:')));
    const refused = (await callsOf(step)).filter(
      ({ action, partition }) => !rights.some((right) => actionsOf(right).includes(action) && isIn(keysOf(right), partition)),
    );
    expect(refused).toEqual([]);
    for (const right of rights) expect(resourcesOf(right), step).toEqual([expect.stringMatching(/^<ChangesTable\w+\.Arn>$/)]);
  });

  it('reaches what wakes a rollout only where it wakes one', () => {
    const reaching = Object.keys(USES).filter((step) => rightsOf(stack, step).some((right) => keysOf(right).includes('token#*')));
    expect(reaching.sort()).toEqual(['decisions', 'request-rollout-approval']);
  });

  it('of a rollout writes to no change: only the lanes read how one ended', () => {
    const onChanges = Object.keys(USES).flatMap((step) => {
      const rights = rightsOf(stack, step).filter((right) => keysOf(right).includes('change#*'));
      return rights.length > 0 && !['inspect-status', 'decisions'].includes(step) ? [[step, rights.flatMap(actionsOf)]] : [];
    });
    expect(onChanges).toEqual([['next-in-lane', ['dynamodb:GetItem', 'dynamodb:Query']]]);
  });

  it('is let into partitions under the names that the table has for them', () => {
    expect(CHANGE_TABLE.partitionKey).toBe('pk');
    expect(onRollouts('judge-rollout').flatMap(keysOf)).toEqual(['rollout#*', 'rollout-claims#*']);
  });
});
