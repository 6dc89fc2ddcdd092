/** One suite for every way into a cluster: what the port promises holds whatever carries it. */
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execRunner } from '../../lambdas/adapters/rladmin/exec-runner.ts';
import { newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { oneByOne } from '../../lambdas/adapters/rladmin/runner.ts';
import type { SyncerMode } from '../../lambdas/contracts/words.ts';
import type { Write } from '../../lambdas/contracts/write.ts';
import type { ClusterWriter } from '../../lambdas/ports/cluster.ts';
import type { CommandObserver } from '../../lambdas/runtime/ports.ts';
import { inFile, inMemory, type UseCluster } from '../../lib/simulator/access.ts';
import { databaseOf, type SimulatedCluster } from '../../lib/simulator/cluster.ts';
import type { FaultEffect } from '../../lib/simulator/faults.ts';
import { addDatabase, clusterWith, demoCluster } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { VirtualClock } from '../support/lab.ts';
import { RestLab } from '../support/rest-lab.ts';
import { installRladmin } from '../support/rladmin-process.ts';
import { SsmLab } from '../support/ssm-lab.ts';

/** An open way into a cluster, and the cluster behind it. */
interface Access {
  readonly cluster: ClusterWriter;
  readonly use: UseCluster;
  /** From now on nobody answers any more. */
  silence(): Promise<void>;
  close(): Promise<void>;
}
interface WayIn {
  open(cluster: SimulatedCluster, observe: CommandObserver): Promise<Access>;
  /** What a bind, and a change of mode, look like when they arrive; not their rehearsals. */
  readonly bind: RegExp;
  readonly tune: RegExp;
}

const RLADMIN = { bind: /^bind /, tune: /^tune / };
/** A further adapter joins the suite with a line. */
const waysIn: [string, WayIn][] = [
  ['rladmin as a local process', { ...RLADMIN, open: openExec }],
  ['rladmin over Systems Manager', { ...RLADMIN, open: openSsm }],
  ['the REST API', { bind: /^PUT \/v1\/bdbs\/7 .*proxy_policy/, tune: /^PUT \/v1\/bdbs\/7 .*_sync_dist/, open: openRest }],
];

async function openExec(cluster: SimulatedCluster, observe: CommandObserver): Promise<Access> {
  const { state, rladmin, remove } = await installRladmin(cluster);
  const runner = oneByOne(execRunner([rladmin]));
  return {
    cluster: new RladminCluster({ name: 'lab', runner, clock: new VirtualClock(), dialect: newDialect(), observe }),
    use: inFile(state),
    silence: () => rm(rladmin),
    close: remove,
  };
}

async function openSsm(cluster: SimulatedCluster, observe: CommandObserver): Promise<Access> {
  const lab = await SsmLab.open(cluster);
  const silence = async () => {
    for (const instance of lab.front.instances) instance.online = false;
  };
  return { cluster: lab.over(observe), use: lab.use, silence, close: () => lab.close() };
}

async function openRest(cluster: SimulatedCluster, observe: CommandObserver): Promise<Access> {
  const lab = await RestLab.open(cluster);
  return { cluster: lab.over(observe), use: inMemory(cluster), silence: () => lab.silence(), close: () => lab.close() };
}

const WIDEN: Write = { kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-master-shards' };
const tuneTo = (mode: SyncerMode): Write => ({ kind: 'tune-syncer', database: 'db:7', mode, relation: 'replica' });
const OPTIONS = { limitSeconds: 60, runId: 'run 1 of chg-test' };

describe.each(waysIn)('a cluster through %s', (_name, { open, bind, tune }) => {
  let access: Access;
  let observed: string[];
  const enter = async (cluster: SimulatedCluster = clusterWith({ relations: { replica: replicaOf(1) } })): Promise<ClusterWriter> => {
    access = await open(cluster, async ({ command }) => {
      observed.push(command);
    });
    return access.cluster;
  };
  const state = (): Promise<SimulatedCluster> => access.use((cluster) => structuredClone(cluster));
  const orders = async () => databaseOf(await state(), 7);
  const failing = (on: RegExp, effect: FaultEffect): Promise<unknown> =>
    access.use((cluster) => cluster.faults.push({ on: on.source, effect }));
  const arrived = async (line: RegExp): Promise<number> => (await state()).commands.filter(({ argv }) => line.test(argv.join(' '))).length;

  beforeEach(() => {
    observed = [];
  });
  afterEach(() => access.close());

  it('reads the facts as the cluster holds them', async () => {
    const cluster = await enter(demoCluster());
    const { databases, nodes } = await state();
    for (const { id, name, syncerMode, ossCluster, endpoints, shards } of databases) {
      const facts = await cluster.readDatabase(`db:${id}`);
      expect(facts).toMatchObject({ database: { cluster: 'lab', id: `db:${id}`, name }, status: 'active', syncerMode, ossCluster });
      expect(facts.job ?? null).toBeNull();
      expect(facts.endpoints).toEqual(
        endpoints.map(({ id: number, policy, include, exclude, nodes: bound }) => ({
          id: `${id}:${number}`,
          policy,
          include,
          exclude,
          nodes: bound,
        })),
      );
      const primaries = shards.filter(({ role }) => role === 'master').map(({ node }) => node);
      expect(facts.primaryNodes).toEqual([...new Set(primaries)].sort());
      expect(facts.sickShards).toEqual([]);
      expect(facts.nodes).toEqual(
        nodes.map((node) => ({ id: node.id, status: 'OK', version: node.version, kind: node.quorumOnly ? 'quorum-only' : 'data' })),
      );
    }
  });

  it('tells a node that is down and a shard that is not well', async () => {
    const cluster = await enter();
    await access.use(({ nodes, databases }) => {
      for (const node of nodes.slice(2)) node.status = 'DOWN, last seen 41s ago';
      for (const shard of databases.flatMap(({ shards }) => shards).slice(0, 1)) shard.status = 'DOWN';
    });
    const { nodes, sickShards } = await cluster.readDatabase('db:7');
    expect(nodes.map(({ id, status }) => [id, status === 'OK'])).toEqual([
      [1, true],
      [2, true],
      [3, false],
    ]);
    expect(sickShards).toHaveLength(1);
  });

  it('reads the same by name and by id', async () => {
    const cluster = await enter();
    const [byName, byId] = [await cluster.readDatabase('orders'), await cluster.readDatabase('db:7')];
    expect({ ...byName, readAt: '' }).toEqual({ ...byId, readAt: '' });
    expect({ ...(await cluster.inspect('orders')).facts, readAt: '' }).toEqual({ ...byId, readAt: '' });
  });

  it('tells with an inspection what the cluster as a whole is doing', async () => {
    const cluster = await enter();
    expect((await cluster.inspect('orders')).conditions).toEqual({ runningActions: [], upgradeMode: false });
    await access.use((simulated) => Object.assign(simulated, { runningActions: ['rebalance'], upgradeMode: true }));
    const { conditions } = await cluster.inspect('db:7');
    expect(conditions.upgradeMode).toBe(true);
    expect(conditions.runningActions?.join()).toContain('rebalance');
  });

  it('tells what the cluster as a whole is doing without any database', async () => {
    const cluster = await enter();
    expect(await cluster.readConditions()).toEqual({ runningActions: [], upgradeMode: false });
    await access.use((simulated) => Object.assign(simulated, { runningActions: ['rebalance'], upgradeMode: true }));
    expect(await cluster.readConditions()).toEqual((await cluster.inspect('db:7')).conditions);
    expect((await cluster.readConditions()).upgradeMode).toBe(true);
  });

  it.each([
    ['nowhere, and names those that exist', 'nowhere', 'orders (db:7)'],
    ['db:99', 'db:99', 'db:99'],
  ])('knows no database %s', async (_what, unknown, named) => {
    const cluster = await enter();
    const failure = { name: 'PreconditionFailedError', message: expect.stringContaining(named) };
    await expect(cluster.readDatabase(unknown)).rejects.toMatchObject(failure);
    await expect(cluster.inspect(unknown)).rejects.toMatchObject(failure);
  });

  it('reads all databases in the order of their ids, and reports one that it cannot read', async () => {
    const cluster = await enter();
    await access.use((simulated) => {
      for (const id of [12, 3]) addDatabase(simulated, { id, name: `other-${id}` });
      const [endpoint] = databaseOf(simulated, 12).endpoints;
      Object.assign(endpoint ?? {}, { policy: 'some-nodes' });
    });
    const all = await cluster.readAll();
    expect(all.map((read) => ('error' in read ? [read.id, read.error.name] : read.database.id))).toEqual([
      'db:3',
      'db:7',
      ['db:12', 'ClusterOutputError'],
    ]);
  });

  it('reads a busy database as busy, with its job', async () => {
    const cluster = await enter();
    await failing(bind, { kind: 'busy', commands: 100_000 });
    await cluster.send(WIDEN, OPTIONS);
    const { status, job } = await cluster.readDatabase('db:7');
    expect(status).toBe('active-change-pending');
    expect(job).toMatch(/\S/);
  });

  it('binds a policy, as it describes it, once', async () => {
    const cluster = await enter();
    expect(await cluster.send(WIDEN, OPTIONS)).toMatchObject({ kind: 'accepted' });
    expect(observed.filter((command) => command === cluster.describe(WIDEN))).toHaveLength(1);
    expect(await arrived(bind)).toBe(1);
    const [endpoint] = (await cluster.readDatabase('db:7')).endpoints;
    expect(endpoint).toEqual({ id: '7:1', policy: 'all-master-shards', include: [], exclude: [], nodes: [1, 2] });
  });

  it('sets the mode both ways, each time once', async () => {
    const cluster = await enter();
    await cluster.send(WIDEN, OPTIONS);
    for (const mode of ['distributed', 'centralized'] as const) {
      const write = tuneTo(mode);
      expect(await cluster.send(write, { ...OPTIONS, runId: `${mode} of chg-test` })).toMatchObject({ kind: 'accepted' });
      expect(observed).toContain(cluster.describe(write));
      expect((await cluster.readDatabase('db:7')).syncerMode).toBe(mode);
    }
    expect(await arrived(tune)).toBe(2);
  });

  it('changes nothing when it is asked again for what is in force', async () => {
    const cluster = await enter();
    await cluster.send(WIDEN, OPTIONS);
    await cluster.readDatabase('db:7');
    const before = await orders();
    const answer = await cluster.send(WIDEN, { ...OPTIONS, runId: 'run 2 of chg-test' });
    expect(['accepted', 'nothing-to-do']).toContain(answer.kind);
    await cluster.readDatabase('db:7');
    expect({ ...(await orders()), changedAt: 0 }).toEqual({ ...before, changedAt: 0 });
  });

  it('leaves the state as it is when a write is refused', async () => {
    const cluster = await enter();
    await access.use((simulated) => Object.assign(simulated, { strictTune: true }));
    const before = await orders();
    const answer = await cluster.send(tuneTo('distributed'), OPTIONS);
    expect(['refused', 'not-sent']).toContain(answer.kind);
    expect(answer.text).toMatch(/all-nodes or all-master-shards/);
    expect(await orders()).toEqual(before);
  });

  it.each([
    ['bind', WIDEN, bind, { endpoints: [{ policy: 'all-master-shards' }] }],
    ['change of mode', tuneTo('distributed'), tune, { syncerMode: 'distributed' }],
  ])('takes a lost answer to a %s for none, sends nothing again, and reads what was done', async (_what, write, line, done) => {
    const cluster = await enter();
    await failing(line, { kind: 'no-answer' });
    expect(await cluster.send(write, OPTIONS)).toMatchObject({ kind: 'none' });
    expect(await arrived(line)).toBe(1);
    expect(await cluster.readDatabase('db:7')).toMatchObject(done);
  });

  it('takes the loss of a write before it took effect for none as well', async () => {
    const cluster = await enter();
    await failing(bind, { kind: 'lost' });
    const before = await orders();
    expect(await cluster.send(WIDEN, OPTIONS)).toMatchObject({ kind: 'none' });
    expect(await arrived(bind)).toBe(1);
    expect(await orders()).toEqual(before);
  });

  it('says when nobody answers, and that nothing was sent then', async () => {
    const cluster = await enter();
    await access.silence();
    const failure = { name: expect.stringMatching(/^Cluster(?:Unreachable|Access)Error$/) };
    await expect(cluster.readDatabase('db:7')).rejects.toMatchObject(failure);
    await expect(cluster.inspect('orders')).rejects.toMatchObject(failure);
    await expect(cluster.readAll()).rejects.toMatchObject(failure);
    await expect(cluster.readConditions()).rejects.toMatchObject(failure);
    expect(await cluster.send(WIDEN, OPTIONS)).toMatchObject({ kind: 'not-sent' });
    expect(await arrived(bind)).toBe(0);
  });
});
