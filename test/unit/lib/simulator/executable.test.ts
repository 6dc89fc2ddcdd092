import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../../../lib/simulator/faults.ts';
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { loadState, saveState } from '../../../../lib/simulator/state-file.ts';

const SIMULATOR = new URL('../../../../bin/rladmin-simulator.ts', import.meta.url).pathname;
const TUNE = 'tune db db:7 syncer_mode distributed';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  path = join(folder, 'state.json');
});
afterEach(() => rm(folder, { recursive: true }));

const store = (effect?: FaultEffect, settings: Partial<SimulatedCluster> = {}) =>
  saveState(path, clusterWith({}, { ...settings, faults: effect ? [{ on: '^tune', effect }] : [] }));
const start = (line: string, state = path) => spawn(process.execPath, [SIMULATOR, state, ...line.split(' ')]);

async function outcome(child: ChildProcess) {
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : '')));
  const [exitCode, signal] = await closed;
  return { stdout, stderr, exitCode, signal };
}

describe('rladmin-simulator', () => {
  it('prints what the cluster answers and keeps what it changed', async () => {
    await store();
    expect(await outcome(start(TUNE))).toEqual({
      stdout: 'Tuning database: o\nFinished successfully\n',
      stderr: '',
      exitCode: 0,
      signal: null,
    });
    expect((await outcome(start('info db db:7'))).stdout).toContain('syncer_mode: distributed');
  });

  it('exits with 1 and the refusal when the cluster refuses', async () => {
    await store();
    expect(await outcome(start('bind endpoint 9:1 policy single'))).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'ERROR: Endpoint 9:1 does not exist\n',
    });
  });

  it('exits with a code of its own when there is no cluster', async () => {
    expect(await outcome(start('status', join(folder, 'none.json')))).toMatchObject({
      exitCode: 70,
      stderr: expect.stringContaining('none.json'),
    });
  });

  it('serves processes at once: their waiting overlaps and no change is lost', async () => {
    await store(undefined, { latencyMs: 1500 });
    let ended = 0;
    const running = [start(TUNE), start('bind endpoint 7:1 policy all-nodes')].map(async (started) => {
      const result = await outcome(started);
      ended += 1;
      return result;
    });
    const both = async () => (await loadState(path)).commands.length === 2;
    while (ended === 0 && !(await both())) await wait(20);
    expect(ended).toBe(0);
    expect((await Promise.all(running)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const after = await loadState(path);
    expect(after.commands).toHaveLength(2);
    expect(databaseOf(after, 7)).toMatchObject({ syncerMode: 'distributed', endpoints: [{ policy: 'all-nodes' }] });
  });

  it.each([
    ['no-answer', 'distributed'],
    ['lost', 'centralized'],
  ] as const)('dies without a word on %s', async (kind, mode) => {
    await store({ kind });
    expect(await outcome(start(TUNE))).toEqual({ stdout: '', stderr: '', exitCode: null, signal: 'SIGKILL' });
    const after = await loadState(path);
    expect(databaseOf(after, 7).syncerMode).toBe(mode);
    expect(after.commands).toMatchObject([{ exitCode: null, applied: mode === 'distributed' }]);
  });

  it('hangs until it is killed, and leaves the cluster usable', async () => {
    await store({ kind: 'hang', applied: true });
    const child = start(TUNE);
    const ended = outcome(child);
    while ((await loadState(path)).commands.length === 0) await wait(20);
    expect((await outcome(start('info db db:7'))).stdout).toContain('syncer_mode: distributed');
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ stdout: '', signal: 'SIGTERM' });
  });
});
