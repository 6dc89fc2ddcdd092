import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../support/dynamodb.ts';
import { later } from '../support/facts.ts';

export interface Bench<Store> {
  readonly store: Store;
  /** A further store on the same file or table, as another process has it. */
  another(): Store;
  passes(seconds: number): void;
}

interface Place {
  readonly clock: Clock;
  readonly folder: string;
  readonly server: DynamoDbServer;
}

/** The adapters of a port. */
export interface Adapters<Store> {
  readonly port: string;
  sqlite(path: string, clock: Clock): Store & { close(): void };
  dynamoDb(props: { client: ReturnType<DynamoDbServer['client']>; table: string; clock: Clock }): Store & { close?(): void };
}

/** Opens stores that share what they keep, as those of several processes do. */
type OpenStore<Store> = () => Store & { close?(): void };

/** Each makes an empty place. A further adapter joins the suites with a line here. */
function placesOf<Store>({
  sqlite,
  dynamoDb,
}: Adapters<Store>): [string, (place: Place) => OpenStore<Store> | Promise<OpenStore<Store>>][] {
  const inTable = async ({ server, clock }: Place, client = () => server.client()): Promise<OpenStore<Store>> => {
    const table = await server.newTable();
    return () => dynamoDb({ client: client(), table, clock });
  };
  const inMemory = ({ clock }: Place): OpenStore<Store> => {
    const only = sqlite(':memory:', clock);
    return () => only;
  };
  return [
    [
      'SQLite in a file',
      ({ folder, clock }) =>
        () =>
          sqlite(join(folder, 'changes.db'), clock),
    ],
    ['SQLite in memory', inMemory],
    ['DynamoDB', (place) => inTable(place)],
    ['DynamoDB, every write answered only the second time', (place) => inTable(place, () => losingAnswers(place.server.client()))],
  ];
}

/**
 * Describes what holds for every adapter of a port. Each test starts with an empty store, at `NOW`.
 * @param topic - what of the port the tests are about.
 */
export const describeEach =
  <Store>(adapters: Adapters<Store>) =>
  (topic: string, tests: (bench: () => Bench<Store>) => void): void => {
    let server: DynamoDbServer;
    beforeAll(async () => {
      server = await startDynamoDb();
    });
    afterAll(() => server.close());

    describe.each(placesOf(adapters))(`${adapters.port}, ${topic}: %s`, (_name, makePlace) => {
      let bench: Bench<Store>;
      let close: () => Promise<void>;
      beforeEach(async () => {
        let seconds = 0;
        const passes = (more: number) => {
          seconds += more;
        };
        const clock: Clock = { now: () => new Date(later(seconds)), sleep: async (more) => passes(more) };
        const folder = await mkdtemp(join(tmpdir(), 'contract-'));
        const open = await makePlace({ clock, folder, server });
        const stores: ReturnType<OpenStore<Store>>[] = [];
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
  };

export const named = (name: string) => expect.objectContaining({ name });
