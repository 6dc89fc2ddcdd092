import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inMemory } from '../../lib/simulator/access.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import { activeActive, replicaOf } from '../../lib/simulator/replication.ts';
import { type RestFront, startRestFront } from '../../lib/simulator/rest/front.ts';
import type { Workplace } from './command-line.ts';
import { workplaces } from './command-line.ts';

const at = workplaces();
const LOGIN = { username: 'syncshift@example.com', password: 'only-for-tests' };
const ENV = { API_USER: LOGIN.username, API_PASSWORD: LOGIN.password };
const GUID = '552bbccb-99f3-4142-bd17-93d245f0bc79';

/** The busiest database, a calm one, and one of each kind that would gain nothing. */
function fleet(name: string): SimulatedCluster {
  const busy = { ...activeActive(['rs-b.example.net'], 900, GUID), ingressBytesPerSecond: 2_000_000 };
  const cluster = clusterWith({ name: 'orders', requestsPerSecond: 1_200, relations: { crdt: busy } }, { name });
  addDatabase(cluster, { id: 9, name: 'calm', relations: { replica: replicaOf(1) } });
  addDatabase(cluster, { id: 12, name: 'plain' });
  addDatabase(cluster, { id: 15, name: 'dense', masters: [2, 2], replicas: [3, 3], relations: { replica: replicaOf(1) } });
  const there = replicaOf(1);
  addDatabase(cluster, { id: 20, name: 'there', policy: 'all-nodes', syncerMode: 'distributed', relations: { replica: there } });
  addDatabase(cluster, { id: 21, name: 'stuck', status: 'recovery', relations: { replica: replicaOf(1) } });
  return cluster;
}

const [eu, us] = [fleet('rs-a.example.net'), fleet('rs-b.example.net')];
const fronts: RestFront[] = [];
beforeAll(async () => {
  fronts.push(...(await Promise.all([eu, us].map((cluster) => startRestFront({ use: inMemory(cluster), credentials: LOGIN })))));
});
afterAll(() => Promise.all(fronts.map((front) => front.close())));

/** Clusters over REST under these names, beside what else is configured. */
function overRest(workplace: Workplace, names: Record<string, RestFront | undefined>, others: object = {}): Workplace {
  const clusters = Object.fromEntries(
    Object.entries(names).map(([name, front]) => {
      writeFileSync(join(workplace.folder, `${name}.pem`), front?.ca ?? '');
      const credentials = { usernameEnv: 'API_USER', passwordEnv: 'API_PASSWORD' };
      return [name, { transport: 'rest', url: front?.url, credentials, ca: { file: `${name}.pem` } }];
    }),
  );
  workplace.configure({ clusters: { ...clusters, ...others } });
  return workplace;
}

interface Entry {
  readonly target: { readonly cluster: string; readonly database: string };
  readonly reason: string;
  readonly figures: object;
  readonly alsoOn?: readonly string[];
}
interface Document {
  readonly candidates: readonly Entry[];
  readonly others: readonly Entry[];
  readonly unread: readonly object[];
}
const ask = async (workplace: Workplace, ...words: string[]) => {
  const { code, stdout } = await workplace.run([...words, '--json'], ENV);
  return { code, document: JSON.parse(stdout) as Document };
};
const namesOf = (entries: readonly Entry[]) => entries.map(({ target }) => target.database);

describe('candidates', () => {
  it('ranks what would gain, and tells of the others why they would not', async () => {
    const { code, document } = await ask(overRest(at(), { eu: fronts[0] }), 'candidates', 'eu');
    expect(code).toBe(0);
    expect(namesOf(document.candidates)).toEqual(['orders', 'calm']);
    expect(Object.fromEntries(document.others.map(({ target, reason }) => [target.database, reason]))).toEqual({
      plain: 'it does not replicate, so it has no syncer',
      dense: 'all its primaries are on node 2: there is nothing to share',
      there: 'already distributed over nodes 1, 2, 3',
      stuck: expect.stringMatching(/^blocked: database status is "recovery"/),
    });
    expect(document.unread).toEqual([]);
  });

  it('gives the figures of each, as the cluster keeps them', async () => {
    const { document } = await ask(overRest(at(), { eu: fronts[0] }), 'candidates');
    expect(document.candidates[0]?.figures).toEqual({
      primaryNodes: [1, 2],
      nodes: 3,
      proxies: [1],
      requestsPerSecond: 1_200,
      syncBytesPerSecond: 2_000_000,
      lagMs: 900,
    });
  });

  it('recognises the members of an Active-Active group on other clusters', async () => {
    const workplace = overRest(at(), { 'eu-west': fronts[0], 'us-east': fronts[1] });
    const { document } = await ask(workplace, 'candidates');
    const members = document.candidates.filter(({ alsoOn }) => alsoOn !== undefined);
    expect(members.map(({ target, alsoOn }) => [target.cluster, alsoOn])).toEqual([
      ['eu-west', ['us-east/orders']],
      ['us-east', ['eu-west/orders']],
    ]);
    const { stdout } = await workplace.run(['candidates'], ENV);
    expect(stdout).toMatch(/^1\. +eu-west\/orders \(db:7\)[\s\S]*?^ +member of group 552bbccb, also on us-east\/orders$/m);
    expect(stdout).toContain('one syncer takes in 2 MB/s and lags 900 ms for primaries on 2 nodes, behind one proxy');
  });

  it('ends with 3 and names what could not be read, and ranks the rest', async () => {
    const workplace = overRest(at(), { eu: fronts[0] }, { gone: { transport: 'exec', rladmin: ['/no/such/rladmin'] } });
    const { code, document } = await ask(workplace, 'candidates');
    expect(code).toBe(3);
    expect(namesOf(document.candidates)).toEqual(['orders', 'calm']);
    expect(document.unread).toEqual([{ cluster: 'gone', error: { name: 'UsageError', message: expect.stringContaining('no such file') } }]);
    const { stdout } = await workplace.run(['candidates'], ENV);
    expect(stdout).toMatch(/^NOT READ\n {2}gone: .*no such file/m);
  });

  it('says of a cluster without a source of health what it cannot know', async () => {
    const { code, document } = await ask(at(), 'candidates', 'lab');
    expect(code).toBe(0);
    expect(document.candidates.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('does not say whether it replicates'));
  });

  it('only reads', async () => {
    await ask(overRest(at(), { eu: fronts[0] }), 'candidates');
    expect(eu.commands.filter(({ argv }) => argv[0] !== 'GET')).toEqual([]);
  });

  it('refuses a cluster that is not configured', async () => {
    expect((await ask(at(), 'candidates', 'nowhere')).code).toBe(2);
  });
});

describe('inspect with a source of health', () => {
  it('tells kind, group, lag, version and blockers', async () => {
    const { code, document } = await ask(overRest(at(), { eu: fronts[0] }), 'inspect', 'eu/orders');
    expect([code, document]).toEqual([
      0,
      expect.objectContaining({ kind: 'active-active', group: GUID, lagMs: 900, version: '7.22.2-79', blockers: [] }),
    ]);
  });

  it('prints lag in the table and blockers below it', async () => {
    const { stdout } = await overRest(at(), { eu: fronts[0] }).run(['inspect'], ENV);
    expect(stdout).toMatch(/^eu +orders +db:7 +active-active +C1 .* 900 ms +7\.22\.2-79 +552bbccb +active$/m);
    expect(stdout).toMatch(/^eu +plain +db:12 +none .* – +7\.22\.2-79 +– +active$/m);
    expect(stdout).toMatch(/^In the way of distributing now:\n(?: {2}.*\n)* {2}stuck of eu: database status is "recovery"/m);
    expect(stdout.match(/^ {2}there of eu/m)).toBeNull();
  });

  it('shows the facts although the source fails, says why there is no health, and ends with 3', async () => {
    const workplace = at();
    const health = { url: 'https://127.0.0.1:1', credentials: { usernameEnv: 'NOT_SET', passwordEnv: 'NOT_SET' } };
    const { clusters } = JSON.parse(workplace.configuration()) as { clusters: { lab: object } };
    workplace.configure({ clusters: { lab: { ...clusters.lab, health } } });
    const { code, document } = await workplace.json<{ databases: object[] }>('inspect', 'lab');
    expect(code).toBe(3);
    expect(document.databases[0]).toMatchObject({
      class: 'C1',
      syncerMode: 'centralized',
      healthError: expect.stringContaining('NOT_SET'),
    });
    const { stdout } = await workplace.run(['inspect', 'lab']);
    expect(stdout).toMatch(/^Replication health that could not be read:\n {2}every database: .*NOT_SET/m);
  });
});
