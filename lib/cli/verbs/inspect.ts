import { classify, effectiveMode } from '../../../lambdas/domain/classify.ts';
import type { Inspected } from '../../../lambdas/domain/inspected.ts';
import type { UnreadDatabase } from '../../../lambdas/ports/cluster.ts';
import { readOneDatabase } from '../../../lambdas/rollout/read-cluster.ts';
import type { LoadedConfiguration } from '../../config/load.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import { isInspected, isWhole, type Look, lookAtAll, lookAtOne, lookOf, readingPorts } from '../look.ts';
import type { Verb } from '../main.ts';
import type { Output } from '../output.ts';
import { renderInspection } from '../render/inspection.ts';
import { parseTarget } from '../target.ts';

/** A database as it is reported: the facts, and what they mean. */
const described = ({ facts: { database, ...facts }, ...rest }: Inspected) => ({
  target: { cluster: database.cluster, database: database.name, id: database.id },
  class: classify(facts),
  effectiveMode: effectiveMode(facts),
  ...facts,
  ...rest,
});

const unread = (cluster: string, { id, name, error }: UnreadDatabase) => ({ target: { cluster, database: name, id }, error });

const entriesOf = ({ cluster, databases }: Look) =>
  databases.map((entry) => (isInspected(entry) ? described(entry) : unread(cluster, entry)));

const documentOf = (looks: readonly Look[]) => {
  const clusters = looks.flatMap(({ cluster, error }) => (error ? [{ cluster, error }] : []));
  return { databases: looks.flatMap(entriesOf), ...(clusters.length > 0 && { unread: clusters }) };
};

const exitCodeOf = (looks: readonly Look[]): number => (looks.every(isWhole) ? 0 : EXIT.refused);

async function inspectAll(loaded: LoadedConfiguration, output: Output): Promise<number> {
  const looks = await lookAtAll(loaded, { withTraffic: false });
  output.result(documentOf(looks), () => renderInspection(looks, { withCluster: true }));
  return exitCodeOf(looks);
}

async function inspectCluster(text: string, loaded: LoadedConfiguration, output: Output): Promise<number> {
  const looks = [await lookAtOne(text, loaded, { withTraffic: false })];
  output.result(documentOf(looks), () => renderInspection(looks, { withCluster: false }));
  return exitCodeOf(looks);
}

async function inspectOne(text: string, loaded: LoadedConfiguration, output: Output): Promise<number> {
  const { cluster, database } = parseTarget(text, loaded.configuration);
  const looks = [lookOf(await readOneDatabase(cluster, database, readingPorts(loaded)), loaded)];
  output.result(looks.flatMap(entriesOf)[0], () => renderInspection(looks, { withCluster: false }));
  return exitCodeOf(looks);
}

/** Shows one database, every one of a cluster, or every one of all clusters. */
export const inspect: Verb<object> = async (text, { config }, output) => {
  const loaded = configurationFor(config);
  if (text === '') return inspectAll(loaded, output);
  return text.includes('/') ? inspectOne(text, loaded, output) : inspectCluster(text, loaded, output);
};
