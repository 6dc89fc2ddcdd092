import { describe, expect, it } from 'vitest';
import { StepError } from '../../../../lambdas/contracts/errors.ts';
import type { ReplicationHealth } from '../../../../lambdas/contracts/health.ts';
import type { DatabaseId } from '../../../../lambdas/contracts/words.ts';
import type { ClusterWriter, HealthReader, UnreadDatabase } from '../../../../lambdas/ports/cluster.ts';
import { type DatabaseReading, type ReadingPorts, readCluster, readOneDatabase } from '../../../../lambdas/rollout/read-cluster.ts';
import { facts, health } from '../../../support/facts.ts';

const CONDITIONS = { runningActions: [], upgradeMode: false };
const idOf = (number: number): DatabaseId => `db:${number}`;
const nameOf = (id: DatabaseId): string => `orders-${id.slice(3)}`;
const database = (number: number) => facts({ database: { cluster: 'lab', id: idOf(number), name: nameOf(idOf(number)) } });
const UNREAD: UnreadDatabase = { id: 'db:9', name: 'odd', error: { name: 'ClusterOutputError', message: 'odd policy' } };

/** Health as a source has it; a test says what else it does. */
const source = (settings: Partial<HealthReader> = {}): HealthReader => ({
  readHealth: async (id) => health({ seen: { id, name: nameOf(id), nodes: [1, 2, 3] } }),
  readLagStatistics: async () => undefined,
  readTraffic: async () => new Map([[idOf(1), { requestsPerSecond: 7 }]]),
  ...settings,
});

function portsOf(numbers: readonly number[], reader?: HealthReader | StepError): ReadingPorts {
  const cluster: Pick<ClusterWriter, 'readAll' | 'readConditions' | 'inspect' | 'describe'> = {
    readAll: async () => [...numbers.map(database), UNREAD],
    readConditions: async () => CONDITIONS,
    inspect: async () => ({ facts: database(1), conditions: CONDITIONS }),
    describe: (write) => `a ${write.kind}`,
  };
  return {
    cluster: async () => cluster as ClusterWriter,
    health: async () => {
      if (reader instanceof StepError) throw reader;
      return reader;
    },
  };
}

const readings = ({ databases }: { databases: readonly (DatabaseReading | UnreadDatabase)[] }) =>
  databases.filter((entry): entry is DatabaseReading => 'facts' in entry);

describe('a reading of a cluster', () => {
  it('has the facts of every database, what goes on, and the words of the cluster', async () => {
    const reading = await readCluster('lab', portsOf([1, 2]));
    expect(reading).toMatchObject({ cluster: 'lab', conditions: CONDITIONS });
    expect(reading.databases).toEqual([{ facts: database(1) }, { facts: database(2) }, UNREAD]);
    expect(reading.describe({ kind: 'tune-syncer', database: 'db:1', mode: 'distributed', relation: 'crdt' })).toBe('a tune-syncer');
  });

  it('has health with its baseline, kind, group and traffic where there is a source of them', async () => {
    const group = 'guid-1';
    const readHealth = async (id: DatabaseId): Promise<ReplicationHealth> => ({
      ...(await source().readHealth(id)),
      kind: 'active-active',
      group,
    });
    const [first, second] = readings(await readCluster('lab', portsOf([1, 2], source({ readHealth }))));
    expect(first).toMatchObject({ kind: 'active-active', group, traffic: { requestsPerSecond: 7 } });
    expect(first?.health?.baseline).toEqual({ p95Ms: 40, samples: 1, from: 'reading' });
    expect(second).not.toHaveProperty('traffic');
  });

  it('reads the health of four databases at the same time, and no more', async () => {
    let [now, most] = [0, 0];
    const readHealth = async (id: DatabaseId) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      return source().readHealth(id);
    };
    const reading = await readCluster('lab', portsOf([1, 2, 3, 4, 5, 6, 7, 8, 10, 11], source({ readHealth })));
    expect(readings(reading).every((entry) => entry.health !== undefined)).toBe(true);
    expect(most).toBe(4);
  });

  it('takes nothing from a source that calls the database by another name: it is one of another cluster', async () => {
    const readHealth = async () => health({ group: 'guid-1', seen: { id: 'db:1', name: 'elsewhere', nodes: [1] } });
    const [entry] = readings(await readCluster('lab', portsOf([1], source({ readHealth }))));
    expect(entry).toHaveProperty('health');
    for (const property of ['kind', 'group', 'traffic']) expect(entry).not.toHaveProperty(property);
  });
});

describe('a source of health that fails', () => {
  const failing = async () => {
    throw new StepError('ClusterOutputError', 'no such form');
  };

  it('for one database hides neither its facts nor the health of the others', async () => {
    const readHealth = async (id: DatabaseId) => (id === 'db:1' ? failing() : source().readHealth(id));
    const [first, second] = readings(await readCluster('lab', portsOf([1, 2], source({ readHealth }))));
    expect(first).toEqual({ facts: database(1), healthError: 'no such form' });
    expect(second).toHaveProperty('health');
  });

  it('to open hides no facts', async () => {
    const refused = new StepError('ClusterAccessError', 'the variable is not set');
    const reading = await readCluster('lab', portsOf([1, 2], refused));
    expect(readings(reading).map(({ healthError }) => healthError)).toEqual([refused.message, refused.message]);
  });

  it.each(['ClusterUnreachableError', 'ClusterAccessError'] as const)('with %s is asked once and not for every database', async (name) => {
    let asked = 0;
    const readTraffic = async () => {
      asked += 1;
      throw new StepError(name, 'nobody answers');
    };
    const readHealth = async () => {
      asked += 1;
      return health();
    };
    const reading = await readCluster('lab', portsOf([1, 2], source({ readTraffic, readHealth })));
    expect(readings(reading).map(({ healthError }) => healthError)).toEqual(['nobody answers', 'nobody answers']);
    expect(asked).toBe(1);
  });

  it('with a refused login is tried once, whoever asks first', async () => {
    let tried = 0;
    const readHealth = async () => {
      tried += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
      throw new StepError('ClusterAccessError', 'login refused');
    };
    const reading = await readCluster('lab', portsOf([1, 2, 3, 4, 5], source({ readHealth })), { withTraffic: false });
    expect(readings(reading).map(({ healthError }) => healthError)).toEqual(Array(5).fill('login refused'));
    expect(tried).toBe(1);
  });

  it('for the traffic alone still tells health', async () => {
    const [entry] = readings(await readCluster('lab', portsOf([1], source({ readTraffic: failing }))));
    expect(entry).toHaveProperty('health');
    expect(entry).not.toHaveProperty('healthError');
  });
});

describe('a reading without traffic', () => {
  const readTraffic = async () => {
    throw new Error('traffic was asked for');
  };

  it('does not ask for it', async () => {
    const reading = await readCluster('lab', portsOf([1], source({ readTraffic })), { withTraffic: false });
    expect(readings(reading)[0]).toHaveProperty('health');
  });

  it('is what one database alone is read with', async () => {
    const reading = await readOneDatabase('lab', 'orders-1', portsOf([1], source({ readTraffic })));
    expect(reading).toMatchObject({ cluster: 'lab', conditions: CONDITIONS, databases: [{ facts: database(1), kind: 'replica-of' }] });
  });
});
