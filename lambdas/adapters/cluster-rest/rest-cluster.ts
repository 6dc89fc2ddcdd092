import { StepError } from '../../contracts/errors.ts';
import type { ClusterConditions, DatabaseFacts } from '../../contracts/facts.ts';
import type { LagStatistics, ReplicationHealth } from '../../contracts/health.ts';
import type { Traffic } from '../../contracts/traffic.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import type { Write, WriteAnswer } from '../../contracts/write.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterWriter, HealthReader, Inspection, SendOptions, UnreadDatabase } from '../../ports/cluster.ts';
import type { RestNode } from './cluster-objects.ts';
import { databaseOf, type RestDatabase } from './database.ts';
import { assembleFacts } from './facts.ts';
import { readAlerts, readAvailability, readLagStatistics, readPeers } from './health.ts';
import { describeWrite } from './orders.ts';
import { type ListedDatabase, Reader } from './reader.ts';
import type { Observe, RestApi } from './rest-api.ts';
import { sendWrite } from './send.ts';
import { readTraffic } from './traffic.ts';

export interface RestClusterProps {
  readonly name: string;
  readonly api: RestApi;
  readonly clock: Clock;
  /** Told of every request that left. */
  readonly observe?: Observe;
}

interface Shared {
  readonly nodes: RestNode[];
  readonly statistics: unknown;
}

const DATABASE_ID = /^db:[1-9]\d{0,8}$/;
const uidOf = (id: string): number => Number(id.slice('db:'.length));

/** A cluster reached through its REST API. */
export class RestCluster implements ClusterWriter, HealthReader {
  readonly #props: Required<RestClusterProps>;
  readonly #reader: Reader;

  constructor(props: RestClusterProps) {
    this.#props = { observe: async () => {}, ...props };
    this.#reader = new Reader(this.#props.api, this.#props.observe);
  }

  describe = describeWrite;

  async inspect(database: DatabaseId | string): Promise<Inspection> {
    const facts = await this.readDatabase(database);
    return { facts, conditions: await this.#reader.conditions() };
  }

  async readDatabase(database: DatabaseId | string): Promise<DatabaseFacts> {
    // First by itself: when the credentials are refused, only one request was.
    const found = await this.#find(database);
    return await this.#factsOf(found, await this.#shared());
  }

  async readAll(): Promise<(DatabaseFacts | UnreadDatabase)[]> {
    const listed = await this.#reader.databases();
    const shared = await this.#shared();
    const all: (DatabaseFacts | UnreadDatabase)[] = [];
    for (const { id, name, value } of listed) {
      try {
        all.push(await this.#factsOf(databaseOf(value), shared));
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        all.push({ id, name, error: { name: error.name, message: error.message } });
      }
    }
    return all;
  }

  async readConditions(): Promise<ClusterConditions> {
    const conditions = await this.#reader.conditions();
    // Where nothing is said, nobody may have answered at all: a request that need not be understood tells the two apart.
    if (Object.keys(conditions).length === 0) await this.#reader.get('/v1/cluster');
    return conditions;
  }

  async send(write: Write, options: SendOptions): Promise<WriteAnswer> {
    const { api, clock, observe } = this.#props;
    return await sendWrite(write, options, { api, clock, observe, reader: this.#reader });
  }

  /** The API keeps no trace of a request by a name of ours. */
  async recall(): Promise<undefined> {
    return undefined;
  }

  async readHealth(id: DatabaseId, lagToleranceMs?: number): Promise<ReplicationHealth> {
    const { clock } = this.#props;
    const database = await this.#reader.database(uidOf(id));
    const { name, kind, crdtGuid, syncerMode, sync, sources, reconfigurable } = database;
    if (kind === undefined)
      throw new StepError('ClusterOutputError', `${id}: the cluster does not say how it replicates (crdt, replica_sources)`);
    const nodes = await this.#reader.nodes();
    const isActiveActive = kind === 'active-active' || kind === 'both';
    const [peers, availability, alerts] = await Promise.all([
      isActiveActive ? readPeers(this.#reader, database) : undefined,
      readAvailability(this.#reader, database, nodes, lagToleranceMs),
      readAlerts(this.#reader, database),
    ]);
    return {
      readAt: clock.now().toISOString(),
      kind,
      ...(crdtGuid !== undefined && { group: crdtGuid }),
      seen: { id, name, ...(syncerMode && { syncerMode }), nodes: nodes.map((node) => node.id) },
      sync,
      sources,
      ...(peers && { peers }),
      ...(availability && { availability }),
      ...(alerts && { alerts }),
      ...(reconfigurable !== undefined && { reconfigurable }),
    };
  }

  async readLagStatistics(health: ReplicationHealth): Promise<LagStatistics | undefined> {
    return await readLagStatistics(this.#reader, health);
  }

  async readTraffic(): Promise<ReadonlyMap<DatabaseId, Traffic>> {
    return await readTraffic(this.#reader);
  }

  async #find(wanted: DatabaseId | string): Promise<RestDatabase> {
    if (DATABASE_ID.test(wanted)) return await this.#reader.database(uidOf(wanted));
    const all = await this.#reader.databases();
    return databaseOf(theOne(all, wanted, this.#props.name).value);
  }

  async #shared(): Promise<Shared> {
    const [nodes, statistics] = await Promise.all([this.#reader.nodes(), this.#reader.endpointStatistics()]);
    return { nodes, statistics };
  }

  async #factsOf(database: RestDatabase, { nodes, statistics }: Shared): Promise<DatabaseFacts> {
    const { clock, name } = this.#props;
    const [shards, job] = await Promise.all([this.#reader.shards(database.uid), this.#reader.job(database)]);
    const askNodes = () => this.#reader.servingNodes(database.uid, nodes, clock.now().getTime());
    return await assembleFacts({ cluster: name, database, nodes, shards, job, statistics, askNodes }, () => clock.now());
  }
}

function theOne(all: ListedDatabase[], wanted: string, cluster: string): ListedDatabase {
  const found = all.filter(({ name }) => name === wanted);
  const [database, ...others] = found;
  if (!database)
    throw new StepError(
      'PreconditionFailedError',
      `cluster ${cluster} has no database ${wanted}, or the credentials do not let it be seen; ` +
        `it has ${all.map(({ id, name }) => `${name} (${id})`).join(', ') || 'none'}`,
    );
  if (others.length > 0)
    throw new StepError(
      'PreconditionFailedError',
      `several databases are called ${wanted}, give the id: ${found.map(({ id }) => id).join(', ')}`,
    );
  return database;
}
