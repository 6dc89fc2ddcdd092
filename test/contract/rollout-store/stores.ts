import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { DynamoDbRolloutStore } from '../../../lambdas/adapters/dynamodb/rollout-store.ts';
import { SqliteRolloutStore } from '../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { Clock } from '../../../lambdas/ports/clock.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../../support/dynamodb.ts';
import { later } from '../../support/facts.ts';

interface Place {
  readonly clock: Clock;
  readonly folder: string;
  readonly server: DynamoDbServer;
}
/** Opens stores that share what they keep, as those of several processes do. */
type OpenStore = () => RolloutStore & { close?(): void };

const dynamoDb = async ({ server, clock }: Place, client = () => server.client()): Promise<OpenStore> => {
  const table = await server.newTable();
  return () => new DynamoDbRolloutStore({ client: client(), table, clock });
};

/** Each makes an empty place for rollouts. A further adapter joins the suite with a line here. */
const PLACES: [name: string, make: (place: Place) => OpenStore | Promise<OpenStore>][] = [
  [
    'SQLite in a file',
    ({ folder, clock }) =>
      () =>
        new SqliteRolloutStore(join(folder, 'changes.db'), clock),
  ],
  [
    'SQLite in memory',
    ({ clock }) => {
      const only = new SqliteRolloutStore(':memory:', clock);
      return () => only;
    },
  ],
  ['DynamoDB', (place) => dynamoDb(place)],
  ['DynamoDB, every write answered only the second time', (place) => dynamoDb(place, () => losingAnswers(place.server.client()))],
];

export interface Bench {
  readonly store: RolloutStore;
  /** A further store on the same file or table, as another process has it. */
  another(): RolloutStore;
  passes(seconds: number): void;
}

/** Describes what holds for every adapter. Each test starts with an empty store, at `NOW`. */
export function describeEachStore(topic: string, tests: (bench: () => Bench) => void): void {
  let server: DynamoDbServer;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(() => server.close());

  describe.each(PLACES)(`RolloutStore, ${topic}: %s`, (_name, makePlace) => {
    let bench: Bench;
    let close: () => Promise<void>;
    beforeEach(async () => {
      let seconds = 0;
      const passes = (more: number) => {
        seconds += more;
      };
      const clock: Clock = { now: () => new Date(later(seconds)), sleep: async (more) => passes(more) };
      const folder = await mkdtemp(join(tmpdir(), 'rollout-store-'));
      const open = await makePlace({ clock, folder, server });
      const stores: ReturnType<OpenStore>[] = [];
      const another = () => {
        const store = open();
        stores.push(store);
        return store;
      };
      bench = { store: another(), another, passes };
      close = async () => {
        for (const store of new Set(stores)) store.close?.();
        await rm(folder, { recursive: true });
      };
    });
    afterEach(() => close());
    tests(() => bench);
  });
}

export const named = (name: string) => expect.objectContaining({ name });

/** One of each that asks for something at the same time. */
export const atOnce = <T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
