import { SqliteChangeStore } from '../../../lambdas/adapters/sqlite/change-store.ts';
import { StepError } from '../../../lambdas/contracts/errors.ts';
import { facts } from '../../support/facts.ts';

/** What the test tells a racing process. */
export interface Start {
  readonly path: string;
  readonly changeId: string;
  /** When to go for the lock, so that both processes do so at once; milliseconds since the epoch. */
  readonly atMs: number;
}

async function race({ path, changeId, atMs }: Start): Promise<string> {
  while (Date.now() < atMs);
  const store = new SqliteChangeStore(path, { now: () => new Date() });
  try {
    const { database } = facts();
    const holder = { description: `process ${process.pid}`, host: 'here', pid: process.pid };
    await store.acquireLock({ database, changeId, holder, snapshot: facts(), leaseSeconds: 60 });
    return 'won';
  } catch (error) {
    return error instanceof StepError ? error.name : String(error);
  } finally {
    store.close();
  }
}

process.on('message', (start: Start) => {
  race(start).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
