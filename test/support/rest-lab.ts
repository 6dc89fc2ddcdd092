import { RestApi } from '../../lambdas/adapters/cluster-rest/rest-api.ts';
import { RestCluster } from '../../lambdas/adapters/cluster-rest/rest-cluster.ts';
import type { CommandObserver, Ports } from '../../lambdas/runtime/ports.ts';
import { inMemory, type UseCluster } from '../../lib/simulator/access.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import type { SimulatedReplication } from '../../lib/simulator/replication.ts';
import { type RestFront, startRestFront } from '../../lib/simulator/rest/front.ts';
import { Lab } from './lab.ts';

/** Planted as the password of the cluster's API: found anywhere but in a request, it leaked. */
export const PLANTED_LOGIN = 'planted-l0gin-of-the-api';
const CREDENTIALS = { username: 'syncshift@example.com', password: PLANTED_LOGIN };

interface Shown {
  relations?: SimulatedReplication | undefined;
}

/**
 * A simulated cluster whose REST API answers over HTTPS.
 * @property changedOver - `rladmin` is the hybrid: changed through rladmin, watched over REST.
 */
export class RestLab extends Lab {
  readonly #front: RestFront;
  readonly #changedOver: 'rest' | 'rladmin';
  readonly #api: RestApi;
  readonly #shown: Shown;

  private constructor(cluster: SimulatedCluster, front: RestFront, changedOver: 'rest' | 'rladmin', shown: Shown) {
    super(cluster);
    this.#shown = shown;
    this.#front = front;
    this.#changedOver = changedOver;
    const { url, ca } = front;
    this.#api = new RestApi({ url, clock: this.clock, credentials: async () => CREDENTIALS, ca: async () => ca });
  }

  static async open(cluster: SimulatedCluster, changedOver: 'rest' | 'rladmin' = 'rest'): Promise<RestLab> {
    const shown: Shown = {};
    const use: UseCluster = async (work) => {
      const result = await inMemory(cluster)(work);
      const [method, path = ''] = cluster.commands.at(-1)?.argv ?? [];
      if (method === 'GET' && path.startsWith('/v1/bdbs/7?')) shown.relations = structuredClone(cluster.databases[0]?.relations);
      return result;
    };
    return new RestLab(cluster, await startRestFront({ use, credentials: CREDENTIALS }), changedOver, shown);
  }

  /** Replication of the database as it was when the API was last asked for it. */
  get lastShown(): SimulatedReplication {
    return this.#shown.relations ?? {};
  }

  get url(): string {
    return this.#front.url;
  }

  get logins(): RestFront['signIn'] {
    return this.#front.signIn;
  }

  /** The authority that the certificates of the cluster are signed by, in PEM. */
  get authority(): { cert: string; key: string } {
    return { cert: this.#front.ca, key: this.#front.caKey };
  }

  /** The cluster proves itself with another certificate from now on. */
  present(certificate: { readonly cert: string; readonly key: string }): void {
    this.#front.present(certificate);
  }

  /** From now on the API does not answer any more. */
  async silence(): Promise<void> {
    await this.#front.close();
  }

  async close(): Promise<void> {
    await this.#api.close();
    await this.#front.close().catch(() => {});
  }

  over(observe: CommandObserver = async () => {}): RestCluster {
    return new RestCluster({ name: 'lab', api: this.#api, clock: this.clock, observe });
  }

  override ports(): Ports {
    const ports = super.ports();
    return {
      ...ports,
      ...(this.#changedOver === 'rest' && { cluster: async (_name: string, observe: CommandObserver) => this.over(observe) }),
      health: async (_name, observe) => this.over(observe),
    };
  }
}

/** Requests that change the cluster, as the simulator saw them arrive; rehearsals are none. */
export const putsOf = ({ cluster }: Lab): string[] =>
  cluster.commands.map(({ argv }) => argv.join(' ')).filter((line) => line.startsWith('PUT ') && !line.includes('dry_run'));
