import type { DatabaseFacts } from '../../../lambdas/contracts/facts.ts';
import { CLASSES, classify, effectiveMode } from '../../../lambdas/domain/classify.ts';
import type { UnreadDatabase } from '../../../lambdas/ports/cluster.ts';
import { localClusters } from '../../local/ports.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
import { renderTable } from '../render/table.ts';
import { parseTarget, requireCluster } from '../target.ts';

const isRead = (entry: DatabaseFacts | UnreadDatabase): entry is DatabaseFacts => 'endpoints' in entry;

/** A database as it is reported: the facts, and what they mean. */
const described = ({ database: { cluster, id, name }, ...facts }: DatabaseFacts) => ({
  target: { cluster, database: name, id },
  class: classify(facts),
  effectiveMode: effectiveMode(facts),
  ...facts,
});

const unread = (cluster: string, { id, name, error }: UnreadDatabase) => ({ target: { cluster, database: name, id }, error });

const TITLES = ['DATABASE', 'ID', 'CLASS', 'MODE', 'IN EFFECT', 'POLICY', 'PROXIES ON', 'STATUS'];

function row(entry: DatabaseFacts | UnreadDatabase): string[] {
  if (!isRead(entry)) return [entry.name, entry.id, '?', '?', '?', '?', '?', `not read: ${entry.error.message}`];
  const endpoints = entry.endpoints.map(({ policy, include, exclude, nodes }) => ({
    policy: [policy, ...include.map((node) => `+${node}`), ...exclude.map((node) => `-${node}`)].join(' '),
    nodes: nodes.join(','),
  }));
  return [
    entry.database.name,
    entry.database.id,
    classify(entry),
    entry.syncerMode,
    effectiveMode(entry),
    endpoints.map(({ policy }) => policy).join(' | '),
    endpoints.map(({ nodes }) => nodes).join(' | '),
    entry.job ? `${entry.status}, ${entry.job}` : entry.status,
  ];
}

const meanings = (entries: (DatabaseFacts | UnreadDatabase)[]): string[] =>
  [...new Set(entries.filter(isRead).map(classify))].sort().map((name) => `${name}: ${CLASSES[name]}`);

export const inspect: Verb<object> = async (text, { config }, output) => {
  const loaded = configurationFor(config);
  const { configuration } = loaded;
  const clusters = localClusters(loaded);
  if (text.includes('/')) {
    const { cluster, database } = parseTarget(text, configuration);
    const facts = await (await clusters.open(cluster)).readDatabase(database);
    output.result(described(facts), () => [renderTable([TITLES, row(facts)]), '', ...meanings([facts])].join('\n'));
    return 0;
  }
  const name = requireCluster(text, configuration);
  const databases = await (await clusters.open(name)).readAll();
  output.result({ databases: databases.map((entry) => (isRead(entry) ? described(entry) : unread(name, entry))) }, () =>
    [renderTable([TITLES, ...databases.map(row)]), '', ...meanings(databases)].join('\n'),
  );
  return databases.every(isRead) ? 0 : EXIT.refused;
};
