/** Simulated clusters, each in a file of its own, reached over Systems Manager, over REST, or both. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { rladminDocument } from '../../../lambdas/contracts/rladmin-document.ts';
import { inFile } from '../../../lib/simulator/access.ts';
import type { SimulatedCluster } from '../../../lib/simulator/cluster.ts';
import { type RestFront, startRestFront } from '../../../lib/simulator/rest/front.ts';
import type { Credentials } from '../../../lib/simulator/rest/sign-in.ts';
import type { CommandDocument } from '../../../lib/simulator/ssm/document.ts';
import { type SsmFront, startSsmFront } from '../../../lib/simulator/ssm/front.ts';
import type { SimulatedInstance } from '../../../lib/simulator/ssm/operations.ts';
import { loadState, saveState } from '../../../lib/simulator/state-file.ts';
import { writeRladmin } from '../rladmin-process.ts';
import { REGION } from './template.ts';

/** A cluster of the fleet, and how it is reached. */
export interface Member {
  readonly cluster: SimulatedCluster;
  /** `hybrid`: changed over SSM, watched over REST. */
  readonly over: 'ssm' | 'rest' | 'hybrid';
  /** Role by way of which its nodes are reached. @default none */
  readonly roleArn?: string;
  /** Who may let changes of it through. @default as the configuration has it */
  readonly approval?: Readonly<Record<string, unknown>>;
  /** Where its API is said to be instead of where it is. */
  readonly url?: string;
}

export interface FleetOptions<Name extends string> {
  readonly members: Readonly<Record<Name, Member>>;
  readonly credentials: Credentials;
  /** How a configuration names these credentials. @default the secret `LOGIN_SECRET` */
  readonly reference?: Readonly<Record<string, string>>;
  readonly folder: string;
}

/** Ids of the secrets of every member. */
export const LOGIN_SECRET = 'redis/login';
export const authoritySecret = (name: string): string => `redis/${name}-ca`;

const TAG = 'redis-cluster';

export class Fleet<Name extends string> {
  /** Part `clusters` of a configuration. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly rest: ReadonlyMap<Name, RestFront>;
  readonly #options: FleetOptions<Name>;
  #ssm: SsmFront | undefined;

  private constructor(options: FleetOptions<Name>, rest: ReadonlyMap<Name, RestFront>) {
    this.#options = options;
    this.rest = rest;
    this.configuration = Object.fromEntries(members(options).map(([name, member]) => [name, this.#configurationOf(name, member)]));
  }

  static async open<Name extends string>(options: FleetOptions<Name>): Promise<Fleet<Name>> {
    const { folder, credentials } = options;
    const rest = new Map<Name, RestFront>();
    for (const [name, { cluster, over }] of members(options)) {
      const state = stateOf(folder, name);
      mkdirSync(join(folder, name));
      await saveState(state, cluster);
      await writeRladmin(rladminOf(folder, name), state);
      if (over !== 'ssm') rest.set(name, await startRestFront({ use: inFile(state), credentials }));
    }
    return new Fleet(options, rest);
  }

  /** Serves Run Command. @returns the endpoint. */
  async serve(documents: Readonly<Record<string, CommandDocument>>): Promise<string> {
    const instances = members(this.#options).flatMap(([name], at) => [1, 2, 3].map((node) => instance(name, at, node)));
    this.#ssm = await startSsmFront({ documents, instances });
    return this.#ssm.endpoint;
  }

  /** The document of a cluster, as it is deployed beside its nodes. */
  documentOf(name: Name): CommandDocument {
    return rladminDocument({ rladmin: rladminOf(this.#options.folder, name), runAs: 'root' });
  }

  /** Calls of Run Command with what was asked for. */
  get calls(): SsmFront['calls'] {
    return this.#ssm?.calls ?? [];
  }

  /** Puts another cluster in the place of one. */
  async replace(name: Name, cluster: SimulatedCluster): Promise<void> {
    await saveState(stateOf(this.#options.folder, name), cluster);
  }

  state(name: Name): Promise<SimulatedCluster> {
    return loadState(stateOf(this.#options.folder, name));
  }

  async close(): Promise<void> {
    await Promise.all([...this.rest.values(), ...(this.#ssm ? [this.#ssm] : [])].map((front) => front.close()));
  }

  #configurationOf(name: Name, { over, roleArn, url, approval }: Member): unknown {
    const access = {
      url: url ?? this.rest.get(name)?.url,
      credentials: this.#options.reference ?? { secretId: LOGIN_SECRET },
      ca: { secretId: authoritySecret(name) },
    };
    if (over === 'rest') return { transport: 'rest', ...access, ...(approval && { approval }) };
    return {
      transport: 'ssm',
      region: REGION,
      instances: { tag: { key: TAG, value: name } },
      rladmin: rladminOf(this.#options.folder, name),
      ...(roleArn !== undefined && { roleArn }),
      ...(over === 'hybrid' && { health: access }),
      ...(approval && { approval }),
    };
  }
}

const members = <Name extends string>({ members: all }: FleetOptions<Name>) => Object.entries(all) as [Name, Member][];
const stateOf = (folder: string, name: string): string => join(folder, name, 'cluster.json');
const rladminOf = (folder: string, name: string): string => join(folder, name, 'rladmin');
const instance = (cluster: string, at: number, node: number): SimulatedInstance => ({
  id: `i-${String(at).padStart(8, '0')}${String(node).padStart(8, '0')}`,
  node,
  tags: { [TAG]: cluster },
});
