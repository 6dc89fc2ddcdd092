import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { execRunner } from '../../../../../lambdas/adapters/rladmin/exec-runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'exec-runner-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shell = (script: string, limitSeconds = 10, ...words: string[]) => execRunner(['/bin/sh', '-c', script, 'sh'])(words, limitSeconds);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has waited for yet is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const pidIn = (file: string): number => Number(readFileSync(file, 'utf8'));
/** What waits for a program instead of its limit takes twenty seconds or more here. */
const LATE = 18;
const seconds = async <T>(work: Promise<T>): Promise<[result: T, seconds: number]> => {
  const began = Date.now();
  const result = await work;
  return [result, (Date.now() - began) / 1000];
};

describe.concurrent('a local program', () => {
  it.each([0, 1, 3, 126, 127, 255])('ends with its exit code %i', async (code) => {
    expect(await shell(`echo out; echo err >&2; exit ${code}`)).toEqual({
      ended: 'exited',
      exitCode: code,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it.each(['TERM', 'KILL', 'SEGV'])('that dies of SIG%s was killed and has no exit code', async (signal) => {
    expect(await shell(`echo out; kill -${signal} $$; sleep 5`)).toMatchObject({ ended: 'killed', exitCode: null, stdout: 'out\n' });
  });

  it('sees a closed stdin', async () => {
    const [result, took] = await seconds(shell('cat; read -r answer || echo "no answer"', 10));
    expect(result).toMatchObject({ ended: 'exited', stdout: 'no answer\n' });
    expect(took).toBeLessThan(LATE);
  });

  it('gets its words as they are, without a shell', async () => {
    const words = ['$(id)', '`id`', '; exit 9', 'a b', '*', '-y', '"', "'", '', 'ä\n'];
    const { stdout, exitCode } = await shell('for word in "$@"; do printf "<%s>" "$word"; done', 10, ...words);
    expect([exitCode, stdout]).toEqual([0, words.map((word) => `<${word}>`).join('')]);
  });

  it('that is missing was provably not started', async () => {
    const result = await execRunner(['/nowhere/rladmin'])(['status'], 5);
    expect(result).toMatchObject({ ended: 'not-started', exitCode: null, stdout: '' });
    expect(result.stderr).toContain('/nowhere/rladmin');
  });

  it('that may not be executed was provably not started', async () => {
    const file = join(folder, 'plain');
    writeFileSync(file, 'echo hello\n', { mode: 0o644 });
    expect(await execRunner([file])(['status'], 5)).toMatchObject({ ended: 'not-started', exitCode: null });
    expect(await execRunner([folder])(['status'], 5)).toMatchObject({ ended: 'not-started', exitCode: null });
  });

  it('that prints a lot is read to its last byte', async () => {
    const { stdout, ended } = await shell(
      'i=0; while [ $i -lt 20000 ]; do echo "line $i of a long status, padded to be long enough"; i=$((i+1)); done; echo end',
    );
    expect(ended).toBe('exited');
    expect(stdout.split('\n')).toHaveLength(20_002);
    expect(stdout.endsWith('end\n')).toBe(true);
  });

  it('that never stops printing is given up, and what it printed is never taken for an answer', async () => {
    const [result, took] = await seconds(shell('exec yes', 20));
    expect(result.ended).not.toBe('exited');
    expect(result.exitCode).toBeNull();
    expect(took).toBeLessThan(LATE);
  });

  it('keeps characters that arrive in pieces', async () => {
    const { stdout } = await shell("printf '\\303'; sleep 0.2; printf '\\244\\n'");
    expect(stdout).toBe('ä\n');
  });

  it('keeps the two streams apart', async () => {
    expect(await shell('echo a; echo b >&2; echo c')).toMatchObject({ stdout: 'a\nc\n', stderr: 'b\n' });
  });
});

describe.concurrent('the time limit', () => {
  it('ends a program that hangs, and keeps what it said', async () => {
    const [result, took] = await seconds(shell('echo begun; sleep 30', 0.4));
    expect(result).toMatchObject({ ended: 'timed-out', exitCode: null, stdout: 'begun\n' });
    expect(took).toBeLessThan(LATE);
  });

  it('ends the whole process group', async () => {
    const file = join(folder, 'group');
    await shell(`sleep 30 & echo $! > ${file}; sh -c 'sleep 30; true' & wait`, 0.5);
    await sleep(200);
    expect(isAlive(pidIn(file))).toBe(false);
  });

  it('ends a program that ignores the request', async () => {
    const file = join(folder, 'stubborn');
    const [result, took] = await seconds(shell(`echo $$ > ${file}; trap '' TERM; while :; do sleep 1; done`, 0.4));
    expect(result.ended).toBe('timed-out');
    expect(took).toBeLessThan(LATE);
    await sleep(200);
    expect(isAlive(pidIn(file))).toBe(false);
  });

  it('ends a child that ignores the request although its parent obeyed it', async () => {
    const file = join(folder, 'orphan');
    const script = `sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 1; done' & while ! [ -s ${file} ]; do sleep 0.05; done; wait`;
    const [result] = await seconds(shell(script, 0.8));
    expect(result.ended).toBe('timed-out');
    await sleep(3_000);
    const alive = isAlive(pidIn(file));
    if (alive) process.kill(pidIn(file), 'SIGKILL');
    expect(alive).toBe(false);
  });

  it('does not touch a program that ends in time', async () => {
    expect(await shell('sleep 0.3; echo done', 3)).toMatchObject({ ended: 'exited', exitCode: 0, stdout: 'done\n' });
  });

  it('calls a program that answers the request with exit 0 timed out all the same', async () => {
    const result = await shell(`trap 'echo "Finished successfully"; exit 0' TERM; while :; do sleep 0.1; done`, 0.4);
    expect(result).toMatchObject({ ended: 'timed-out', exitCode: null });
  });
});

describe.concurrent('a child that keeps the pipe open', () => {
  it('does not hold up the answer of its parent', async () => {
    const [result, took] = await seconds(shell('sleep 20 & echo done', 10));
    expect(result).toMatchObject({ ended: 'exited', exitCode: 0, stdout: 'done\n' });
    expect(took).toBeLessThan(LATE);
  });

  it('does not turn success into a time-out when the limit is near', async () => {
    const result = await shell('sleep 20 & echo "Finished successfully"', 0.4);
    expect(result).toMatchObject({ ended: 'exited', exitCode: 0 });
  });
});
