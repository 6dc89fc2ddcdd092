/** A folder of state for `rladmin.sh`, the stand-in for rladmin, and what a test asks of it afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const STAND_IN = fileURLToPath(new URL('./rladmin.sh', import.meta.url));

export interface ForeignNode {
  readonly id: number;
  readonly status?: string;
  readonly version?: string;
  /** As printed under SHARDS. */
  readonly shards?: string;
  readonly quorumOnly?: boolean;
  readonly external?: string;
}

export interface ForeignEndpoint {
  readonly policy: string;
  /** Printed behind the policy, such as `-2`. */
  readonly lists?: string;
  readonly nodes: readonly number[];
}

export interface ForeignDatabase {
  readonly id: number;
  readonly name: string;
  readonly mode?: string;
  readonly status?: string;
  readonly module?: string;
  readonly oss?: string;
  readonly job?: readonly [state: string, machine: string];
  readonly endpoints: readonly ForeignEndpoint[];
  /** Nodes of the primary shards. */
  readonly primaries?: readonly number[];
  readonly shardStatus?: string;
}

export interface ForeignCluster {
  readonly nodes?: readonly ForeignNode[];
  readonly databases?: readonly ForeignDatabase[];
  readonly quirks?: Quirks;
}
export type Quirks = Readonly<Record<string, string>>;

export const single = (node = 2): ForeignEndpoint => ({ policy: 'single', nodes: [node] });
export const multi = (...nodes: number[]): ForeignEndpoint => ({
  policy: 'all-master-shards',
  nodes: nodes.length > 0 ? nodes : [1, 2],
});

/** The database most tests change: id 7, primaries on the nodes 1 and 2. */
export const orders = (change: Partial<ForeignDatabase> = {}): ForeignDatabase => ({
  id: 7,
  name: 'orders',
  endpoints: [single()],
  primaries: [1, 2],
  ...change,
});
/** One database of each class of the documentation. */
export const ordersOfClass = {
  C1: orders(),
  C2: orders({ endpoints: [multi()] }),
  C3: orders({ endpoints: [multi(1)], primaries: [1] }),
  D0: orders({ mode: 'distributed' }),
  D1: orders({ mode: 'distributed', endpoints: [multi(1)], primaries: [1] }),
  D2: orders({ mode: 'distributed', endpoints: [multi()] }),
  X: orders({ endpoints: [single(), multi()] }),
} as const;
/** A neighbour that no change may touch; its id begins with the digit of none of the others. */
export const neighbour: ForeignDatabase = { id: 12, name: 'carts', endpoints: [single(1)], primaries: [1, 3] };

const row = (...cells: (string | number)[]): string => cells.join('|');

const nodeRow = (node: ForeignNode): string =>
  row(
    node.id,
    node.id === 1 ? 'master' : 'slave',
    `10.20.0.${10 + node.id}`,
    node.external ?? '',
    `rs-a-${node.id}`,
    node.shards ?? '2/100',
    8,
    node.version ?? '7.22.2-79',
    node.status ?? 'OK',
    '',
    node.quorumOnly ? 'enabled' : 'disabled',
  );

const databaseRow = ({ id, name, module, status, primaries, mode, endpoints, oss, job }: ForeignDatabase): string =>
  row(
    id,
    name,
    'redis',
    module ?? '',
    status ?? 'active',
    primaries?.length ?? 2,
    mode ?? 'centralized',
    endpoints[0]?.policy ?? 'single',
    oss ?? 'disabled',
    ...(job ?? ['', '']),
  );

const SLOTS = ['0-5461', '5462-10922', '10923-16383'];

/** One cluster in a folder of its own. */
export class ForeignState {
  readonly folder: string;

  constructor({ nodes = [{ id: 1 }, { id: 2 }, { id: 3 }], databases = [orders(), neighbour], quirks = {} }: ForeignCluster = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'foreign-rladmin-'));
    mkdirSync(join(this.folder, 'quirks'));
    const lines = (rows: readonly string[]) => rows.map((text) => `${text}\n`).join('');
    const endpoints = databases.flatMap((database) =>
      database.endpoints.map((endpoint, at) =>
        row(`${database.id}:${at + 1}`, endpoint.policy, endpoint.lists ?? '', endpoint.nodes.join(',')),
      ),
    );
    const shards = databases.flatMap((database) =>
      (database.primaries ?? [1, 2]).flatMap((node, at) => [
        row(database.id * 100 + 2 * at + 1, database.id, node, 'master', SLOTS[at] ?? '0-0', database.shardStatus ?? 'OK'),
        row(database.id * 100 + 2 * at + 2, database.id, node === 1 ? 2 : 1, 'slave', SLOTS[at] ?? '0-0', 'OK'),
      ]),
    );
    writeFileSync(join(this.folder, 'nodes'), lines(nodes.map(nodeRow)));
    writeFileSync(join(this.folder, 'databases'), lines(databases.map(databaseRow)));
    writeFileSync(join(this.folder, 'endpoints'), lines(endpoints));
    writeFileSync(join(this.folder, 'shards'), lines(shards));
    for (const [name, value] of Object.entries(quirks)) this.setQuirk(name, value);
  }

  setQuirk(name: string, value: string): void {
    writeFileSync(join(this.folder, 'quirks', name), value);
  }

  clearQuirk(name: string): void {
    rmSync(join(this.folder, 'quirks', name), { force: true });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every call so far, its arguments joined by blanks. */
  calls(): string[] {
    const log = join(this.folder, 'log');
    if (!existsSync(log)) return [];
    return readFileSync(log, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replaceAll('\t', ' '));
  }

  /** The calls that change something, in order. Anything that is not plainly a read counts. */
  writes(): string[] {
    return this.calls().filter((call) => !/^(?:status|info|cluster running_actions)(?: |$)/.test(call));
  }

  /** Endpoints that were not multi-proxy on two nodes when `distributed` was sent, as the table of endpoints held them. */
  unsafe(): string[] {
    const noted = join(this.folder, 'unsafe');
    return existsSync(noted) ? readFileSync(noted, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Syncer mode and endpoints as they are now. */
  database(id: number): { mode: string; endpoints: { policy: string; nodes: number[] }[] } {
    const table = (name: string) =>
      readFileSync(join(this.folder, name), 'utf8')
        .split('\n')
        .map((line) => line.split('|'));
    return {
      mode: table('databases').find(([key]) => key === String(id))?.[6] ?? '',
      endpoints: table('endpoints')
        .filter(([key]) => key?.startsWith(`${id}:`))
        .map(([, policy = '', lists = '', nodes = '']) => ({
          policy: lists === '' ? policy : `${policy} ${lists}`,
          nodes: nodes.split(',').map(Number),
        })),
    };
  }
}
