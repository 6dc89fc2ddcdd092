import { StepError } from '../../contracts/errors.ts';
import type { Traffic } from '../../contracts/traffic.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import { databaseOf, type RestDatabase } from './database.ts';
import { figure } from './decode.ts';
import type { ListedDatabase, Reader } from './reader.ts';
import { intervalsOf, isFields, readSourceStatistics } from './source-statistics.ts';

/** `total_req` is a rate of requests a second. Every database at once, and of its many figures only this one. */
const LAST_STATISTICS = '/v1/bdbs/stats/last?metrics=total_req';
const UID = /^[1-9]\d{0,8}$/;

/** Requests of clients in a second, out of the last statistics of all databases: an object with an entry for each, by its number. */
export function requestsOf(body: unknown): Map<number, number> {
  const requests = new Map<number, number>();
  for (const [uid, statistics] of isFields(body) ? Object.entries(body) : []) {
    const perSecond = UID.test(uid) && isFields(statistics) ? figure(statistics, 'total_req') : undefined;
    if (perSecond !== undefined) requests.set(Number(uid), perSecond);
  }
  return requests;
}

const sumOf = (figures: readonly number[]): number => figures.reduce((sum, one) => sum + one, 0);

/** Compressed bytes a second from all sources together: for each the mean of its intervals. Undefined when no source tells any. */
export function syncBytesOf(body: unknown): number | undefined {
  const means = intervalsOf(body).flatMap((intervals) => {
    const rates = intervals.map((interval) => figure(interval, 'ingress_bytes')).filter((rate) => rate !== undefined);
    return rates.length === 0 ? [] : [sumOf(rates) / rates.length];
  });
  return means.length === 0 ? undefined : Math.round(sumOf(means));
}

/** A database that cannot be read, or must not be changed, carries nothing that anybody has to know. */
function readable({ value }: ListedDatabase): RestDatabase[] {
  try {
    return [databaseOf(value)];
  } catch (error) {
    if (error instanceof StepError) return [];
    throw error;
  }
}

/** What each database carries, as far as the cluster says. @throws StepError when the cluster does not even list its databases. */
export async function readTraffic(reader: Reader): Promise<ReadonlyMap<DatabaseId, Traffic>> {
  const databases = (await reader.databases()).flatMap(readable);
  const requests = requestsOf(await reader.optional(LAST_STATISTICS));
  const traffic = new Map<DatabaseId, Traffic>();
  for (const { id, uid, kind } of databases) {
    const requestsPerSecond = requests.get(uid);
    const syncBytesPerSecond = syncBytesOf(await readSourceStatistics(reader, uid, kind));
    const known = {
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
      ...(syncBytesPerSecond !== undefined && { syncBytesPerSecond }),
    };
    if (Object.keys(known).length > 0) traffic.set(id, known);
  }
  return traffic;
}
