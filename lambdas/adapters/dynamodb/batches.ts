import type { Clock } from '../../ports/clock.ts';
import { type Item, LARGEST_BATCH, type Table } from './table.ts';

/** A partition takes 1,000 small items a second: more batches than this at once only make each other wait. */
const AT_ONCE = 4;
/** A partition that has to take 10,000 items makes a batch wait for some seconds, and no batch waits for more than half a minute. */
const MOST_ATTEMPTS = 20;
const FIRST_PAUSE_SECONDS = 0.05;
const LONGEST_PAUSE_SECONDS = 2;

/**
 * Puts any number of items, whatever stands under their keys, in no particular order. No two may have the same key. Nothing of it is under
 * way any more when it is over, however it ends.
 * @throws Error `ProvisionedThroughputExceededException` when DynamoDB does not take an item however often it is asked. Others may have been
 *   written: the whole may be repeated.
 */
export async function putAll(table: Table, items: readonly Item[], sleep: Clock['sleep']): Promise<void> {
  const batches = batchesOf(items);
  const putOneAfterTheOther = async () => {
    // One that fails ends the generator, and with it the others.
    for (const batch of batches) await putPatiently(table, batch, sleep);
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, putOneAfterTheOther));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function* batchesOf(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += LARGEST_BATCH) yield items.slice(start, start + LARGEST_BATCH);
}

async function putPatiently(table: Table, batch: readonly Item[], sleep: Clock['sleep']): Promise<void> {
  let left = batch;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    left = await table.putBatch(left);
    if (left.length === 0) return;
    const pause = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1));
    // Batches that were turned away together do not come back together.
    await sleep(pause * (0.5 + Math.random() / 2));
  }
  const given = new Error(`the table did not take ${left.length} of ${batch.length} items in ${MOST_ATTEMPTS} attempts`);
  given.name = 'ProvisionedThroughputExceededException';
  throw given;
}
