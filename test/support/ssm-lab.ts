import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { expect, vi } from 'vitest';
import { newDialect, RladminCluster } from '../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import { ssmClient } from '../../lambdas/adapters/rladmin/ssm-client.ts';
import { SsmRunner } from '../../lambdas/adapters/rladmin/ssm-runner.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { documentNameOf, rladminDocument, WRITE_ACTIONS } from '../../lambdas/contracts/rladmin-document.ts';
import type { CommandObserver, Ports } from '../../lambdas/runtime/ports.ts';
import type { LocalRun } from '../../lib/local/engine.ts';
import { inFile, type UseCluster } from '../../lib/simulator/access.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { type SsmFront, type SsmFrontOptions, startSsmFront } from '../../lib/simulator/ssm/front.ts';
import type { Invocation } from '../../lib/simulator/ssm/invocation.ts';
import { loadState, saveState } from '../../lib/simulator/state-file.ts';
import { expectSafe } from './invariants.ts';
import { Lab } from './lab.ts';
import { type InstalledRladmin, installRladmin } from './rladmin-process.ts';

export const REGION = 'eu-west-1';
export const INSTANCES = { tag: { key: 'redis-cluster', value: 'lab' } } as const;
/** Instances of nodes 1 to 3, in the order in which they are asked. */
export const [NODE_1, NODE_2, NODE_3] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2', 'i-0aaaaaaaaaaaaaaa3'] as const;
/** What the runtime gives a read over Systems Manager, in seconds. */
const READ_LIMIT_SECONDS = 90;

/** A cluster in a file, whose nodes a simulated Systems Manager runs the product's own document on. */
export class SsmLab extends Lab {
  readonly front: SsmFront;
  readonly #installed: InstalledRladmin;
  readonly #client: SSMClient;
  readonly #dialect = newDialect();

  private constructor(cluster: SimulatedCluster, front: SsmFront, installed: InstalledRladmin) {
    super(cluster);
    this.front = front;
    this.#installed = installed;
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', front.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'simulated');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'simulated');
    vi.stubEnv('AWS_SESSION_TOKEN', '');
    this.#client = ssmClient({ region: REGION });
    // The front lists commands by the machine's clock.
    this.clock.advance((Date.now() - this.clock.now().getTime()) / 1000);
  }

  static async open(cluster: SimulatedCluster, options: Partial<SsmFrontOptions> = {}): Promise<SsmLab> {
    const installed = await installRladmin(cluster);
    const instances = [NODE_1, NODE_2, NODE_3].map((id, index) => ({ id, node: index + 1, tags: { 'redis-cluster': 'lab' } }));
    const documents = { [documentNameOf('lab')]: rladminDocument({ rladmin: installed.rladmin, runAs: 'root' }) };
    return new SsmLab(cluster, await startSsmFront({ documents, instances, ...options }), installed);
  }

  async close(): Promise<void> {
    this.#client.destroy();
    await this.front.close();
    vi.unstubAllEnvs();
    await this.#installed.remove();
  }

  /** Puts a script in the place of rladmin, on every node; the one that was there is `"$0.original"` to it. */
  async replaceRladmin(script: string): Promise<void> {
    const { rladmin } = this.#installed;
    await rename(rladmin, `${rladmin}.original`);
    await writeFile(rladmin, `#!/bin/sh\n${script}\n`);
    await chmod(rladmin, 0o755);
  }

  /** The cluster as its file holds it. */
  get use(): UseCluster {
    return inFile(this.#installed.state);
  }

  async removeRladmin(): Promise<void> {
    await rm(this.#installed.rladmin);
  }

  /** From now on a node is in another cluster, or sees its own otherwise. */
  async letSee(instance: string, cluster: SimulatedCluster): Promise<void> {
    const path = join(this.#installed.folder, `state-of-${instance}.json`);
    await saveState(path, cluster);
    for (const managed of this.front.instances) if (managed.id === instance) managed.environment = { RLADMIN_SIMULATOR_STATE: path };
  }

  over(observe: CommandObserver = async () => {}, startAt = 0): RladminCluster {
    const { clock } = this;
    const runner = new SsmRunner({ client: this.#client, cluster: 'lab', instances: INSTANCES, clock, startAt, random: () => 0.5 });
    return new RladminCluster({ name: 'lab', runner, clock, dialect: this.#dialect, readLimitSeconds: READ_LIMIT_SECONDS, observe });
  }

  override ports(): Ports {
    return { ...super.ports(), cluster: async (_name, observe, startAt) => this.over(observe, startAt) };
  }

  override async run(
    request: Partial<ChangeRequestInput> = {},
    intercept?: LocalRun['intercept'],
    changeId?: string,
  ): Promise<ChangeReport> {
    try {
      return await super.run(request, intercept, changeId);
    } finally {
      await this.refresh();
    }
  }

  /** Brings what this process knows of the cluster up to what its file says, and the writes with it. */
  async refresh(): Promise<void> {
    const present = await loadState(this.#installed.state);
    for (const key of Object.keys(this.cluster)) Reflect.deleteProperty(this.cluster, key);
    Object.assign(this.cluster, present);
    const proofs = proofsOf(this.front.invocations, this.databaseId);
    this.writes.length = 0;
    for (const { argv } of present.commands.filter((command) => isWrite(command.argv))) {
      const at = proofs.findIndex(({ words }) => words === argv.join(' '));
      const [proof] = at === -1 ? [] : proofs.splice(at, 1);
      // What the database looked like at that moment is not on record.
      this.writes.push({ argv, database: undefined, provenMultiProxy: proof?.sawWide === true });
    }
  }
}

const isWrite = ([verb]: readonly string[]): boolean => verb === 'bind' || verb === 'tune';

/** The words of the write that a command carries; undefined for reads. */
function writeOf({ order: { parameters } }: Invocation): string | undefined {
  const action = parameters.actions?.[0] ?? '';
  if (!Object.hasOwn(WRITE_ACTIONS, action)) return undefined;
  const template = WRITE_ACTIONS[action as keyof typeof WRITE_ACTIONS];
  return template.replaceAll(/'?\{\{ (\w+) \}\}'?/g, (_, name: string) => parameters[name]?.join(' ') ?? '');
}

/** Accepted commands that carry a write, oldest first, whether they ran or not. */
export const writesSent = ({ front }: SsmLab): string[] => front.invocations.map(writeOf).filter((words) => words !== undefined);

/** Runs a change after which everything holds that must, and no write was sent twice, whether it ran or not. */
export async function changeSafely(
  lab: SsmLab,
  request: Partial<ChangeRequestInput>,
  intercept?: LocalRun['intercept'],
): Promise<ChangeReport> {
  const report = await lab.run(request, intercept);
  await expectSafe(lab, report);
  const writes = writesSent(lab);
  expect(writes, 'a write was sent twice').toEqual([...new Set(writes)]);
  return report;
}

/** The instances that writes were sent to, oldest first. */
export const writeNodes = ({ front }: SsmLab): string[] =>
  front.invocations.filter((invocation) => writeOf(invocation) !== undefined).map(({ order }) => order.instance);

/** The reads that travelled in each accepted command, oldest first, with the instance that was asked. */
export const readsSent = ({ front }: SsmLab): { instance: string; actions: string }[] =>
  front.invocations
    .filter((invocation) => writeOf(invocation) === undefined)
    .map(({ order: { instance, parameters } }) => ({ instance, actions: parameters.actions?.[0] ?? '' }));

export const callsOf = ({ front }: SsmLab, operation: string): number => front.calls.filter((call) => call.operation === operation).length;

/** Each write with what Systems Manager had shown before it was sent: the latest status since the last bind, wide or not. */
function proofsOf(invocations: readonly Invocation[], databaseId: number): { words: string; sawWide: boolean }[] {
  const proofs: { words: string; sawWide: boolean }[] = [];
  let sawWide = false;
  for (const invocation of invocations) {
    const words = writeOf(invocation);
    if (words !== undefined) proofs.push({ words, sawWide });
    if (words?.startsWith('bind ')) sawWide = false;
    else if (words === undefined && invocation.stdout.includes(' SSL')) sawWide = printsWide(invocation.stdout, databaseId);
  }
  return proofs;
}

/** True when a status shows every endpoint of the database on two nodes under a multi-proxy policy. */
function printsWide(status: string, databaseId: number): boolean {
  const rows = [...status.matchAll(/endpoint:(\d+):(\d+) +\*?node:(\d+) +(\S+)/g)]
    .filter(([, database]) => Number(database) === databaseId)
    .map(([, , endpoint, node, policy]) => ({ endpoint, node, policy }));
  const nodesOf = Map.groupBy(rows, ({ endpoint }) => endpoint);
  return (
    rows.length > 0 &&
    rows.every(({ policy }) => policy !== 'single') &&
    [...nodesOf.values()].every((bound) => new Set(bound.map(({ node }) => node)).size >= 2)
  );
}
