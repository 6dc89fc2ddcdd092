import type { RestNode } from './cluster-objects.ts';
import { ascending, type RestDatabase, type RestEndpoint } from './database.ts';

/**
 * The API does not say which nodes serve an endpoint. Three things hint at it, and none is believed alone. Each gives the nodes, or
 * undefined when it could not be had.
 */
export interface Evidence {
  /** What it is, for people. */
  readonly name: string;
  readonly nodes: readonly number[] | undefined;
}

/** Nodes whose addresses the endpoint is reached at. Not had when an address belongs to no node, as behind a load balancer. */
export function nodesByAddress({ addresses }: RestEndpoint, nodes: readonly RestNode[]): number[] | undefined {
  const owners = addresses.map((address) => nodes.find((node) => node.addresses.includes(address))?.id);
  if (owners.length === 0) return undefined;
  const known = owners.filter((owner) => owner !== undefined);
  return known.length === owners.length ? ascending(known) : undefined;
}

/** Proxies that have statistics for the endpoint, from `<database>:<endpoint>:<proxy>`. */
export function nodesByStatistics({ id }: RestEndpoint, body: unknown): number[] | undefined {
  if (!Array.isArray(body)) return undefined;
  const nodes = body.flatMap((entry: unknown) => {
    const uid: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'uid') : undefined;
    const [, endpoint, proxy] = (typeof uid === 'string' && /^([1-9]\d{0,8}:[1-9]\d{0,8}):([1-9]\d{0,8})$/.exec(uid)) || [];
    return endpoint === id ? [Number(proxy)] : [];
  });
  return nodes.length > 0 ? ascending(nodes) : undefined;
}

/** The answers of the nodes themselves tell of the database as a whole, so they count only where it has a single endpoint. */
export const nodesByAsking = (database: RestDatabase, serving: readonly number[] | undefined): readonly number[] | undefined =>
  database.endpoints.length === 1 && serving && serving.length > 0 ? ascending(serving) : undefined;

const say = ({ name, nodes }: Evidence): string => `${name} ${nodes ? `say ${nodes.join(', ')}` : 'could not be had'}`;

/** What at least two of the evidences agree on; undefined when no two do. */
export function agreedNodes(evidences: readonly Evidence[]): number[] | undefined {
  const said = evidences.flatMap(({ nodes }) => (nodes ? [nodes.join(',')] : []));
  const agreed = said.find((nodes, index) => said.indexOf(nodes) !== index);
  return agreed === undefined ? undefined : agreed.split(',').map(Number);
}

/** Why nothing proves which proxies serve an endpoint. */
export const whyUnclear = (endpoint: RestEndpoint, evidences: readonly Evidence[]): string =>
  `the proxies of endpoint ${endpoint.id} cannot be told: ${evidences.map(say).join('; ')}`;
