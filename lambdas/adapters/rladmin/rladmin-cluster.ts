import { StepError } from '../../contracts/errors.ts';
import type { ClusterConditions, DatabaseFacts } from '../../contracts/facts.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import type { Write, WriteAnswer } from '../../contracts/write.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterWriter, EarlierWrite, Inspection, SendOptions, UnreadDatabase } from '../../ports/cluster.ts';
import { classifyAnswer } from './answers.ts';
import * as commands from './commands.ts';
import {
  ailingLocalNode,
  assembleFacts,
  type ClusterTables,
  emptyNodes,
  type ListedDatabase,
  listDatabases,
  missingTables,
} from './facts.ts';
import { hasDatabaseInfo, readDatabaseInfo } from './info.ts';
import { type Ask, isQuorumOnly, outputOf, readConditions, requireAnswer, singleTable, unlessNotUnderstood } from './reading.ts';
import type { CommandResult, Runner } from './runner.ts';
import { readTables } from './tables.ts';

/** What a cluster turned out to be like; kept between steps so that it is found out once. */
export interface Dialect {
  /** How often in a row `status extra all` was not understood while the plain form was. */
  wideFailures: number;
  /** The wide form is longer than what the transport carries, so tables are asked for one by one. */
  tooLong: boolean;
  readonly quorumOnly: Set<number>;
}
export const newDialect = (): Dialect => ({ wideFailures: 0, tooLong: false, quorumOnly: new Set() });

/** A form that fails this often is not printed here; once may be a moment, and without it running jobs go unseen. */
const MOST_WIDE_FAILURES = 2;

export interface RladminClusterProps {
  readonly name: string;
  readonly runner: Runner;
  readonly clock: Pick<Clock, 'now'>;
  readonly dialect: Dialect;
  /** Longest wait for the answer to a read. @default 60 */
  readonly readLimitSeconds?: number;
  /** Told of every command that ran. */
  readonly observe?: (event: { command: string; exitCode: number | null; output: string }) => Promise<void>;
}

/** As much output of one command as a record keeps: what the strictest transport can carry. */
const RECORDED_CHARACTERS = 24_000;

/** A cluster reached through its own `rladmin`, wherever that runs. */
export class RladminCluster implements ClusterWriter {
  readonly #props: Required<RladminClusterProps>;
  /** The node that answers now was seen to be healthy, or is the only one. */
  #knowsNode = false;

  constructor(props: RladminClusterProps) {
    this.#props = { readLimitSeconds: 60, observe: async () => {}, ...props };
  }

  describe = (write: Write): string => commands.commandFor(write).join(' ');

  async inspect(database: DatabaseId | string): Promise<Inspection> {
    const { facts, ask } = await this.#readFacts(database, [commands.RUNNING_ACTIONS, commands.INFO_CLUSTER]);
    return { facts, conditions: await readConditions(ask) };
  }

  async readDatabase(database: DatabaseId | string): Promise<DatabaseFacts> {
    return (await this.#readFacts(database, [])).facts;
  }

  async readAll(): Promise<(DatabaseFacts | UnreadDatabase)[]> {
    const { ask, tables } = await this.#once(async () => {
      const asked = this.#reading([commands.STATUS_WITH_JOBS, commands.INFO_ALL_DATABASES]);
      return { ask: asked, tables: await this.#tables(asked) };
    });
    // Without an id, info prints the blocks of all databases: one process instead of one for each.
    const all = await ask(commands.INFO_ALL_DATABASES);
    const read = async (listed: ListedDatabase): Promise<DatabaseFacts | UnreadDatabase> => {
      try {
        const printed = all.exitCode === 0 && hasDatabaseInfo(all.stdout, listed.id);
        const info = readDatabaseInfo(printed ? all.stdout : await outputOf(ask, commands.infoDatabase(listed.id)), listed.id);
        return await this.#assemble(listed, tables, info, ask);
      } catch (error) {
        if (!(error instanceof StepError)) throw error;
        return { id: listed.id, name: listed.name, error: { name: error.name, message: error.message } };
      }
    };
    const facts: (DatabaseFacts | UnreadDatabase)[] = [];
    for (const listed of listDatabases(tables).sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })))
      facts.push(await read(listed));
    return facts;
  }

  async readConditions(): Promise<ClusterConditions> {
    return await readConditions(this.#reading([commands.RUNNING_ACTIONS, commands.INFO_CLUSTER]));
  }

  async send(write: Write, options: SendOptions): Promise<WriteAnswer> {
    const command = commands.commandFor(write);
    try {
      await this.#requireHealthyNode();
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      return { kind: 'not-sent', text: `the node could not be asked whether it is healthy: ${error.message}` };
    }
    const result = await this.#observed(command, await this.#props.runner.write(command, options));
    return classifyAnswer(result, options.limitSeconds);
  }

  /** A write goes through a node that is healthy in its own eyes. Where there is one way in only, it is that one. */
  async #requireHealthyNode(): Promise<void> {
    while (this.#props.runner.carriesMany && !this.#knowsNode) {
      const nodes = await singleTable('nodes', commands.statusOf('nodes'), this.#reading([commands.statusOf('nodes')]));
      const ailing = ailingLocalNode({ nodes });
      this.#knowsNode = !ailing || !this.#props.runner.passOver(ailing);
    }
  }

  async recall(earlier: EarlierWrite): Promise<WriteAnswer | undefined> {
    const result = await this.#props.runner.recall(earlier);
    return result && classifyAnswer(result, earlier.limitSeconds);
  }

  /**
   * The reads that one look at a database needs. By its name it can only be found in what is printed of all databases, because a name
   * never becomes part of a command.
   */
  #readsOf(database: DatabaseId | string): commands.Command[] {
    const id = isDatabaseId(database) ? database : undefined;
    if (!this.#props.dialect.tooLong) return [commands.STATUS_WITH_JOBS, id ? commands.infoDatabase(id) : commands.INFO_ALL_DATABASES];
    return [commands.statusOf('nodes'), commands.DATABASES_WITH_JOBS, ...(id ? readsOfDatabase(id) : [])];
  }

  async #readFacts(database: DatabaseId | string, also: commands.Command[]): Promise<{ facts: DatabaseFacts; ask: Ask }> {
    const read = async () => {
      const { name, dialect } = this.#props;
      const ask = this.#reading([...this.#readsOf(database), ...also]);
      const narrow = dialect.tooLong ? await this.#narrowTables(database, ask) : undefined;
      const tables = narrow?.tables ?? (await this.#tables(ask, database));
      const listed = narrow?.listed ?? findDatabase(listDatabases(tables), database, name);
      const facts = await this.#assemble(listed, tables, await this.#infoOf(listed.id, database, ask), ask);
      const ailing = ailingLocalNode(tables);
      // Without another node this one's view has to do: it says itself that a node is not OK, and that blocks what it should.
      if (ailing && this.#props.runner.passOver(ailing)) throw new UnhealthyNodeError(ailing);
      this.#knowsNode = true;
      return { facts, ask };
    };
    for (;;) {
      try {
        return await this.#once(read);
      } catch (error) {
        if (!(error instanceof UnhealthyNodeError)) throw error;
      }
    }
  }

  async #infoOf(id: DatabaseId, asked: DatabaseId | string, ask: Ask) {
    if (this.#props.runner.carriesMany && !isDatabaseId(asked) && !this.#props.dialect.tooLong) {
      const all = await ask(commands.INFO_ALL_DATABASES);
      if (all.ended === 'exited' && all.exitCode === 0 && hasDatabaseInfo(all.stdout, id)) return readDatabaseInfo(all.stdout, id);
    }
    return readDatabaseInfo(await outputOf(ask, commands.infoDatabase(id)), id);
  }

  async #assemble(
    listed: ListedDatabase,
    tables: ClusterTables,
    info: ReturnType<typeof readDatabaseInfo>,
    ask: Ask,
  ): Promise<DatabaseFacts> {
    const { name, dialect, clock } = this.#props;
    for (const node of emptyNodes(tables))
      if (!dialect.quorumOnly.has(node) && (await isQuorumOnly(node, ask))) dialect.quorumOnly.add(node);
    return assembleFacts(name, listed, tables, info, dialect.quorumOnly, clock.now().toISOString());
  }

  /**
   * All four tables. The wide form also tells of running jobs; a cluster that does not print it in a known way is asked for
   * the plain form, and then for single tables, before anything is called not understood.
   */
  async #tables(ask: Ask, database?: DatabaseId | string): Promise<ClusterTables> {
    const { dialect } = this.#props;
    if (dialect.wideFailures < MOST_WIDE_FAILURES) {
      const wide = await ask(commands.STATUS_WITH_JOBS);
      if (wide.ended === 'cut') {
        dialect.tooLong = database !== undefined;
        return database === undefined ? await tablesOneByOne(ask) : (await this.#narrowTables(database, ask)).tables;
      }
      const tables = wide.exitCode === 0 ? readOrUndefined(wide) : undefined;
      if (tables && missingTables(tables).length === 0) {
        dialect.wideFailures = 0;
        return tables as ClusterTables;
      }
    }
    const plain = readTables(await outputOf(ask, commands.STATUS));
    for (const table of missingTables(plain)) plain[table] = await singleTable(table, commands.statusOf(table), ask);
    dialect.wideFailures += 1;
    return plain as ClusterTables;
  }

  /** The tables with the rows of one database only, for a cluster whose whole status is more than the transport carries. */
  async #narrowTables(database: DatabaseId | string, ask: Ask): Promise<{ tables: ClusterTables; listed: ListedDatabase }> {
    const nodes = await singleTable('nodes', commands.statusOf('nodes'), ask);
    const databases = await databasesTable(ask);
    const listed = findDatabase(listDatabases({ databases }), database, this.#props.name);
    const rest = isDatabaseId(database) ? ask : this.#reading(readsOfDatabase(listed.id));
    const endpoints = await singleTable('endpoints', commands.statusOfDatabase('endpoints', listed.id), rest);
    const shards = await singleTable('shards', commands.statusOfDatabase('shards', listed.id), rest);
    return { tables: { nodes, databases, endpoints, shards }, listed };
  }

  /** Repeats a reading once when its output was not understood: it may have been printed in a moment of transition. */
  async #once<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof StepError && error.name === 'ClusterOutputError') return await read();
      throw error;
    }
  }

  #reading(announced: commands.Command[]): Ask {
    const { name, runner, readLimitSeconds } = this.#props;
    const isRemote = runner.carriesMany;
    const answer = runner.reading(announced, readLimitSeconds);
    return async (command) =>
      requireAnswer(await this.#observed(command, await answer(command)), command, { name, readLimitSeconds, isRemote });
  }

  async #observed(command: commands.Command, result: CommandResult): Promise<CommandResult> {
    const output = `${result.stdout}${result.stderr}`;
    await this.#props.observe({ command: command.join(' '), exitCode: result.exitCode, output: output.slice(0, RECORDED_CHARACTERS) });
    return result;
  }
}

const isDatabaseId = (database: string): database is DatabaseId => database.startsWith('db:');

const readsOfDatabase = (id: DatabaseId): commands.Command[] => [
  commands.statusOfDatabase('endpoints', id),
  commands.statusOfDatabase('shards', id),
  commands.infoDatabase(id),
];

/** The node that answers is not a healthy member of its cluster, and another one will be asked. */
class UnhealthyNodeError extends Error {}

/** The table of databases, with their jobs; without, when that is more than the transport carries. */
async function databasesTable(ask: Ask): Promise<ClusterTables['databases']> {
  const wide = await ask(commands.DATABASES_WITH_JOBS);
  if (wide.ended === 'cut') return singleTable('databases', commands.statusOf('databases'), ask);
  return singleTable('databases', commands.DATABASES_WITH_JOBS, async () => wide);
}

/** The four tables, each by itself, because together they are more than the transport carries. */
const tablesOneByOne = async (ask: Ask): Promise<ClusterTables> => ({
  nodes: await singleTable('nodes', commands.statusOf('nodes'), ask),
  databases: await databasesTable(ask),
  endpoints: await singleTable('endpoints', commands.statusOf('endpoints'), ask),
  shards: await singleTable('shards', commands.statusOf('shards'), ask),
});

const readOrUndefined = (result: CommandResult) => unlessNotUnderstood(() => readTables(result.stdout));

function findDatabase(databases: ListedDatabase[], wanted: string, cluster: string): ListedDatabase {
  const found = databases.filter(({ id, name }) => id === wanted || name === wanted);
  const [database, ...others] = found;
  if (!database)
    throw new StepError(
      'PreconditionFailedError',
      `cluster ${cluster} has no database ${wanted}; it has ${databases.map(({ id, name }) => `${name} (${id})`).join(', ') || 'none'}`,
    );
  if (others.length > 0)
    throw new StepError(
      'PreconditionFailedError',
      `several databases are called ${wanted}, give the id: ${found.map(({ id }) => id).join(', ')}`,
    );
  return database;
}
