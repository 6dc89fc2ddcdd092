import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Holder } from '../../../../lambdas/contracts/record.ts';
import { isAlive, thisProcess } from '../../../../lib/local/process.ts';

/** A process that describes itself and stays, under a name that looks like the fields after it. */
const SCRIPT = `import { thisProcess } from ${JSON.stringify(import.meta.resolve('../../../../lib/local/process.ts'))};
  process.title = 'a b) Z 1 (2';
  console.log(JSON.stringify(thisProcess()));
  setInterval(() => {}, 1000);`;
const start = () => spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] });

describe('this process', () => {
  it('is described by its number and its host', () => {
    const [host, pid] = [hostname(), process.pid];
    expect(thisProcess()).toMatchObject({ description: `process ${pid} on ${host}`, host, pid });
  });
});

describe('a process of which only the number is known', () => {
  const { host, pid } = { host: hostname(), pid: process.pid };
  const holder = { description: 'of an older version', host, pid };

  it('may be another one by now when some process has that number', () => {
    expect(isAlive(holder)).toBeUndefined();
  });

  it('is dead when no process has that number', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    expect(isAlive({ ...holder, pid: child.pid ?? 0 })).toBe(false);
  });

  it('is unknown on another host, and without a number', () => {
    expect(isAlive({ ...holder, host: `not-${host}` })).toBeUndefined();
    expect(isAlive({ description: 'an execution', host })).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('a process that was seen to begin', () => {
  const child = start();
  let holder: Holder;
  /** The same, with parts of when and where it began replaced: start, boot, namespace, machine. */
  const born = (replace: Record<number, string>): Holder => ({
    ...holder,
    born: (holder.born ?? '')
      .split(' ')
      .map((part, index) => replace[index] ?? part)
      .join(' '),
  });

  beforeAll(async () => {
    holder = JSON.parse(String((await once(child.stdout, 'data'))[0])) as Holder;
    expect(holder).toMatchObject({ pid: child.pid, born: expect.stringMatching(/^\d+ [0-9a-f-]{36} pid:\[\d+\]( [0-9a-f]{16})?$/) });
  });
  afterAll(() => child.kill('SIGKILL'));

  it('is alive', () => {
    expect(readFileSync(`/proc/${child.pid}/stat`, 'utf8')).toContain('(a b) Z 1 (2)');
    expect(isAlive(holder)).toBe(true);
  });

  it('is alive while it is stopped', () => {
    child.kill('SIGSTOP');
    try {
      expect(isAlive(holder)).toBe(true);
    } finally {
      child.kill('SIGCONT');
    }
  });

  it('is dead when its number has gone to a later one', () => {
    expect(isAlive(born({ 0: '1' }))).toBe(false);
  });

  it('is unknown from a container, or from another one, where its number means somebody else', () => {
    expect(isAlive(born({ 2: 'pid:[4026530000]' }))).toBeUndefined();
  });

  it('is unknown on another machine of the same name, and in a container that may have moved', () => {
    const boot = '00000000-0000-4000-8000-000000000000';
    expect(isAlive(born({ 1: boot, 3: '0123456789abcdef' }))).toBeUndefined();
    const { born: complete = '' } = born({ 1: boot });
    expect(isAlive({ ...holder, born: complete.split(' ').slice(0, 3).join(' ') })).toBeUndefined();
  });

  it('is dead when its machine was started anew', ({ skip }) => {
    if (holder.born?.split(' ').length !== 4) skip('a container does not tell its machine');
    expect(isAlive(born({ 1: '00000000-0000-4000-8000-000000000000' }))).toBe(false);
  });

  it('is dead as soon as it has ended, also before its parent has asked how', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    // Nobody asks while this turn of the event loop lasts.
    const isZombie = () => /\) Z \d+ \d+ \d+ \d+/.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8'));
    for (const since = Date.now(); !isZombie(); ) if (Date.now() - since > 5_000) throw new Error('it does not end');
    expect(isAlive(holder)).toBe(false);
    expect(isAlive({ ...holder, born: undefined } as unknown as Holder)).toBe(false);
    await ended;
    expect(isAlive(holder)).toBe(false);
  });
});
