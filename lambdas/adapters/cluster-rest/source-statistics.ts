import type { ReplicationKind } from '../../contracts/words.ts';
import type { Fields } from './decode.ts';
import type { Reader } from './reader.ts';

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const entriesOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

/** Ten-second figures are kept for five minutes, which is as much as is needed. */
export const INTERVAL_SECONDS = 10;

/** What the cluster keeps about the sources of a database; undefined where it keeps nothing, or the database has none. */
export async function readSourceStatistics(reader: Reader, uid: number, kind: ReplicationKind | undefined): Promise<unknown> {
  if (kind === undefined || kind === 'none') return undefined;
  const of = (family: string) => reader.optional(`/v1/bdbs/${uid}/${family}?interval=${INTERVAL_SECONDS}sec`);
  // A cluster that calls the database no Active-Active one has its figures under the other name.
  const peers = kind === 'replica-of' ? undefined : await of('peer_stats');
  return peers ?? (await of('sync_source_stats'));
}

/** The intervals of each source, in the order in which they came. */
export const intervalsOf = (body: unknown): Fields[][] =>
  isFields(body) ? [...entriesOf(body.peer_stats), ...entriesOf(body.sync_source_stats)].map((source) => entriesOf(source.intervals)) : [];
