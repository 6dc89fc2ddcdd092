import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ForeignCluster, neighbour, orders, ordersOfClass } from '../support/foreign-rladmin/foreign-cluster.ts';
import { type Report, type Started, untilCalled, type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const APPLY = ['apply', 'lab/orders', '--to', 'distributed', '--yes'];
const BIND = 'bind db db:7 endpoint 7:1 policy all-master-shards';
const DISTRIBUTED = 'tune db db:7 syncer_mode distributed';
const CENTRALIZED = 'tune db db:7 syncer_mode centralized';

/** As a terminal does on Ctrl-C: to the whole process group. */
const interrupt = ({ process: { pid } }: Started, signal: NodeJS.Signals): void => {
  if (pid === undefined) throw new Error('not running');
  process.kill(-pid, signal);
};

const startAndInterrupt = async (workplace: Workplace, moment: RegExp, signal: NodeJS.Signals, flags: string[] = []) => {
  const started = workplace.start([...APPLY, ...flags]);
  await untilCalled(workplace.cluster, moment);
  interrupt(started, signal);
  return started.ended;
};

const locks = async (workplace: Workplace): Promise<unknown[]> =>
  (JSON.parse((await workplace.run(['list', '--json'])).stdout) as { locks: unknown[] }).locks;

const moments: [moment: string, call: RegExp, cluster: ForeignCluster][] = [
  ['the bind runs', /^bind/, { quirks: { 'slow-bind': '0.7' } }],
  ['the tune runs', /distributed$/, { quirks: { 'slow-tune-distributed': '0.7' } }],
  ['the hold of class D0 runs', /centralized$/, { databases: [ordersOfClass.D0, neighbour], quirks: { 'slow-tune-centralized': '0.7' } }],
];

describe.concurrent.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it.each(moments)('while %s rolls back, says so and ends with 6', async (_moment, call, cluster) => {
    const workplace = at(cluster);
    const { code, stderr } = await startAndInterrupt(workplace, call, signal);
    expect(code, stderr).toBe(6);
    expect(stderr).toMatch(/roll|undo|back|stop/i);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
    expect(await locks(workplace)).toEqual([]);
  });

  it('before the first write leaves nothing written and no lock', async () => {
    const workplace = at({ quirks: { 'slow-info-cluster': '0.5' } });
    const { code } = await startAndInterrupt(workplace, /^info cluster/, signal);
    expect(code).not.toBe(0);
    expect(workplace.cluster.writes()).toEqual([]);
    expect(await locks(workplace)).toEqual([]);
    workplace.cluster.clearQuirk('slow-info-cluster');
    expect((await workplace.apply()).document.outcome).toBe('applied');
  });
});

describe.concurrent('an interrupted change', () => {
  it('does not send what it had not sent yet', async () => {
    const workplace = at({ quirks: { 'slow-bind': '0.7' } });
    await startAndInterrupt(workplace, /^bind/, 'SIGINT');
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
  });

  it('says so even when it is to be quiet', async () => {
    const workplace = at({ quirks: { 'slow-bind': '0.7' } });
    const { stderr } = await startAndInterrupt(workplace, /^bind/, 'SIGINT', ['--quiet']);
    expect(stderr).toMatch(/SIGINT: stopping/);
  });

  it('does not sit out a wait that follows the step it came in', async () => {
    const workplace = at(
      { databases: [ordersOfClass.C2, neighbour], quirks: { 'slow-tune-distributed': '0.7' } },
      { settleSeconds: 4, samples: 1 },
    );
    const started = workplace.start(APPLY);
    await untilCalled(workplace.cluster, /distributed$/);
    interrupt(started, 'SIGINT');
    await untilCalled(workplace.cluster, /centralized$/);
    expect((await started.ended).stderr).not.toMatch(/Verify info/);
  });

  it('keeps the wider policy', async () => {
    const workplace = at({ quirks: { 'slow-tune-distributed': '0.7' } });
    await startAndInterrupt(workplace, /distributed$/, 'SIGINT');
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED, CENTRALIZED]);
    expect(workplace.cluster.database(7).endpoints).toEqual([{ policy: 'all-master-shards', nodes: [1, 2] }]);
  });

  it('still prints its one document', async () => {
    const workplace = at({ quirks: { 'slow-tune-distributed': '0.7' } });
    const { stdout } = await startAndInterrupt(workplace, /distributed$/, 'SIGINT', ['--json']);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'rolled-back', after: { syncerMode: 'centralized' } });
  });

  it('is not given up by a second and a third Ctrl-C', async () => {
    const workplace = at({ quirks: { 'slow-tune-distributed': '0.5', 'slow-tune-centralized': '0.5' } });
    const started = workplace.start(APPLY);
    await untilCalled(workplace.cluster, /distributed$/);
    interrupt(started, 'SIGINT');
    interrupt(started, 'SIGINT');
    await untilCalled(workplace.cluster, /centralized$/);
    interrupt(started, 'SIGINT');
    const { code } = await started.ended;
    expect(code).toBe(6);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
  });

  it('during a wait says at once that it stops, and ends centralized', async () => {
    const workplace = at({ databases: [ordersOfClass.C2, neighbour] }, { settleSeconds: 3, samples: 1 });
    const started = workplace.start(APPLY);
    await untilCalled(workplace.cluster, /distributed$/);
    await sleep(1_000);
    const said = new Promise<string>((resolve) => started.process.stderr?.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    interrupt(started, 'SIGINT');
    expect(await said).toMatch(/stopping/);
    expect(workplace.cluster.writes()).not.toContain(CENTRALIZED);
    expect((await started.ended).code).toBe(6);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
  });
});

describe.concurrent('a change whose terminal goes away', () => {
  it.each(['stdout', 'stderr'] as const)('with %s closed still ends proven, and releases its lock', async (stream) => {
    const workplace = at({ quirks: { 'slow-bind': '0.5' } });
    const started = workplace.start(APPLY);
    await untilCalled(workplace.cluster, /^bind/);
    started.process[stream]?.destroy();
    await started.ended;
    expect(await locks(workplace)).toEqual([]);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it('by a hang-up never leaves a change half done without its lock', async () => {
    const workplace = at({ quirks: { 'slow-bind': '0.5' } });
    await startAndInterrupt(workplace, /^bind/, 'SIGHUP');
    const standing = await locks(workplace);
    if (standing.length === 0) expect(workplace.cluster.database(7).mode).toBe('centralized');
    expect(workplace.cluster.writes()).not.toContain(DISTRIBUTED);
  });
});

describe.concurrent('a change store', () => {
  it('that cannot be made stops the change before the first write', async () => {
    const workplace = at();
    writeFileSync(join(workplace.folder, '.syncshift'), 'a file where a folder belongs');
    const { code, stderr } = await workplace.run(APPLY);
    expect(code).not.toBe(0);
    expect(stderr).not.toBe('');
    expect(workplace.cluster.writes()).toEqual([]);
  });

  it('that is damaged stops the change before the first write', async () => {
    const workplace = at();
    await workplace.run(['apply', 'lab/unknown', '--to', 'distributed', '--yes']);
    const folder = join(workplace.folder, '.syncshift');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'no database at all, but long enough to be read as one');
    const { code, stderr } = await workplace.run(APPLY);
    expect(code).not.toBe(0);
    expect(stderr).not.toBe('');
    expect(workplace.cluster.writes()).toEqual([]);
  });
});

describe.concurrent('a killed change', () => {
  it('F08: leaves its lock standing, so the next one is refused by its name', async () => {
    const workplace = at({ quirks: { 'slow-bind': '0.7' } });
    const { signal } = await startAndInterrupt(workplace, /^bind/, 'SIGKILL');
    expect(signal).toBe('SIGKILL');
    const standing = await locks(workplace);
    expect(standing).toHaveLength(1);
    const holder = /"changeId":"([^"]+)"/.exec(JSON.stringify(standing))?.[1] ?? 'no holder';
    const { document: planned } = await workplace.json('plan', 'lab/orders', '--to', 'distributed');
    expect(planned.plan.warnings[0]).toMatch(`locked by change ${holder}`);
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(JSON.stringify(document)).toContain(holder);
    expect(workplace.cluster.writes()).toEqual([BIND]);
  });

  it('is recovered: what it sent is waited for and undone, its end is on record and its lock is gone', async () => {
    const workplace = at({ quirks: { 'slow-tune-distributed': '0.5' } });
    await startAndInterrupt(workplace, /distributed$/, 'SIGKILL');
    const holder = /"changeId":"([^"]+)"/.exec(JSON.stringify(await locks(workplace)))?.[1] ?? 'no holder';
    const cleared = await workplace.run(['clear', holder]);
    expect([cleared.code, cleared.stderr]).toEqual([3, expect.stringContaining(`recover ${holder}`)]);
    const { code, stdout, stderr } = await workplace.run(['recover', '--json']);
    expect(code, stderr).toBe(0);
    const [recovered] = JSON.parse(stdout).recovered;
    expect(recovered.report).toMatchObject({ changeId: holder, outcome: 'rolled-back', error: { name: 'ExecutionCutShortError' } });
    expect(recovered.report.after).toMatchObject({ effectiveMode: 'centralized', syncerMode: 'centralized' });
    expect(await locks(workplace)).toEqual([]);
  });
});

describe.concurrent('a change that is killed', () => {
  it.each([
    ['it reads the status', /^status/, { quirks: {} }],
    ['it reads the database', /^info db/, { quirks: {} }],
    ['it reads the cluster', /^info cluster/, { quirks: { 'slow-info-cluster': '0.5' } }],
    ...moments,
    ['it verifies', /distributed$/, { quirks: {} }],
  ] as typeof moments)('while %s is centralized after its recovery, with its end on record and no lock', async (_moment, call, cluster) => {
    const workplace = at(cluster);
    await startAndInterrupt(workplace, call, 'SIGKILL');
    const { code, stdout, stderr } = await workplace.run(['recover', '--json']);
    expect(code, stderr).toBe(0);
    const [{ report }] = JSON.parse(stdout).recovered;
    const wrote = workplace.cluster.writes().length > 0;
    expect(report).toMatchObject({ outcome: wrote ? 'rolled-back' : 'refused', error: { name: 'ExecutionCutShortError' } });
    if (wrote) expect(workplace.cluster.database(7).mode).toBe('centralized');
    expect(await locks(workplace)).toEqual([]);
    const again = await workplace.run(['recover', '--json']);
    expect(JSON.parse(again.stdout)).toEqual({ recovered: [] });
  });
});

describe('a rollback that is killed while it sets the mode back', () => {
  it('is finished by its recovery', async () => {
    const workplace = at({ quirks: { 'slow-tune-distributed': '0.3', 'slow-tune-centralized': '0.7' } });
    const started = workplace.start(APPLY);
    await untilCalled(workplace.cluster, /distributed$/);
    interrupt(started, 'SIGINT');
    await untilCalled(workplace.cluster, /centralized$/);
    interrupt(started, 'SIGKILL');
    expect((await started.ended).signal).toBe('SIGKILL');
    const { code, stdout, stderr } = await workplace.run(['recover', '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).recovered).toMatchObject([{ report: { outcome: 'rolled-back', error: { name: 'ExecutionCutShortError' } } }]);
    expect(workplace.cluster.database(7).mode).toBe('centralized');
    expect(await locks(workplace)).toEqual([]);
  });
});

const bothEnd = async (workplace: Workplace, ...commands: string[][]) => {
  const ended = await Promise.all(commands.map((args) => workplace.run([...args, '--json'])));
  return ended.map(({ code, stdout }) => ({ code, document: JSON.parse(stdout) as Report }));
};

describe.concurrent('two processes at once', () => {
  it('on one database: exactly one writes, the other is refused and names the holder', async () => {
    const workplace = at({ quirks: { 'slow-bind': '1.5' } });
    const ended = await bothEnd(workplace, APPLY, APPLY);
    const [winner, loser] = ended.toSorted((one, other) => (one.code ?? 9) - (other.code ?? 9));
    expect([winner?.code, loser?.code]).toEqual([0, 3]);
    expect([winner?.document.outcome, loser?.document.outcome]).toEqual(['applied', 'refused']);
    expect(JSON.stringify(loser?.document)).toContain(winner?.document.changeId ?? 'no winner');
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it('in opposite directions: one of them writes', async () => {
    const workplace = at({ databases: [ordersOfClass.D0, neighbour], quirks: { 'slow-tune-centralized': '1.5' } });
    const ended = await bothEnd(workplace, APPLY, ['rollback', 'lab/orders']);
    expect(ended.map(({ code }) => code).toSorted()).toEqual([0, 3]);
    expect(new Set(workplace.cluster.writes()).size).toBe(workplace.cluster.writes().length);
  });

  it('by name and by id: the lock is that of the database', async () => {
    const workplace = at({ quirks: { 'slow-bind': '1.5' } });
    const ended = await bothEnd(workplace, APPLY, ['apply', 'lab/db:7', '--to', 'distributed', '--yes']);
    expect(ended.map(({ code }) => code).toSorted()).toEqual([0, 3]);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it('five of them: still exactly one writes', async () => {
    const workplace = at({ quirks: { 'slow-bind': '3' } });
    const ended = await bothEnd(workplace, APPLY, APPLY, APPLY, APPLY, APPLY);
    expect(ended.map(({ code }) => code).toSorted()).toEqual([0, 3, 3, 3, 3]);
    expect(workplace.cluster.writes()).toEqual([BIND, DISTRIBUTED]);
  });

  it('on two databases: both are changed', async () => {
    const workplace = at({ databases: [orders(), orders({ id: 8, name: 'stock' })], quirks: { 'slow-bind': '0.3' } });
    const ended = await bothEnd(workplace, APPLY, ['apply', 'lab/stock', '--to', 'distributed', '--yes']);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    expect([workplace.cluster.database(7).mode, workplace.cluster.database(8).mode]).toEqual(['distributed', 'distributed']);
  });
});
