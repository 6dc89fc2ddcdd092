import type { DatabaseFacts } from '../contracts/facts.ts';
import { CLASSES, classify, effectiveMode } from './classify.ts';

/** A database that could not be read, and why. */
interface Unread {
  readonly id: string;
  readonly name: string;
  readonly error: { readonly message: string };
}
type Entry = DatabaseFacts | Unread;

export const isRead = (entry: Entry): entry is DatabaseFacts => 'endpoints' in entry;

export const DATABASE_TITLES = ['DATABASE', 'ID', 'CLASS', 'MODE', 'IN EFFECT', 'POLICY', 'PROXIES ON', 'STATUS'];

/** A database as a row of a table for people. */
export function databaseRow(entry: Entry): string[] {
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

/** What the classes of these databases mean, a line each. */
export const meaningsOf = (entries: readonly Entry[]): string[] =>
  [...new Set(entries.filter(isRead).map(classify))].sort().map((name) => `${name}: ${CLASSES[name]}`);
