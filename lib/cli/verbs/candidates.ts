import { type Candidate, rankCandidates } from '../../../lambdas/domain/candidates.ts';
import { classify, effectiveMode } from '../../../lambdas/domain/classify.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import { isInspected, isWhole, type Look, lookAtAll, lookAtOne } from '../look.ts';
import type { Verb } from '../main.ts';
import { renderCandidates } from '../render/candidates.ts';

const described = ({ database, figures, reason, alsoOn }: Candidate) => {
  const { facts, kind, group, version, blockers, healthError } = database;
  return {
    target: { cluster: facts.database.cluster, database: facts.database.name, id: facts.database.id },
    ...(kind !== undefined && { kind }),
    class: classify(facts),
    effectiveMode: effectiveMode(facts),
    version,
    reason,
    figures,
    ...(group !== undefined && { group, alsoOn }),
    ...(blockers.length > 0 && { blockers }),
    ...(healthError !== undefined && { healthError }),
  };
};

/** Clusters and databases that could not be read, with the reason. */
const unreadIn = ({ cluster, databases, error }: Look) => [
  ...(error ? [{ cluster, error }] : []),
  ...databases.flatMap((entry) => (isInspected(entry) ? [] : [{ cluster, database: entry.name, id: entry.id, error: entry.error }])),
];

const sayUnread = (entry: ReturnType<typeof unreadIn>[number]): string =>
  `${entry.cluster}${'database' in entry ? `/${entry.database} (${entry.id})` : ''}: ${entry.error.message}`;

/** Ranks the databases of one cluster, or of all, by what they would gain from being distributed. */
export const candidates: Verb<object> = async (text, { config }, output) => {
  const loaded = configurationFor(config);
  const options = { withTraffic: true };
  const looks = text === '' ? await lookAtAll(loaded, options) : [await lookAtOne(text, loaded, options)];
  const ranked = rankCandidates(looks.flatMap(({ databases }) => databases.filter(isInspected)));
  const unread = looks.flatMap(unreadIn);
  output.result({ candidates: ranked.candidates.map(described), others: ranked.others.map(described), unread }, () =>
    renderCandidates({ ...ranked, unread: unread.map(sayUnread) }),
  );
  return looks.every(isWhole) ? 0 : EXIT.refused;
};
