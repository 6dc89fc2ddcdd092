import { StepError } from '../../contracts/errors.ts';
import type { ClusterConditions, DatabaseFacts } from '../../contracts/facts.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import type { Write, WriteAnswer } from '../../contracts/write.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterWriter, UnreadDatabase } from '../../ports/cluster.ts';
import { classifyAnswer, textOf } from './answers.ts';
import * as commands from './commands.ts';
import { assembleFacts, type ClusterTables, emptyNodes, type ListedDatabase, listDatabases, missingTables } from './facts.ts';
import { entryOf, hasDatabaseInfo, readClusterInfo, readDatabaseInfo, readNodeInfo, readSwitch } from './info.ts';
import type { CommandResult, Runner } from './runner.ts';
import { readRunningActions } from './running-actions.ts';
import { readTables } from './tables.ts';
import { notUnderstood } from './text.ts';

/** What a cluster turned out to be like; kept between steps so that it is found out once. */
export interface Dialect {
  /** How often in a row `status extra all` was not understood while the plain form was. */
  wideFailures: number;
  readonly quorumOnly: Set<number>;
}
export const newDialect = (): Dialect => ({ wideFailures: 0, quorumOnly: new Set() });

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

  constructor(props: RladminClusterProps) {
    this.#props = { readLimitSeconds: 60, observe: async () => {}, ...props };
  }

  describe = (write: Write): string => commands.commandFor(write).join(' ');

  async readDatabase(database: DatabaseId | string): Promise<DatabaseFacts> {
    return this.#once(async () => {
      const tables = await this.#tables();
      const listed = findDatabase(listDatabases(tables), database, this.#props.name);
      const info = readDatabaseInfo(await this.#read(commands.infoDatabase(listed.id)), listed.id);
      return this.#assemble(listed, tables, info);
    });
  }

  async readAll(): Promise<(DatabaseFacts | UnreadDatabase)[]> {
    const tables = await this.#once(() => this.#tables());
    // Without an id, info prints the blocks of all databases: one process instead of one for each.
    const all = await this.#run(commands.INFO_ALL_DATABASES);
    const read = async (listed: ListedDatabase): Promise<DatabaseFacts | UnreadDatabase> => {
      try {
        const printed = all.exitCode === 0 && hasDatabaseInfo(all.stdout, listed.id);
        const info = readDatabaseInfo(printed ? all.stdout : await this.#read(commands.infoDatabase(listed.id)), listed.id);
        return await this.#assemble(listed, tables, info);
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
    const actions = await this.#run(commands.RUNNING_ACTIONS);
    const runningActions = actions.exitCode === 0 ? readRunningActions(actions.stdout) : undefined;
    const upgradeMode = await this.#upgradeMode();
    return { ...(runningActions && { runningActions }), ...(upgradeMode !== undefined && { upgradeMode }) };
  }

  async send(write: Write, limitSeconds: number): Promise<WriteAnswer> {
    return classifyAnswer(await this.#perform(commands.commandFor(write), limitSeconds), limitSeconds);
  }

  async #upgradeMode(): Promise<boolean | undefined> {
    const result = await this.#run(commands.INFO_CLUSTER);
    if (result.exitCode !== 0) return undefined;
    try {
      return readSwitch(entryOf(readClusterInfo(result.stdout), 'upgrade mode'));
    } catch (error) {
      if (error instanceof StepError) return undefined;
      throw error;
    }
  }

  async #assemble(listed: ListedDatabase, tables: ClusterTables, info: ReturnType<typeof readDatabaseInfo>): Promise<DatabaseFacts> {
    const { name, dialect, clock } = this.#props;
    for (const node of emptyNodes(tables))
      if (!dialect.quorumOnly.has(node) && (await this.#isQuorumOnly(node))) dialect.quorumOnly.add(node);
    return assembleFacts(name, listed, tables, info, dialect.quorumOnly, clock.now().toISOString());
  }

  /** A node whose kind the cluster does not tell counts as one in maintenance: the careful reading of the two. */
  async #isQuorumOnly(node: number): Promise<boolean> {
    const result = await this.#run(commands.infoNode(node));
    if (result.exitCode !== 0) return false;
    try {
      return readSwitch(entryOf(readNodeInfo(result.stdout, node), 'quorum only')) === true;
    } catch (error) {
      if (error instanceof StepError) return false;
      throw error;
    }
  }

  /**
   * All four tables. The wide form also tells of running jobs; a cluster that does not print it in a known way is asked for
   * the plain form, and then for single tables, before anything is called not understood.
   */
  async #tables(): Promise<ClusterTables> {
    const { dialect } = this.#props;
    if (dialect.wideFailures < MOST_WIDE_FAILURES) {
      const wide = await this.#run(commands.STATUS_WITH_JOBS);
      const tables = wide.exitCode === 0 ? readOrUndefined(wide) : undefined;
      if (tables && missingTables(tables).length === 0) {
        dialect.wideFailures = 0;
        return tables as ClusterTables;
      }
    }
    const plain = readTables(await this.#read(commands.STATUS));
    for (const table of missingTables(plain)) {
      const single = readTables(await this.#read(commands.statusOf(table)))[table];
      if (!single) throw notUnderstood(`status ${table} printed no table of ${table}`);
      plain[table] = single;
    }
    dialect.wideFailures += 1;
    return plain as ClusterTables;
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

  /** Output of a read that has to succeed. */
  async #read(command: commands.Command): Promise<string> {
    const result = await this.#run(command);
    if (result.exitCode === 0) return result.stdout;
    throw new StepError(
      'ClusterUnreachableError',
      `rladmin ${command.join(' ')} failed with exit code ${result.exitCode}: ${textOf(result)}`,
    );
  }

  /** A read that was answered, with whatever exit code. */
  async #run(command: commands.Command): Promise<CommandResult> {
    const { name, readLimitSeconds } = this.#props;
    const result = await this.#perform(command, readLimitSeconds);
    const said = `rladmin ${command.join(' ')}`;
    if (result.ended === 'not-started')
      throw new StepError('ClusterAccessError', `cluster ${name}: rladmin cannot be started: ${textOf(result)}`);
    if (result.ended === 'timed-out') throw new StepError('ClusterUnreachableError', `${said} gave no answer within ${readLimitSeconds} s`);
    if (result.ended === 'killed') throw new StepError('ClusterUnreachableError', `${said} was killed before it answered`);
    if (result.exitCode === 126 || result.exitCode === 127)
      throw new StepError('ClusterAccessError', `cluster ${name}: rladmin cannot be run (exit code ${result.exitCode}): ${textOf(result)}`);
    return result;
  }

  async #perform(command: commands.Command, limitSeconds: number): Promise<CommandResult> {
    const result = await this.#props.runner(command, limitSeconds);
    const output = `${result.stdout}${result.stderr}`;
    await this.#props.observe({ command: command.join(' '), exitCode: result.exitCode, output: output.slice(0, RECORDED_CHARACTERS) });
    return result;
  }
}

function readOrUndefined(result: CommandResult) {
  try {
    return readTables(result.stdout);
  } catch (error) {
    if (error instanceof StepError) return undefined;
    throw error;
  }
}

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
