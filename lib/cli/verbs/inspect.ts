import type { DatabaseFacts } from '../../../lambdas/contracts/facts.ts';
import type { ReportedError } from '../../../lambdas/contracts/record.ts';
import { classify, effectiveMode } from '../../../lambdas/domain/classify.ts';
import { DATABASE_TITLES, databaseRow, isRead, meaningsOf } from '../../../lambdas/domain/database-table.ts';
import type { UnreadDatabase } from '../../../lambdas/ports/cluster.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { localClusters } from '../../local/ports.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Verb } from '../main.ts';
import type { Output } from '../output.ts';
import { renderTable } from '../render/table.ts';
import { parseTarget, requireCluster } from '../target.ts';

/** A database as it is reported: the facts, and what they mean. */
const described = ({ database: { cluster, id, name }, ...facts }: DatabaseFacts) => ({
  target: { cluster, database: name, id },
  class: classify(facts),
  effectiveMode: effectiveMode(facts),
  ...facts,
});

const unread = (cluster: string, { id, name, error }: UnreadDatabase) => ({ target: { cluster, database: name, id }, error });

/** What there is to tell of one cluster: its databases, or why there are none. */
interface Look {
  readonly cluster: string;
  readonly databases: readonly (DatabaseFacts | UnreadDatabase)[];
  readonly error?: ReportedError;
}

const documentOf = (looks: readonly Look[]) => {
  const clusters = looks.flatMap(({ cluster, error }) => (error ? [{ cluster, error }] : []));
  const databases = looks.flatMap(({ cluster, databases: read }) =>
    read.map((entry) => (isRead(entry) ? described(entry) : unread(cluster, entry))),
  );
  return { databases, ...(clusters.length > 0 && { unread: clusters }) };
};

const rowsOf = ({ cluster, databases, error }: Look): string[][] =>
  error
    ? [[cluster, ...DATABASE_TITLES.slice(1).map(() => '?'), `not read: ${error.message}`]]
    : databases.map((entry) => [cluster, ...databaseRow(entry)]);

const isWhole = ({ databases, error }: Look): boolean => error === undefined && databases.every(isRead);

/** As many clusters are asked at the same time. */
const AT_ONCE = 8;

async function inspectAll({ configuration, ...loaded }: LoadedConfiguration, output: Output): Promise<number> {
  const clusters = localClusters({ configuration, ...loaded });
  const look = async (cluster: string): Promise<Look> => {
    try {
      return { cluster, databases: await (await clusters.open(requireCluster(cluster, configuration))).readAll() };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { cluster, databases: [], error: { name, message } };
    }
  };
  const looks = await inParallel(Object.keys(configuration.clusters), AT_ONCE, look);
  output.result(documentOf(looks), () =>
    [
      renderTable([['CLUSTER', ...DATABASE_TITLES], ...looks.flatMap(rowsOf)]),
      '',
      ...meaningsOf(looks.flatMap(({ databases }) => databases)),
    ].join('\n'),
  );
  return looks.every(isWhole) ? 0 : EXIT.refused;
}

async function inspectOne(text: string, { configuration, ...loaded }: LoadedConfiguration, output: Output): Promise<number> {
  const { cluster, database } = parseTarget(text, configuration);
  const facts = await (await localClusters({ configuration, ...loaded }).open(cluster)).readDatabase(database);
  output.result(described(facts), () => [renderTable([DATABASE_TITLES, databaseRow(facts)]), '', ...meaningsOf([facts])].join('\n'));
  return 0;
}

async function inspectCluster(text: string, { configuration, ...loaded }: LoadedConfiguration, output: Output): Promise<number> {
  const cluster = requireCluster(text, configuration);
  const databases = await (await localClusters({ configuration, ...loaded }).open(cluster)).readAll();
  output.result(documentOf([{ cluster, databases }]), () =>
    [renderTable([DATABASE_TITLES, ...databases.map(databaseRow)]), '', ...meaningsOf(databases)].join('\n'),
  );
  return databases.every(isRead) ? 0 : EXIT.refused;
}

/** Shows one database, every one of a cluster, or every one of all clusters. */
export const inspect: Verb<object> = async (text, { config }, output) => {
  const loaded = configurationFor(config);
  if (text === '') return inspectAll(loaded, output);
  return text.includes('/') ? inspectOne(text, loaded, output) : inspectCluster(text, loaded, output);
};
