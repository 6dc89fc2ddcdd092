import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { DynamoDbChangeStore } from '../../../lambdas/adapters/dynamodb/change-store.ts';
import { SqliteChangeStore } from '../../../lambdas/adapters/sqlite/change-store.ts';
import type { ChangeReport, Holder } from '../../../lambdas/contracts/record.ts';
import type { ChangeStore, LockRequest, TakeOver } from '../../../lambdas/ports/change-store.ts';
import type { Clock } from '../../../lambdas/ports/clock.ts';
import { type DynamoDbServer, losingAnswers, startDynamoDb } from '../../support/dynamodb.ts';
import { facts, later } from '../../support/facts.ts';

type ClockOnly = Pick<Clock, 'now'>;
interface Place {
  readonly clock: ClockOnly;
  readonly folder: string;
  readonly server: DynamoDbServer;
}
/** Opens stores that share what they keep, as those of several processes do. */
type OpenStore = () => ChangeStore & { close?(): void };

const dynamoDb = async ({ server, clock }: Place, client = () => server.client()): Promise<OpenStore> => {
  const table = await server.newTable();
  return () => new DynamoDbChangeStore({ client: client(), table, clock });
};

/** Each makes an empty place for changes. A further adapter joins the suite with a line here. */
const PLACES: [name: string, make: (place: Place) => OpenStore | Promise<OpenStore>][] = [
  [
    'SQLite in a file',
    ({ folder, clock }) =>
      () =>
        new SqliteChangeStore(join(folder, 'changes.db'), clock),
  ],
  [
    'SQLite in memory',
    ({ clock }) => {
      const only = new SqliteChangeStore(':memory:', clock);
      return () => only;
    },
  ],
  ['DynamoDB', (place) => dynamoDb(place)],
  ['DynamoDB, every write answered only the second time', (place) => dynamoDb(place, () => losingAnswers(place.server.client()))],
];

export interface Bench {
  readonly store: ChangeStore;
  /** A further store on the same file or table, as another process has it. */
  another(): ChangeStore;
  passes(seconds: number): void;
}

/** Describes what holds for every adapter. Each test starts with an empty store, at `NOW`. */
export function describeEachStore(topic: string, tests: (bench: () => Bench) => void): void {
  let server: DynamoDbServer;
  beforeAll(async () => {
    server = await startDynamoDb();
  });
  afterAll(() => server.close());

  describe.each(PLACES)(`ChangeStore, ${topic}: %s`, (_name, makePlace) => {
    let bench: Bench;
    let close: () => Promise<void>;
    beforeEach(async () => {
      let seconds = 0;
      const folder = await mkdtemp(join(tmpdir(), 'change-store-'));
      const open = await makePlace({ clock: { now: () => new Date(later(seconds)) }, folder, server });
      const stores: ReturnType<OpenStore>[] = [];
      const another = () => {
        const store = open();
        stores.push(store);
        return store;
      };
      const passes = (more: number) => {
        seconds += more;
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

export const { database } = facts();
export const LEASE_SECONDS = 600;
export const HOLDER: Holder = { description: 'process 7 on here', host: 'here', pid: 7 };
export const SUCCESSOR: Holder = { description: 'process 8 on here', host: 'here', pid: 8, born: '4711' };

export const lockRequest = (changeId: string, settings: Partial<LockRequest> = {}): LockRequest => ({
  database,
  changeId,
  holder: { description: `execution ${changeId}`, host: 'here', pid: 7 },
  snapshot: facts(),
  leaseSeconds: LEASE_SECONDS,
  ...settings,
});

export const takeOver = (settings: Partial<TakeOver> = {}): TakeOver => ({
  from: 0,
  holder: SUCCESSOR,
  leaseSeconds: LEASE_SECONDS,
  why: 'its process is gone',
  ...settings,
});

export const report = (changeId: string, settings: Partial<ChangeReport> = {}): ChangeReport => ({
  changeId,
  outcome: 'applied',
  target: { cluster: 'lab', database: 'orders', id: 'db:7' },
  steps: [],
  ...settings,
});

export const named = (name: string) => expect.objectContaining({ name });
