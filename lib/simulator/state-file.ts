import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedCluster } from './cluster.ts';

const RETRY_MS = 5;
const GIVE_UP_MS = 10_000;
/** The lock is held for a few milliseconds, so one of this age was left behind by a process that died. */
const STALE_MS = 30_000;

/** Writes the state for processes to share; also the way to create it. */
export async function saveState(path: string, cluster: SimulatedCluster): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(cluster, null, 1));
  await rename(temporary, path);
}

export const loadState = async (path: string): Promise<SimulatedCluster> => JSON.parse(await readFile(path, 'utf8'));

/**
 * Hands the stored cluster to `use` while no other process has it, and stores what `use` made of it.
 * Time a command takes must be spent outside, or two commands could never overlap.
 * @throws Error when the lock is not free within 10 s; whatever `use` throws, and then nothing is stored.
 */
export async function withState<Result>(path: string, use: (cluster: SimulatedCluster) => Result | Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`;
  await acquire(lock);
  try {
    const cluster = await loadState(path);
    const result = await use(cluster);
    await saveState(path, cluster);
    return result;
  } finally {
    await rm(lock, { force: true });
  }
}

async function acquire(lock: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < GIVE_UP_MS; waitedMs += RETRY_MS) {
    const taken = await writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => true,
      () => false,
    );
    if (taken) return;
    await dropStale(lock);
    await wait(RETRY_MS);
  }
  throw new Error(`the state stays locked: ${lock}`);
}

async function dropStale(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found && Date.now() - found.mtimeMs > STALE_MS) await rm(lock, { force: true });
}
