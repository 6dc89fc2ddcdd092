import { RequestFailure } from '../../lambdas/adapters/cluster-rest/failure.ts';
import { commandOf, type Observe, type RestAnswer, RestApi, type RestRequest } from '../../lambdas/adapters/cluster-rest/rest-api.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { answerRest } from '../../lib/simulator/rest/answer.ts';

export interface ApiInMemoryProps {
  readonly cluster: SimulatedCluster;
  readonly clock: Clock;
  /** Asked before every request: whether the cluster answers at all. */
  readonly isReachable: () => boolean;
  /** Told of every request that arrived. */
  readonly onRequest: (argv: readonly string[]) => void;
}

const IN_TROUBLE: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * The REST API of a simulated cluster without HTTP between: fast enough for fleets. What HTTP does to requests is tested with RestLab;
 * a read that fails is not repeated here.
 */
export class ApiInMemory extends RestApi {
  readonly #props: ApiInMemoryProps;

  constructor(props: ApiInMemoryProps) {
    const credentials = async () => ({ username: 'lab', password: 'none' });
    super({ url: `https://${props.cluster.name}:9443`, clock: props.clock, credentials });
    this.#props = props;
  }

  override async send(request: RestRequest, observe: Observe): Promise<RestAnswer> {
    const { cluster, clock, isReachable, onRequest } = this.#props;
    const command = commandOf(request);
    const node = cluster.nodes.find(({ address, role }) => (request.node === undefined ? role === 'master' : address === request.node));
    if (!isReachable() || !node || node.status !== 'OK') {
      await observe({ command, exitCode: null, output: 'no answer' });
      throw new RequestFailure('ClusterUnreachableError', `${command}: no answer`, { mayHaveActed: true, mayPass: true });
    }
    const body = request.body === undefined ? '' : JSON.stringify(request.body);
    onRequest([request.method, request.path, ...(body === '' ? [] : [body])]);
    const incoming = { method: request.method, target: request.path, body, contentType: 'application/json', node: node.id };
    const { reply } = answerRest(cluster, incoming, clock.now());
    await observe({ command, exitCode: reply.status, output: '' });
    if (request.method === 'GET' && IN_TROUBLE.has(reply.status) && !request.answers?.includes(reply.status))
      throw new RequestFailure('ClusterUnreachableError', `${command} was answered ${reply.status}`, { mayPass: true });
    return { status: reply.status, body: structuredClone(reply.body), isHtml: false };
  }
}
