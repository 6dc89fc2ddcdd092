import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { loadState, saveState, withState } from '../../../../lib/simulator/state-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  path = join(folder, 'state.json');
  await saveState(path, clusterWith());
});
afterEach(() => rm(folder, { recursive: true }));

describe('withState', () => {
  it('stores what was made of the cluster and leaves neither lock nor temporary file', async () => {
    const result = await withState(path, (cluster) => {
      cluster.upgradeMode = true;
      return 'done';
    });
    expect(result).toBe('done');
    expect((await loadState(path)).upgradeMode).toBe(true);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('lets one at a time see the cluster, so that no change is lost', async () => {
    const add = () =>
      withState(path, (cluster) => {
        cluster.latencyMs = (cluster.latencyMs ?? 0) + 1;
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect((await loadState(path)).latencyMs).toBe(20);
  });

  it('stores nothing and frees the lock when its user fails', async () => {
    const failing = withState(path, (cluster) => {
      cluster.upgradeMode = true;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await loadState(path)).upgradeMode).toBeUndefined();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('takes over a lock that a dead process left behind', async () => {
    await writeFile(`${path}.lock`, '1');
    const longAgo = new Date(Date.now() - 31_000);
    await utimes(`${path}.lock`, longAgo, longAgo);
    await expect(withState(path, ({ name }) => name)).resolves.toBe('rs-a.example.net');
  });
});
