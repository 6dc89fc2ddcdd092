import { INSPECTED_TITLES, inspectedRow, meaningsOf } from '../../../lambdas/domain/database-table.ts';
import type { Inspected } from '../../../lambdas/domain/inspected.ts';
import { isInspected, type Look } from '../look.ts';
import { renderTable } from './table.ts';

const rowsOf = ({ databases, error }: Look): string[][] =>
  error ? [[...INSPECTED_TITLES.slice(1).map(() => '?'), `not read: ${error.message}`]] : databases.map((entry) => inspectedRow(entry));

interface Note {
  readonly database: string;
  readonly text: string;
}

/** Notes of one cluster that say the same become one line, and name the databases they are about. */
function linesOf({ cluster, databases }: Look, isOneOfMany: boolean, notesOf: (database: Inspected) => readonly string[]): string[] {
  const read = databases.filter(isInspected);
  const notes = read.flatMap((database): Note[] => notesOf(database).map((text) => ({ database: database.facts.database.name, text })));
  return [...new Set(notes.map(({ text }) => text))].map((text) => {
    const about = notes.filter((note) => note.text === text).map(({ database }) => database);
    const names = about.length > 1 && about.length === databases.length ? 'every database' : about.join(', ');
    return `  ${names}${isOneOfMany ? ` of ${cluster}` : ''}: ${text}`;
  });
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length > 0 ? ['', title, ...lines] : []);

const UNREAD_HEALTH = 'Replication health that could not be read:';
const BLOCKERS = 'In the way of distributing now:';

/**
 * Databases as a table, and below it what does not fit into columns.
 * @param withCluster - whether the table names the cluster of each.
 */
export function renderInspection(looks: readonly Look[], { withCluster }: { readonly withCluster: boolean }): string {
  const rows = looks.flatMap((look) => rowsOf(look).map((row) => (withCluster ? [look.cluster, ...row] : row)));
  const facts = looks.flatMap(({ databases }) => databases.filter(isInspected).map((database) => database.facts));
  const lines = (notesOf: (database: Inspected) => readonly string[]) => looks.flatMap((look) => linesOf(look, withCluster, notesOf));
  return [
    renderTable([withCluster ? ['CLUSTER', ...INSPECTED_TITLES] : INSPECTED_TITLES, ...rows]),
    '',
    ...meaningsOf(facts),
    ...section(
      UNREAD_HEALTH,
      lines(({ healthError }) => (healthError === undefined ? [] : [healthError])),
    ),
    ...section(
      BLOCKERS,
      lines(({ blockers }) => blockers),
    ),
  ].join('\n');
}
