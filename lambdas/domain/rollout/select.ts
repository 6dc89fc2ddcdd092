import { SELECTABLE_CLASSES, type Selection } from '../../contracts/rollout-file.ts';
import type { DatabaseId, ReplicationKind, SyncerMode } from '../../contracts/words.ts';
import type { DatabaseClass } from '../classify.ts';
import { isStars, matchesPattern } from './pattern.ts';

/** A database as far as a selection looks at it. */
export interface Selectable {
  readonly cluster: string;
  readonly id: DatabaseId;
  readonly name: string;
  /** Absent where the cluster does not say. */
  readonly kind?: ReplicationKind | undefined;
  readonly class: DatabaseClass;
}

/** `why`: one sentence without its subject, the database. */
export type Selected = { readonly selected: true } | { readonly selected: false; readonly why: string };

type Named = Pick<Selectable, 'cluster' | 'id' | 'name'>;
/** Why the patterns leave a database out. */
type Objection = (selection: Selection, database: Selectable, wanted: SyncerMode) => string | undefined;

/** No name has a colon in it, so a pattern with one is about the id. */
const isAboutId = (pattern: string): boolean => pattern.includes(':');
const byName = ({ cluster, name }: Named): string => `${cluster}/${name}`;
const byId = ({ cluster, id }: Named): string => `${cluster}/${id}`;

const isListed = ({ targets = [] }: Selection, database: Named): boolean =>
  targets.includes(byName(database)) || targets.includes(byId(database));

/** Neither name has a slash in it, so no star reaches over the one in the middle. */
const exclusionOf = ({ exclude }: Selection, database: Named): string | undefined =>
  exclude.find((pattern) => matchesPattern(pattern, isAboutId(pattern) ? byId(database) : byName(database)));

const hasPatterns = ({ clusters, databases, kinds, classes }: Selection): boolean =>
  [clusters, databases, kinds, classes].some((part) => part !== undefined);

/** Absent patterns mean any. */
const someMatches = (patterns: readonly string[] | undefined, text: string): boolean =>
  patterns?.some((pattern) => matchesPattern(pattern, text)) ?? true;

const otherCluster: Objection = ({ clusters }, { cluster }) =>
  someMatches(clusters, cluster) ? undefined : `is on cluster ${cluster}, which is not selected`;

const otherName: Objection = ({ databases }, { id, name }) =>
  (databases?.some((pattern) => (isAboutId(pattern) ? pattern === id : matchesPattern(pattern, name))) ?? true)
    ? undefined
    : 'has a name that is not selected';

const otherKind: Objection = ({ kinds }, { kind }) => {
  if (kind === 'none') return 'does not replicate';
  if (!kinds) return undefined;
  if (kind === undefined) return `is on a cluster that does not say how it replicates, and only ${kinds.join(', ')} is selected`;
  return kinds.includes(kind) ? undefined : `is of kind ${kind}, and only ${kinds.join(', ')} is selected`;
};

const otherClass: Objection = ({ classes = SELECTABLE_CLASSES }, { class: found }, wanted) => {
  if (found === 'X') return `is of class X, which is not understood: list it under "targets" to see what keeps it from ${wanted}`;
  return classes.includes(found) ? undefined : `is of class ${found}, and only ${classes.join(', ')} is selected`;
};

const OBJECTIONS: readonly Objection[] = [otherCluster, otherName, otherKind, otherClass];

/**
 * Whether a selection takes a database, and why not. Those that are `wanted` already are taken as well: doing a rollout again finds
 * them unchanged. Exclusions win over everything; a listed target needs no kind and no class, so that its plan can say what is in its way.
 */
export function selects(selection: Selection, database: Selectable, wanted: SyncerMode): Selected {
  const exclusion = exclusionOf(selection, database);
  if (exclusion !== undefined) return { selected: false, why: `is excluded by "${exclusion}"` };
  if (isListed(selection, database)) return { selected: true };
  if (!hasPatterns(selection)) return { selected: false, why: 'is not listed' };
  for (const objection of OBJECTIONS) {
    const why = objection(selection, database, wanted);
    if (why !== undefined) return { selected: false, why };
  }
  return { selected: true };
}

const leavesOutAll = ({ exclude }: Selection, cluster: string): boolean =>
  exclude.some((pattern) => {
    const [clusters = '', databases = ''] = pattern.split('/');
    return isStars(databases) && matchesPattern(clusters, cluster);
  });

/** Whether any database of a cluster may be selected: where none may, nobody has to read it. */
export function clusterMayMatch(selection: Selection, cluster: string): boolean {
  if (leavesOutAll(selection, cluster)) return false;
  const { clusters, targets = [] } = selection;
  return (hasPatterns(selection) && someMatches(clusters, cluster)) || targets.some((target) => target.startsWith(`${cluster}/`));
}

/** Why each listed target, as it was written, is not among the databases that are selected: one sentence each. */
export function unmatchedTargets({ targets = [], exclude }: Selection, selected: Iterable<Named>): string[] {
  const missing = new Set(targets);
  for (const database of selected) {
    missing.delete(byName(database));
    missing.delete(byId(database));
  }
  return [...missing].map((target) => {
    const exclusion = exclude.find((pattern) => matchesPattern(pattern, target));
    if (exclusion !== undefined) return `${target} is listed, and excluded by "${exclusion}"`;
    // What is excluded by the id may be listed by the name.
    return `there is no database ${target}${exclude.length > 0 ? ', or it is excluded' : ''}`;
  });
}
