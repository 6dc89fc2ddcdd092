import type { DatabaseFacts } from '../../../lambdas/contracts/facts.ts';
import { classify, effectiveMode } from '../../../lambdas/domain/classify.ts';
import { DATABASE_TITLES, databaseRow, isRead, meaningsOf } from '../../../lambdas/domain/database-table.ts';
import type { UnreadDatabase } from '../../../lambdas/ports/cluster.ts';
import { localClusters } from '../../local/ports.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
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

export const inspect: Verb<object> = async (text, { config }, output) => {
  const loaded = configurationFor(config);
  const { configuration } = loaded;
  const clusters = localClusters(loaded);
  if (text.includes('/')) {
    const { cluster, database } = parseTarget(text, configuration);
    const facts = await (await clusters.open(cluster)).readDatabase(database);
    output.result(described(facts), () => [renderTable([DATABASE_TITLES, databaseRow(facts)]), '', ...meaningsOf([facts])].join('\n'));
    return 0;
  }
  const name = requireCluster(text, configuration);
  const databases = await (await clusters.open(name)).readAll();
  output.result({ databases: databases.map((entry) => (isRead(entry) ? described(entry) : unread(name, entry))) }, () =>
    [renderTable([DATABASE_TITLES, ...databases.map(databaseRow)]), '', ...meaningsOf(databases)].join('\n'),
  );
  return databases.every(isRead) ? 0 : EXIT.refused;
};
