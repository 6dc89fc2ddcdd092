import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestCluster } from '../../../../../lambdas/adapters/cluster-rest/rest-cluster.ts';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';
import { DatabaseFacts } from '../../../../../lambdas/contracts/facts.ts';
import { ReplicationHealth } from '../../../../../lambdas/contracts/health.ts';
import type { Write } from '../../../../../lambdas/contracts/write.ts';
import { connect, HttpsCluster, type Reply } from './https-cluster.ts';
import { smallApi } from './small-api.ts';

let server: HttpsCluster;
beforeAll(async () => {
  server = await HttpsCluster.start();
});
afterAll(() => server.stop());

const statuses = fc.constantFrom(200, 200, 200, 204, 302, 400, 403, 404, 406, 409, 429, 500, 503, 505);
const anyReply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ status: statuses, json: fc.jsonValue() }),
  fc.record({ status: statuses, json: fc.constant({ error_code: 'odd', description: 'redis://u:S3CRET@h' }) }),
  fc.record({ status: statuses, text: fc.constantFrom('', '<html></html>', '{"uid":7') }),
  fc.constant<Reply>({ cut: 'before' }),
  fc.constant<Reply>({ status: 307, headers: { location: 'https://evil.example.com/' } }),
);

const PATHS = [
  '/v1/bdbs/7',
  '/v1/nodes',
  '/v1/nodes/status',
  '/v1/bdbs/7/shards',
  '/v1/endpoints/stats',
  '/v1/actions/bdb/7',
  '/v1/actions/job-1',
  '/v1/cluster',
];
/** What some paths answer, and from which request to that path on. */
const disturbances = fc.dictionary(fc.constantFrom(...PATHS), fc.record({ reply: anyReply, from: fc.nat(4) }), { maxKeys: 3 });

function disturb(routes: Record<string, { reply: Reply; from: number }>): void {
  const { answer } = smallApi();
  const counts = new Map<string, number>();
  server.asked.length = 0;
  server.answer = (asked) => {
    const [path = ''] = asked.path.split('?');
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    return route && count >= route.from ? route.reply : answer(asked);
  };
}

const RUNS = { numRuns: 60 };

async function check<T>(read: (cluster: RestCluster) => Promise<T>, assert: (value: T) => void): Promise<void> {
  const { cluster, events, api } = connect(server);
  try {
    assert(await read(cluster));
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    expect(error.message).not.toContain('S3CRET');
  }
  expect(JSON.stringify(events)).not.toContain('S3CRET');
  await api.close();
}

describe('whatever a cluster answers', () => {
  it('G25, G29: an inspection gives whole facts or an error that has a route', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (routes) => {
        disturb(routes);
        await check(
          (cluster) => cluster.inspect('db:7'),
          ({ facts }) => void DatabaseFacts.parse(facts),
        );
      }),
      RUNS,
    );
  });

  it('G25, G29: a reading of health is whole or an error that has a route', async () => {
    await fc.assert(
      fc.asyncProperty(disturbances, async (routes) => {
        disturb(routes);
        await check(
          (cluster) => cluster.readHealth('db:7'),
          (health) => void ReplicationHealth.parse(health),
        );
      }),
      RUNS,
    );
  });

  it('G23, G24: a write is answered, never thrown, and repeated only after 409', async () => {
    const write: Write = { kind: 'tune-syncer', database: 'db:7', mode: 'distributed', relation: 'crdt' };
    await fc.assert(
      fc.asyncProperty(disturbances, fc.option(anyReply), async (routes, put) => {
        disturb(routes);
        const { answer } = server;
        const answered: Reply[] = [];
        server.answer = async (asked) => {
          const reply = put && asked.method === 'PUT' ? put : await answer(asked);
          if (asked.method === 'PUT' && !asked.path.includes('dry_run')) answered.push(reply);
          return reply;
        };
        const { cluster, events, api } = connect(server);
        const said = await cluster.send(write, { limitSeconds: 120, runId: 'run' });
        expect(JSON.stringify([said, events])).not.toContain('S3CRET');
        for (const earlier of answered.slice(0, -1)) expect(earlier.status).toBe(409);
        if (said.kind === 'not-sent') for (const reply of answered) expect([307, 409]).toContain(reply.status);
        if (answered.length === 0) expect(['not-sent', 'none', 'refused']).toContain(said.kind);
        await api.close();
      }),
      RUNS,
    );
  });
});
