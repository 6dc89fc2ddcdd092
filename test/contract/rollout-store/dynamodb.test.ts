import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DynamoDbRolloutStore } from '../../../lambdas/adapters/dynamodb/rollout-store.ts';
import { CHANGE_TABLE } from '../../../lambdas/contracts/change-table.ts';
import { type DynamoDbServer, startDynamoDb } from '../../support/dynamodb.ts';
import { later, NOW } from '../../support/facts.ts';
import { asked, file, gate, HOLDER, opened, rollout, survey, target, targetPlan, underway } from './rollouts.ts';

let server: DynamoDbServer;
let table: string;
let sleeps: number[];
let seconds: number;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.close());
beforeEach(async () => {
  table = await server.newTable();
  sleeps = [];
  seconds = 0;
});

const clock = {
  now: () => new Date(later(seconds)),
  sleep: async (more: number) => {
    sleeps.push(more);
  },
};
const storeOn = (client: DynamoDBClient) => new DynamoDbRolloutStore({ client, table, clock });

interface Call {
  readonly name: string;
  readonly input: unknown;
}
/** Stands between a client and the table: calls as they are sent, and their answers as they come. @returns the client. */
function between(client: DynamoDBClient, work: (call: Call, answer: () => Promise<unknown>) => Promise<unknown>): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      let result: Awaited<ReturnType<typeof next>> | undefined;
      const output = await work({ name: String(context.commandName), input: args.input }, async () => {
        result = await next(args);
        return result.output;
      });
      return { ...(result ?? { response: {} }), output: output as never };
    },
    { step: 'initialize', name: 'between' },
  );
  return client;
}

const items = async () => (await server.client().send(new ScanCommand({ TableName: table }))).Items ?? [];
const hangUp = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });

/** Lets the first call of this name through, and loses its answer after `meanwhile`: the SDK sends it again. */
function losingOneAnswer(name: string, meanwhile: () => Promise<unknown>): DynamoDBClient {
  const client = server.client();
  let isLost = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if (isLost || context.commandName !== name) return answer;
      isLost = true;
      await meanwhile();
      throw hangUp();
    },
    { step: 'finalizeRequest', priority: 'low', name: 'losingOneAnswer' },
  );
  return client;
}

describe('DynamoDbRolloutStore, after a lost answer', () => {
  it.each([1, 3])('counts a record as saved, even when %i revisions have come on top of it', async (count) => {
    const other = storeOn(server.client());
    const first = underway(await opened(other));
    const following = Array.from({ length: count }, (_, index) => ({ ...first, revision: 3 + index, wave: 5 }));
    const meanwhile = async () => {
      for (const record of following) await other.save(record);
    };
    expect(await storeOn(losingOneAnswer('UpdateItemCommand', meanwhile)).save(first)).toBe(true);
    expect(await other.get('rol-1')).toEqual(following.at(-1));
  });

  it('counts a gate as saved, even when the next revision has come on top of it', async () => {
    const other = storeOn(server.client());
    const store = storeOn(losingOneAnswer('UpdateItemCommand', () => other.saveGate('rol-1', 1, gate(2))));
    expect([await store.saveGate('rol-1', 1, gate(1)), await other.gate('rol-1', 1)]).toEqual([true, gate(2)]);
  });

  it('counts a rollout as opened by whom it was, even when it has gone on since', async () => {
    const other = storeOn(server.client());
    const meanwhile = async () => {
      const record = await other.get('rol-1');
      if (record) await other.save(underway(record));
      expect(await other.open(rollout(), HOLDER)).toBe(false);
    };
    // The first write is that of the request.
    let puts = 0;
    const client = between(server.client(), async ({ name }, answer) => {
      const given = await answer();
      if (name === 'PutItemCommand') puts += 1;
      if (name !== 'PutItemCommand' || puts !== 2) return given;
      await meanwhile();
      return answer();
    });
    expect(await storeOn(client).open(rollout(), HOLDER)).toBe(true);
    expect((await other.get('rol-1'))?.revision).toBe(2);
  });

  it('tells who has a database that was taken over since', async () => {
    const other = storeOn(server.client());
    const database = { cluster: 'eu-west', id: 'db:7' } as const;
    const store = storeOn(losingOneAnswer('PutItemCommand', () => other.claim(database, 'rol-2', 'rol-1')));
    expect(await store.claim(database, 'rol-1')).toBe('rol-2');
  });

  it('refuses a target that a later run has written since', async () => {
    const other = storeOn(server.client());
    await other.placeTargets('rol-1', [target(1)]);
    const byLater = target(1, { state: 'applied' });
    const store = storeOn(losingOneAnswer('PutItemCommand', () => other.saveTarget('rol-1', byLater, 1)));
    await expect(store.saveTarget('rol-1', target(1, { state: 'running' }), 0)).rejects.toMatchObject({ name: 'LockLostError' });
    expect(await other.target('rol-1', 1)).toEqual(byLater);
  });
});

describe('DynamoDbRolloutStore, when a writer dies between two writes', () => {
  it('gives a rollout the request of the one that opens it', async () => {
    const dying = between(server.client(), async ({ name, input }, answer) => {
      if (name === 'PutItemCommand' && JSON.stringify(input).includes('startOrder')) throw new Error('died');
      return answer();
    });
    await expect(storeOn(dying).open(rollout({ file: file({ reason: 'of the dead' }) }), HOLDER)).rejects.toThrow('died');
    const store = storeOn(server.client());
    expect([await store.get('rol-1'), await store.list(9)]).toEqual([undefined, []]);
    expect([await store.open(rollout(), HOLDER), (await store.get('rol-1'))?.request]).toEqual([true, rollout()]);
  });

  it('keeps an earlier survey with its own plans', async () => {
    const store = storeOn(server.client());
    await store.saveSurvey('rol-1', survey(), [targetPlan(1), targetPlan(2)]);
    const dying = between(server.client(), async ({ name }, answer) => {
      if (name === 'PutItemCommand') throw new Error('died');
      return answer();
    });
    await expect(storeOn(dying).saveSurvey('rol-1', survey({ selected: 1 }), [targetPlan(3)])).rejects.toThrow('died');
    expect([await store.surveys('rol-1'), await store.plans('rol-1', 'eu-west')]).toEqual([[survey()], [targetPlan(1), targetPlan(2)]]);
  });

  it('places what is left of the targets, also when they are planned otherwise', async () => {
    const targets = Array.from({ length: 60 }, (_, index) => target(index + 1));
    let batches = 0;
    const dying = between(server.client(), async ({ name }, answer) => {
      if (name !== 'BatchWriteItemCommand') return answer();
      batches += 1;
      if (batches > 2) throw new Error('died');
      return answer();
    });
    await expect(storeOn(dying).placeTargets('rol-1', targets)).rejects.toThrow('died');
    const store = storeOn(server.client());
    const placed = await store.targets('rol-1');
    expect(placed.length).toBeLessThan(60);
    const otherwise = targets.map((each) => ({ ...each, cluster: 'us-east' }));
    await store.placeTargets('rol-1', otherwise);
    const expected = otherwise.map((each, index) => placed.find(({ position }) => position === index + 1) ?? each);
    expect(await store.targets('rol-1')).toEqual(expected);
    for (const [index, each] of expected.entries()) expect(await store.target('rol-1', index + 1)).toEqual(each);
  });
});

describe('DynamoDbRolloutStore, while the table takes less than it is given', () => {
  const targets = Array.from({ length: 130 }, (_, index) => target(index + 1));
  type Puts = Record<string, { PutRequest: unknown }[]>;

  it('gives it the rest again, with pauses', async () => {
    let calls = 0;
    const client = between(server.client(), async ({ name, input }, answer) => {
      if (name !== 'BatchWriteItemCommand') return answer();
      calls += 1;
      const { RequestItems: items } = input as { RequestItems: Puts };
      expect(items[table]?.length).toBeLessThanOrEqual(25);
      const left = calls % 2 === 1 ? (items[table]?.splice(10) ?? []) : [];
      // A batch may not be empty.
      await answer();
      return { UnprocessedItems: left.length > 0 ? { [table]: left } : {} };
    });
    await storeOn(client).placeTargets('rol-1', targets);
    expect(await storeOn(server.client()).targets('rol-1')).toEqual(targets);
    expect(sleeps.length).toBeGreaterThan(0);
  });

  it('gives it everything again that it has turned away', async () => {
    let calls = 0;
    const client = between(server.client(), async ({ name }, answer) => {
      calls += 1;
      if (name !== 'BatchWriteItemCommand' || calls % 3 === 0) return answer();
      throw Object.assign(new Error('too much'), { name: 'ProvisionedThroughputExceededException' });
    });
    await storeOn(client).placeTargets('rol-1', targets);
    expect(await storeOn(server.client()).targets('rol-1')).toEqual(targets);
  });

  it('gives up after half a minute', async () => {
    const client = between(server.client(), async ({ name }, answer) => {
      if (name !== 'BatchWriteItemCommand') return answer();
      throw Object.assign(new Error('too much'), { name: 'ThrottlingException' });
    });
    await expect(storeOn(client).placeTargets('rol-1', [target(1)])).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    const waited = sleeps.reduce((sum, each) => sum + each, 0);
    expect(waited).toBeGreaterThan(10);
    expect(waited).toBeLessThan(40);
  });

  it('writes nothing any more once it has failed', async () => {
    let calls = 0;
    const client = between(server.client(), async ({ name }, answer) => {
      if (name !== 'BatchWriteItemCommand') return answer();
      calls += 1;
      if (calls === 2) throw new Error('refused');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return answer();
    });
    const many = Array.from({ length: 1_000 }, (_, index) => targetPlan(index + 1));
    await expect(storeOn(client).saveSurvey('rol-1', survey(), many)).rejects.toThrow('refused');
    const written = await items();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await items()).toEqual(written);
    expect(written.length).toBeLessThanOrEqual(75);
  });

  it('names the table that cannot be used', async () => {
    table = 'no-such-table';
    await expect(storeOn(server.client()).saveSurvey('rol-1', survey(), [targetPlan(1)])).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining('table no-such-table'),
    });
    expect(sleeps).toEqual([]);
  });
});

describe('DynamoDbRolloutStore, in its table', () => {
  const days = (count: number) => Date.parse(NOW) / 1000 + count * 86_400;
  const expiries = async (sort: RegExp) =>
    (await items()).filter((item) => sort.test(item[CHANGE_TABLE.sortKey]?.S ?? '')).map((item) => item[CHANGE_TABLE.timeToLive]?.N);

  it('keeps everything under keys that rights can tell apart', async () => {
    const store = storeOn(server.client());
    await opened(store);
    await store.ask('rol-1', asked());
    await store.saveSurvey('rol-1', survey(), [targetPlan(1)]);
    await store.placeTargets('rol-1', [target(1)]);
    await store.claim(target(1), 'rol-1');
    await store.saveGate('rol-1', 1, gate(1));
    await store.keepToken('rol-1', 'a token');
    await store.append('rol-1', { type: 'paused' });
    const partitions = new Set((await items()).map((item) => item[CHANGE_TABLE.partitionKey]?.S));
    expect([...partitions].toSorted()).toEqual(['rollout#rol-1', 'rollout#rol-1#eu-west', 'rollout-claims#eu-west', 'token#rol-1']);
  });

  it('lets a record expire only after its end, and its request after it', async () => {
    const store = storeOn(server.client());
    const record = underway(await opened(store));
    await store.save(record);
    expect(await expiries(/^(?:rollout$|request#)/)).toEqual([undefined, undefined]);
    await store.save({ ...record, revision: 3, status: 'ended' });
    expect([await expiries(/^rollout$/), await expiries(/^request#/)]).toEqual([[`${days(400)}`], [`${days(800)}`]]);
  });

  it('lets no record expire of a rollout that runs again', async () => {
    const store = storeOn(server.client());
    const record = underway(await opened(store));
    await store.save({ ...record, status: 'ended' });
    await store.save({ ...record, revision: 3, status: 'running' });
    expect(await expiries(/^rollout$/)).toEqual([undefined]);
  });

  it('lets targets, plans and events expire long after they were last written, and claims never', async () => {
    const store = storeOn(server.client());
    await store.placeTargets('rol-1', [target(1)]);
    await store.saveSurvey('rol-1', survey(), [targetPlan(1)]);
    await store.append('rol-1', { type: 'paused' });
    await store.claim(target(1), 'rol-1');
    seconds = 86_400;
    await store.saveTarget('rol-1', target(1, { state: 'applied' }), 0);
    expect([await expiries(/^target#/), await expiries(/^(?:plan|survey|event)#/)]).toEqual([
      [`${days(801)}`],
      [days(800), days(800), days(800)].map(String),
    ]);
    expect(await expiries(/^db:/)).toEqual([undefined]);
  });

  it('writes neither the request nor other targets again when something moves', async () => {
    const sent: string[] = [];
    const store = storeOn(
      between(server.client(), async ({ name, input }, answer) => {
        if (!/^(?:Get|Query)/.test(name)) sent.push(JSON.stringify(input));
        return answer();
      }),
    );
    const large = file({ select: { targets: Array.from({ length: 1_000 }, (_, index) => `eu-west/db:${index + 1}`) } });
    await store.open(rollout({ file: large }), HOLDER);
    await store.placeTargets(
      'rol-1',
      Array.from({ length: 100 }, (_, index) => target(index + 1)),
    );
    const record = await store.get('rol-1');
    sent.length = 0;
    if (record) await store.save({ ...record, revision: 2, wave: 1 });
    await store.saveTarget('rol-1', target(50, { state: 'running' }), 0);
    expect(sent).toHaveLength(2);
    for (const input of sent) expect(input.length).toBeLessThan(1_000);
  });

  it('asks for no more targets than those of a cluster that is named', async () => {
    let counted = 0;
    const store = storeOn(
      between(server.client(), async ({ name }, answer) => {
        const output = (await answer()) as { ScannedCount?: number };
        if (name === 'QueryCommand') counted += output.ScannedCount ?? 0;
        return output;
      }),
    );
    await store.placeTargets(
      'rol-1',
      Array.from({ length: 60 }, (_, index) => target(index + 1, { cluster: index < 5 ? 'eu' : 'us' })),
    );
    counted = 0;
    expect([(await store.targets('rol-1', 'eu')).length, counted]).toEqual([5, 5]);
  });
});
