import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { recallWith } from '../../../../../lambdas/adapters/rladmin/exec-recall.ts';
import { execRunner, RUN_ID_VARIABLE } from '../../../../../lambdas/adapters/rladmin/exec-runner.ts';
import { newDialect, RladminCluster } from '../../../../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { oneByOne } from '../../../../../lambdas/adapters/rladmin/runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'exec-recall-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started: ChildProcess[] = [];
const endGroup = (leader: number): void => {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended already.
  }
};
/** Ends it with all it started. */
const end = ({ pid }: ChildProcess): void => {
  if (pid !== undefined) endGroup(pid);
};
afterEach(() => {
  for (const child of started.splice(0)) end(child);
});

const start = (program: string, args: string[], env: Record<string, string>): ChildProcess & { pid: number } => {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  started.push(child);
  if (child.pid === undefined) throw new Error(`${program} cannot be started`);
  return child as ChildProcess & { pid: number };
};
const firstLine = async ({ stdout }: ChildProcess): Promise<string> => {
  if (!stdout) throw new Error('no output');
  return String((await once(stdout, 'data'))[0]).trim();
};
const sleeping = (env: Record<string, string>) => start('sleep', ['30'], env);
const isThere = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

let runs = 0;
const newRunId = (): string => `0123456789abcdef chg-${process.pid}-${++runs}`;

/** Time that passes only in its pauses. */
const pausing = (onPause: (pauses: number) => unknown = () => {}) => {
  const clock = {
    pauses: 0,
    seconds: 0,
    now: () => new Date(clock.seconds * 1000),
    sleep: async (seconds: number) => {
      clock.seconds += seconds;
      await onPause(++clock.pauses);
    },
  };
  return clock;
};

const BIND = ['bind', 'db', 'db:7', 'endpoint', '7:1', 'policy', 'single'];
const recalled = (runId: string, command?: string) => recallWith(pausing())({ limitSeconds: 0, runId, ...(command && { command }) });

describe('a write that was started', () => {
  const printing = execRunner(['/bin/sh', '-c', `printf '<%s>' "$${RUN_ID_VARIABLE}"`, 'sh']);

  it('is marked with its run id', async () => {
    const runId = newRunId();
    expect(await oneByOne(printing).write(BIND, { limitSeconds: 5, runId })).toMatchObject({ ended: 'exited', stdout: `<${runId}>` });
  });

  it('is marked where a read is not', async () => {
    expect(await oneByOne(printing).reading([], 5)(['status'])).toMatchObject({ ended: 'exited', stdout: '<>' });
  });
});

describe.runIf(process.platform === 'linux')('a recall', () => {
  it('waits for the write to end, whose answer nobody knows then', async () => {
    const runId = newRunId();
    const write = sleeping({ [RUN_ID_VARIABLE]: runId });
    const clock = pausing(async (pauses) => {
      if (pauses < 2) return;
      end(write);
      await once(write, 'exit');
    });
    expect(await recallWith(clock)({ limitSeconds: 60, runId })).toBeUndefined();
    expect(clock.pauses).toBe(2);
  });

  it('tells of a write that outlasts the limit, and does not end it', async () => {
    const runId = newRunId();
    const write = sleeping({ [RUN_ID_VARIABLE]: runId });
    const clock = pausing();
    const runner = oneByOne(execRunner(['/nowhere/rladmin']), recallWith(clock));
    const cluster = new RladminCluster({ name: 'lab', runner, clock, dialect: newDialect() });
    const text = `still running after 0.5 s as process ${write.pid}`;
    expect(await cluster.recall({ limitSeconds: 0.5, runId })).toEqual({ kind: 'none', stillRuns: true, text });
    expect(clock.pauses).toBe(3);
    expect(isThere(write)).toBe(true);
  });

  it('finds what the write started, when that is all that is left', async () => {
    const runId = newRunId();
    const shell = start('sh', ['-c', 'sleep 30 >/dev/null & echo $!'], { [RUN_ID_VARIABLE]: runId });
    const [child] = await Promise.all([firstLine(shell), once(shell, 'exit')]);
    const { stderr } = (await recalled(runId)) ?? {};
    end(shell);
    expect(stderr).toMatch(new RegExp(`process ${child}$`));
  });

  it.each<[string, (runId: string) => Record<string, string>]>([
    ['a longer run id', (runId) => ({ [RUN_ID_VARIABLE]: `${runId}1` })],
    ['a shorter run id', (runId) => ({ [RUN_ID_VARIABLE]: runId.slice(0, -1) })],
    ['another variable', (runId) => ({ [`OLD_${RUN_ID_VARIABLE}`]: runId })],
    ['the mark inside of another variable', (runId) => ({ NOTE: `${RUN_ID_VARIABLE}=${runId}` })],
  ])('does not take a process with %s for the write', async (_what, env) => {
    const runId = newRunId();
    const other = sleeping(env(runId));
    expect(await recalled(runId)).toBeUndefined();
    expect(isThere(other)).toBe(true);
  });

  it('does not wait for the process that asks', async () => {
    const runId = newRunId();
    const script = `import { recallWith } from ${JSON.stringify(import.meta.resolve('../../../../../lambdas/adapters/rladmin/exec-recall.ts'))};
      const clock = { now: () => new Date(), sleep: async () => {} };
      console.log(String(await recallWith(clock)({ limitSeconds: 0, runId: ${JSON.stringify(runId)} })));`;
    const asking = start(process.execPath, ['--input-type=module', '-e', script], { [RUN_ID_VARIABLE]: runId });
    expect(await firstLine(asking)).toBe('undefined');
  });

  it('finds the write of an owner that was killed', async () => {
    const runId = newRunId();
    const file = join(folder, 'orphan');
    const program = ['/bin/sh', '-c', `echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 30`, 'sh'];
    const script = `import { execRunner } from ${JSON.stringify(import.meta.resolve('../../../../../lambdas/adapters/rladmin/exec-runner.ts'))};
      await execRunner(${JSON.stringify(program)})(${JSON.stringify(BIND)}, 60, ${JSON.stringify(runId)});`;
    const owner = start(process.execPath, ['--input-type=module', '-e', script], {});
    while (!existsSync(file)) await sleep(10);
    const orphan = Number(readFileSync(file, 'utf8'));
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const answer = await recalled(runId);
    endGroup(orphan);
    expect(answer).toMatchObject({ stillRuns: true, stderr: expect.stringMatching(new RegExp(`process ${orphan}$`)) });
  });
});

describe.runIf(process.platform === 'linux')('a write whose mark was lost on the way, as behind sudo', () => {
  /** Starts what runs without a mark of its own, as sudo does. */
  const unmarked = (env: Record<string, string>, command: string[]) =>
    start(
      '/usr/bin/env',
      [...Object.keys(env).map((name) => `-u${name}`), 'sh', '-c', 'echo ready; sleep 30; true', 'sh', ...command],
      env,
    );

  it('is found by its command', async () => {
    const runId = newRunId();
    const write = unmarked({ [RUN_ID_VARIABLE]: runId }, BIND);
    await firstLine(write);
    expect(await recalled(runId)).toBeUndefined();
    expect(await recalled(runId, BIND.join(' '))).toMatchObject({
      stillRuns: true,
      stderr: expect.stringContaining(`process ${write.pid}`),
    });
  });

  it.each([
    ['another database', 'bind db db:8 endpoint 8:1 policy single'],
    ['a longer command', `${BIND.join(' ')} force`],
    ['a part of the command', 'policy singl'],
  ])('is not taken for %s', async (_what, command) => {
    await firstLine(unmarked({}, BIND));
    expect(await recalled(newRunId(), command)).toBeUndefined();
  });

  it('is not taken for the same command of another run that is marked', async () => {
    await firstLine(start('sh', ['-c', 'echo ready; sleep 30; true', 'sh', ...BIND], { [RUN_ID_VARIABLE]: newRunId() }));
    expect(await recalled(newRunId(), BIND.join(' '))).toBeUndefined();
  });
});
