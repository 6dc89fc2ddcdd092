import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFIG_FILE } from '../config/load.ts';
import { inMemory } from '../simulator/access.ts';
import type { SimulatedCluster } from '../simulator/cluster.ts';
import { addDatabase, emptyCluster, nodesUpTo } from '../simulator/fleets.ts';
import { activeActive, replicaOf } from '../simulator/replication.ts';
import { startRestFront } from '../simulator/rest/front.ts';

const LOGIN = { username: 'syncshift@example.com', password: 'only-for-the-demo' };
const CREDENTIALS = { usernameEnv: 'SYNCSHIFT_DEMO_USER', passwordEnv: 'SYNCSHIFT_DEMO_PASSWORD' };
const VERIFICATION = { settleSeconds: 0, intervalSeconds: 1, samples: 2, deadlineSeconds: 60 };

const NAMES = ['eu', 'us', 'ap'] as const;
const hostOf = (name: string): string => `${name}.example.net`;
const GROUP = '6d0e7c1a-52a8-4f4f-9d5b-0b6a0c9e0001';

/** A cluster with a member of the Active-Active database that all have, and two databases of its own; those in `ap` carry the least. */
function clusterOf(name: (typeof NAMES)[number]): SimulatedCluster {
  const cluster = { ...emptyCluster(nodesUpTo(3)), name: hostOf(name) };
  const peers = NAMES.filter((other) => other !== name).map(hostOf);
  const requestsPerSecond = name === 'ap' ? 400 : 4_000;
  addDatabase(cluster, { id: 1, name: 'orders', requestsPerSecond, relations: { crdt: activeActive(peers, 20, GROUP) } });
  addDatabase(cluster, { id: 2, name: `carts-${name}`, requestsPerSecond, relations: { replica: replicaOf(1) } });
  addDatabase(cluster, { id: 3, name: `search-${name}`, requestsPerSecond, relations: { replica: replicaOf(1) } });
  return cluster;
}

export interface DemoFleet {
  readonly config: string;
  close(): Promise<void>;
}

/** Three simulated clusters behind their REST APIs, with a configuration that reaches them. One of their databases will not stay switched. */
export async function openFleet(): Promise<DemoFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-fleet-'));
  const config = join(folder, CONFIG_FILE);
  Object.assign(process.env, { SYNCSHIFT_DEMO_USER: LOGIN.username, SYNCSHIFT_DEMO_PASSWORD: LOGIN.password });
  const opened = NAMES.map((name) => ({ name, cluster: clusterOf(name) }));
  const [, , ap] = opened;
  ap?.cluster.faults.push({ on: '^PUT /v1/bdbs/3 .*_sync_dist":true', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
  const fronts = await Promise.all(
    opened.map(async ({ name, cluster }) => ({ name, front: await startRestFront({ use: inMemory(cluster), credentials: LOGIN }) })),
  );
  const clusters = fronts.map(({ name, front }) => {
    writeFileSync(join(folder, `${name}-ca.pem`), front.ca);
    return [name, { transport: 'rest', url: front.url, credentials: CREDENTIALS, ca: { file: `${name}-ca.pem` } }] as const;
  });
  writeFileSync(
    config,
    `${JSON.stringify({ clusters: Object.fromEntries(clusters), defaults: { verification: VERIFICATION } }, null, 2)}\n`,
  );
  return { config, close: async () => void (await Promise.all(fronts.map(({ front }) => front.close()))) };
}
