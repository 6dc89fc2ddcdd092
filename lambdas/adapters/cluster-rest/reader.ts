import { StepError } from '../../contracts/errors.ts';
import type { ClusterConditions } from '../../contracts/facts.ts';
import type { DatabaseId } from '../../contracts/words.ts';
import { clusterJobs, jobAmongAll, jobOfDatabase } from './actions.ts';
import { bodyOf, saidBy } from './answers.ts';
import { nodesInMaintenance, nodesOf, type RestNode, type RestShard, shardsOf } from './cluster-objects.ts';
import { databaseOf, databaseQuery, databasesQuery, identityOf, type RestDatabase } from './database.ts';
import { fieldsOf, listOf, optionalFlag } from './decode.ts';
import { RequestFailure } from './failure.ts';
import type { Observe, RestAnswer, RestApi, RestRequest } from './rest-api.ts';

/** One piece of evidence among three is not worth a long wait. */
const EVIDENCE_PATIENCE_SECONDS = 10;
/** How long to wait for a single node that may be out of reach from here. */
const NODE_SECONDS = 5;
/** How long a node that was out of reach is left alone. */
const LEFT_ALONE_MS = 300_000;

export interface ListedDatabase {
  readonly id: DatabaseId;
  readonly name: string;
  readonly uid: number;
  readonly value: unknown;
}

const isAbsent = ({ status }: RestAnswer): boolean => status === 404 || status === 406;

/** The reads that everything else is made of. */
export class Reader {
  readonly #api: RestApi;
  readonly #observe: Observe;

  constructor(api: RestApi, observe: Observe) {
    this.#api = api;
    this.#observe = observe;
  }

  get = (path: string, options: Partial<RestRequest> = {}): Promise<RestAnswer> =>
    this.#api.send({ ...options, method: 'GET', path }, this.#observe);

  async body(path: string): Promise<unknown> {
    return bodyOf(`GET ${withoutQuery(path)}`, await this.get(path));
  }

  /** The body of a read that one can do without; undefined when this version has it not, or does not answer it soon. */
  async optional(path: string): Promise<unknown> {
    try {
      const answer = await this.get(path, { patienceSeconds: EVIDENCE_PATIENCE_SECONDS });
      return answer.status === 200 ? answer.body : undefined;
    } catch (error) {
      if (error instanceof RequestFailure && !error.locksOut) return undefined;
      throw error;
    }
  }

  /** @throws StepError `PreconditionFailedError` when there is no such database. */
  async database(uid: number, options: Partial<RestRequest> = {}): Promise<RestDatabase> {
    const answer = await this.get(databaseQuery(uid), options);
    if (answer.status === 404)
      throw new StepError(
        'PreconditionFailedError',
        `there is no database db:${uid}, or the credentials do not let it be seen (${saidBy(answer)})`,
      );
    const database = databaseOf(bodyOf(`GET /v1/bdbs/${uid}`, answer));
    if (database.uid !== uid) throw new StepError('ClusterOutputError', `asked for db:${uid}, the cluster answered with ${database.id}`);
    return database;
  }

  /** Databases in the order of their ids. */
  async databases(): Promise<ListedDatabase[]> {
    const list = listOf(await this.body(databasesQuery), 'databases');
    return list
      .map((value, index) => {
        const { id, name, uid } = identityOf(value, `databases[${index}]`);
        return { id, name, uid, value };
      })
      .sort((a, b) => a.uid - b.uid);
  }

  async nodes(): Promise<RestNode[]> {
    const [nodes, states] = await Promise.all([this.body('/v1/nodes'), this.optional('/v1/nodes/status')]);
    return nodesOf(nodes, nodesInMaintenance(states));
  }

  async shards(uid: number): Promise<RestShard[]> {
    return shardsOf(await this.body(`/v1/bdbs/${uid}/shards`));
  }

  /** Links of endpoints and proxies that have statistics; undefined where the cluster has none or they cannot be used. */
  async endpointStatistics(): Promise<unknown> {
    if (this.#api.found.lacking.has('endpoint statistics')) return undefined;
    try {
      const answer = await this.get('/v1/endpoints/stats', { patienceSeconds: EVIDENCE_PATIENCE_SECONDS });
      if (answer.status === 404) this.#api.found.lacking.add('endpoint statistics');
      return answer.status === 200 ? answer.body : undefined;
    } catch (error) {
      // An answer that is too long or too broken is evidence that could not be had. A refused login is not.
      if (error instanceof RequestFailure && !error.locksOut) return undefined;
      throw error;
    }
  }

  /** The job that runs on a database: null for none, undefined when the cluster does not say. */
  async job({ uid, actionUid }: Pick<RestDatabase, 'uid' | 'actionUid'>): Promise<string | null | undefined> {
    const { lacking } = this.#api.found;
    if (!lacking.has('actions of a database')) {
      const answer = await this.get(`/v1/actions/bdb/${uid}`);
      if (answer.status === 200) return nameJob(jobOfDatabase(bodyOf(`GET /v1/actions/bdb/${uid}`, answer)), actionUid);
      if (isAbsent(answer)) lacking.add('actions of a database');
    }
    const all = await this.optional('/v1/actions');
    return nameJob(all === undefined ? undefined : jobAmongAll(all, uid), actionUid);
  }

  async conditions(): Promise<ClusterConditions> {
    const [actions, cluster] = await Promise.all([this.#allActions(), this.optional('/v1/cluster')]);
    const runningActions = actions === undefined ? undefined : orUndefined(() => clusterJobs(actions));
    const upgradeMode =
      cluster === undefined ? undefined : orUndefined(() => optionalFlag(fieldsOf(cluster, 'cluster'), 'upgrade_mode', 'cluster'));
    return { ...(runningActions && { runningActions }), ...(upgradeMode !== undefined && { upgradeMode }) };
  }

  async #allActions(): Promise<unknown> {
    return (await this.optional('/v1/actions')) ?? (await this.optional('/v2/actions'));
  }

  /**
   * Nodes that say of themselves that they serve an endpoint of the database. Undefined unless every node that could serve one was
   * reached and knows the question: those that were left out might serve it too.
   */
  async servingNodes(uid: number, nodes: readonly RestNode[], now: number): Promise<number[] | undefined> {
    const { lacking, outOfReach } = this.#api.found;
    if (lacking.has('endpoint availability')) return undefined;
    const candidates = nodes.filter((node) => node.status === 'OK' && node.kind !== 'quorum-only');
    const serving: number[] = [];
    for (const node of candidates) {
      const [address] = node.addresses;
      if (address === undefined || now - (outOfReach.get(node.id) ?? Number.NEGATIVE_INFINITY) < LEFT_ALONE_MS) return undefined;
      const status = await this.#askNode(uid, node.id, address, now);
      if (status === 404) lacking.add('endpoint availability');
      // Older builds say 500 where newer ones say 503: this node serves none.
      if (status !== 200 && status !== 500 && status !== 503) return undefined;
      if (status === 200) serving.push(node.id);
    }
    return serving;
  }

  async #askNode(uid: number, id: number, address: string, now: number): Promise<number | undefined> {
    const options = { node: address, limitSeconds: NODE_SECONDS, patienceSeconds: 0, answers: [500, 503] };
    try {
      return (await this.get(`/v1/local/bdbs/${uid}/endpoint/availability`, options)).status;
    } catch (error) {
      if (!(error instanceof RequestFailure) || error.locksOut) throw error;
      this.#api.found.outOfReach.set(id, now);
      return undefined;
    }
  }
}

const withoutQuery = (path: string): string => path.split('?', 1)[0] ?? path;

/** A database that carries the handle of an action is busy with it, whatever the lists of jobs say. */
const nameJob = (job: string | null | undefined, actionUid: string | undefined): string | null | undefined =>
  job ?? (actionUid === undefined ? job : `action ${actionUid}`);

/** What is in no known form counts as not said, where nothing else depends on it. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof StepError) return undefined;
    throw error;
  }
}
