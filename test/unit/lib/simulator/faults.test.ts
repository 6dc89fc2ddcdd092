import { describe, expect, it } from 'vitest';
import { databaseOf, type SimulatedCluster } from '../../../../lib/simulator/cluster.ts';
import type { Fault, FaultEffect } from '../../../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';

const BIND = 'bind db db:7 endpoint 7:1 policy all-nodes';
const TUNE = 'tune db db:7 syncer_mode distributed';
const READ = 'info db db:7';

const run = (cluster: SimulatedCluster, line: string) => answer(cluster, line.split(' '));
const clusterUnder = (effect: FaultEffect, fault: Partial<Fault> = {}, options: DatabaseOptions = {}): SimulatedCluster =>
  clusterWith(options, { faults: [{ on: '^(bind|tune)', effect, ...fault }] });
const database = (cluster: SimulatedCluster) => databaseOf(cluster, 7);
const endpoint = (cluster: SimulatedCluster) => database(cluster).endpoints[0];
const mode = (cluster: SimulatedCluster) => database(cluster).syncerMode;
/** What so many further reads show, one after the other. */
const watch = <Seen>(cluster: SimulatedCluster, times: number, look: (cluster: SimulatedCluster) => Seen): Seen[] =>
  Array.from({ length: times }, () => {
    run(cluster, READ);
    return look(cluster);
  });

describe('answer', () => {
  it('logs every command with its arguments, exit code and whether it took effect', () => {
    const cluster = clusterWith();
    for (const line of [READ, BIND, BIND, 'nonsense']) run(cluster, line);
    expect(cluster.commands).toEqual([
      { argv: READ.split(' '), exitCode: 0, applied: false },
      { argv: BIND.split(' '), exitCode: 0, applied: true },
      { argv: BIND.split(' '), exitCode: 1, applied: false },
      { argv: ['nonsense'], exitCode: 1, applied: false },
    ]);
  });

  it('refuses the interactive shell', () => {
    expect(answer(clusterWith(), [])).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('interactive') });
  });

  it('survives being stored between two commands', () => {
    const cluster = clusterUnder({ kind: 'busy', commands: 1 });
    run(cluster, TUNE);
    const restored: SimulatedCluster = JSON.parse(JSON.stringify(cluster));
    expect(watch(restored, 2, (seen) => database(seen).status)).toEqual(['active-change-pending', 'active']);
  });
});

describe('when a fault hits', () => {
  const hits = (fault: Partial<Fault>) => {
    const cluster = clusterUnder({ kind: 'fail' }, { on: '^info', ...fault });
    return Array.from({ length: 4 }, () => run(cluster, READ).exitCode);
  };

  it('hits the first matching command unless told otherwise', () => {
    expect(hits({})).toEqual([1, 0, 0, 0]);
    expect(hits({ nth: 3 })).toEqual([0, 0, 1, 0]);
    expect(hits({ nth: 2, times: 2 })).toEqual([0, 1, 1, 0]);
    expect(hits({ nth: 2, times: 'always' })).toEqual([0, 1, 1, 1]);
  });

  it('leaves other commands alone', () => {
    expect(hits({ on: '^status' })).toEqual([0, 0, 0, 0]);
  });

  it('joins with other faults on the same command', () => {
    const cluster = clusterUnder({ kind: 'slow', ms: 40 });
    cluster.faults.push({ on: '^tune', effect: { kind: 'fail-but-applied' } });
    expect(run(cluster, TUNE)).toMatchObject({ exitCode: 1, delayMs: 40 });
    expect(mode(cluster)).toBe('distributed');
  });
});

describe('faults in the answer', () => {
  it.each<[FaultEffect, object, 'centralized' | 'distributed']>([
    [{ kind: 'fail', text: 'CCS ERROR: x' }, { exitCode: 1, stderr: 'CCS ERROR: x\n' }, 'centralized'],
    [{ kind: 'fail-but-applied' }, { exitCode: 1, stdout: '' }, 'distributed'],
    [{ kind: 'no-effect' }, { exitCode: 0, stdout: 'Tuning database: o\nFinished successfully\n' }, 'centralized'],
    [{ kind: 'no-answer' }, { exitCode: null, stdout: '', hang: false }, 'distributed'],
    [{ kind: 'lost' }, { exitCode: null, stdout: '', hang: false }, 'centralized'],
    [{ kind: 'hang', applied: true }, { exitCode: null, hang: true }, 'distributed'],
    [{ kind: 'hang', applied: false }, { exitCode: null, hang: true }, 'centralized'],
    [{ kind: 'garbage', applied: true, text: 'oops' }, { exitCode: 0, stdout: 'oops\n' }, 'distributed'],
    [{ kind: 'garbage', applied: false }, { exitCode: 0, stdout: 'Segment 4 of 9 received\n' }, 'centralized'],
    [{ kind: 'slow', ms: 250 }, { exitCode: 0, delayMs: 250 }, 'distributed'],
  ])('%j', (effect, expected, after) => {
    const cluster = clusterUnder(effect);
    expect(run(cluster, TUNE)).toMatchObject(expected);
    expect(mode(cluster)).toBe(after);
    expect(cluster.commands.at(-1)?.applied).toBe(after === 'distributed');
  });

  it('cuts the text of a read short', () => {
    const cluster = clusterUnder({ kind: 'garbage', applied: false, truncateAt: 25 }, { on: 'status' });
    const cut = run(cluster, 'status endpoints');
    expect(cut).toMatchObject({ exitCode: 0, stdout: run(cluster, 'status endpoints').stdout.slice(0, 25) });
  });

  it('adds slowness to the latency of the cluster', () => {
    expect(run({ ...clusterUnder({ kind: 'slow', ms: 250 }), latencyMs: 20 }, TUNE).delayMs).toBe(270);
  });
});

describe('faults that show later', () => {
  it('keeps the database busy for so many commands after a change, and refuses writes meanwhile', () => {
    const cluster = clusterUnder({ kind: 'busy', commands: 2 });
    run(cluster, BIND);
    expect(run(cluster, 'status databases extra state_machine').stdout).toMatch(/active-change-pending .* running +SMBindEndpoint/);
    expect(run(cluster, TUNE)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('busy') });
    expect(run(cluster, TUNE).exitCode).toBe(0);
    expect(database(cluster)).toMatchObject({ status: 'active', syncerMode: 'distributed' });
    expect(database(cluster).execState).toBeUndefined();
  });

  it('makes a delayed change only after so many commands', () => {
    const cluster = clusterUnder({ kind: 'delayed', commands: 2 });
    expect(run(cluster, TUNE)).toMatchObject({ exitCode: 0, stdout: 'Tuning database: o\nFinished successfully\n' });
    expect(watch(cluster, 3, mode)).toEqual(['centralized', 'centralized', 'distributed']);
  });

  it('refuses at once what would be refused when delayed', () => {
    const cluster = clusterUnder({ kind: 'delayed', commands: 1 }, {}, { policy: 'all-nodes' });
    expect(run(cluster, BIND).stderr).toBe('Nothing to do\n');
  });

  it('falls back to the earlier mode', () => {
    const cluster = clusterUnder({ kind: 'fall-back', commands: 1, what: 'mode' });
    run(cluster, TUNE);
    expect(watch(cluster, 2, mode)).toEqual(['distributed', 'centralized']);
  });

  it('falls back to the earlier policy, lists and proxies included', () => {
    const cluster = clusterUnder({ kind: 'fall-back', commands: 1, what: 'policy' }, {}, { policy: 'all-master-shards', exclude: [2] });
    run(cluster, BIND);
    expect(watch(cluster, 2, (seen) => structuredClone(endpoint(seen)))).toMatchObject([
      { policy: 'all-nodes', nodes: [1, 2, 3] },
      { policy: 'all-master-shards', exclude: [2], nodes: [1] },
    ]);
  });

  it('loses all proxies but one while the policy stays', () => {
    const cluster = clusterUnder({ kind: 'fall-back', commands: 1, what: 'proxies' });
    run(cluster, BIND);
    run(cluster, READ);
    run(cluster, READ);
    expect(endpoint(cluster)).toMatchObject({ policy: 'all-nodes', nodes: [1] });
  });
});

describe('faults in the cluster', () => {
  it('takes a node down before answering; its proxies stay listed', () => {
    const cluster = clusterUnder({ kind: 'node-down', node: 2 });
    expect(run(cluster, BIND).exitCode).toBe(0);
    expect(endpoint(cluster)?.nodes).toEqual([1, 2, 3]);
    expect(run(cluster, 'status nodes').stdout).toContain('DOWN, last seen 5s ago');
  });

  it('unbinds the proxies of a node that goes down when told to', () => {
    const cluster = clusterUnder({ kind: 'node-down', node: 2, unbind: true });
    run(cluster, BIND);
    expect(endpoint(cluster)?.nodes).toEqual([1, 3]);
  });

  it('shows a read the node that has just gone down', () => {
    const cluster = clusterUnder({ kind: 'node-down', node: 2 }, { on: '^status nodes' });
    expect(run(cluster, 'status nodes').stdout).toContain('DOWN, last seen 5s ago');
  });

  it('lets someone else change the database before or after the answer', () => {
    const change = (when: 'before' | 'after') =>
      clusterUnder({ kind: 'foreign-change', database: 7, when, set: { syncerMode: 'distributed', name: 'renamed' } }, { on: '^info' });
    expect(run(change('before'), READ).stdout).toMatch(/^db:7 \[renamed\]:[\s\S]*syncer_mode: distributed/);
    const after = change('after');
    expect(run(after, READ).stdout).toMatch(/^db:7 \[orders\]:[\s\S]*syncer_mode: centralized/);
    expect(mode(after)).toBe('distributed');
  });

  it('lets someone else change policy and lists, and binds accordingly', () => {
    const cluster = clusterUnder(
      { kind: 'foreign-change', database: 7, when: 'after', set: { policy: 'all-nodes', exclude: [1] } },
      { on: '^info' },
    );
    run(cluster, READ);
    expect(endpoint(cluster)).toMatchObject({ policy: 'all-nodes', exclude: [1], nodes: [2, 3] });
  });

  it('puts a node into maintenance, which moves its endpoints', () => {
    const cluster = clusterUnder({ kind: 'maintenance', node: 1 }, { on: '^status nodes' });
    expect(run(cluster, 'status nodes').stdout).toMatch(/^\*node:1 .* 0\/0 .* 0KB\/0KB /m);
    expect(endpoint(cluster)?.nodes).toEqual([2]);
  });

  it('drops a database before the command', () => {
    const cluster = clusterUnder({ kind: 'drop-database', database: 7 });
    expect(run(cluster, BIND).stderr).toContain('does not exist');
    expect(run(cluster, READ).exitCode).toBe(1);
  });
});
