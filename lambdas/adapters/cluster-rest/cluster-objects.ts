import type { NodeFacts } from '../../contracts/facts.ts';
import type { Fields } from './decode.ts';
import * as decode from './decode.ts';
import { addressesOf } from './node-addresses.ts';

export interface RestNode extends NodeFacts {
  /** Internal and external addresses, lower case. */
  readonly addresses: string[];
}

/**
 * Nodes that hold a snapshot for the end of their maintenance, from the map of node states. A map in an unknown form says nothing.
 */
export function nodesInMaintenance(body: unknown): ReadonlySet<number> | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const found = new Set<number>();
  for (const [key, state] of Object.entries(body)) {
    const node = decode.asNumber(key);
    if (node === undefined || typeof state !== 'object' || state === null) continue;
    const snapshot: unknown = Reflect.get(state, 'maintenance_snapshot');
    if (snapshot !== undefined && snapshot !== null && snapshot !== '' && snapshot !== false) found.add(node);
  }
  return found;
}

/** A node that takes nothing counts as one under maintenance unless the cluster says that it is not: the careful reading of the two. */
function kindOf(fields: Fields, id: number, place: string, inMaintenance: ReadonlySet<number> | undefined): NodeFacts['kind'] {
  if (inMaintenance?.has(id)) return 'empty';
  const takesNothing = decode.optionalFlag(fields, 'accept_servers', place) === false || decode.figure(fields, 'max_listeners') === 0;
  if (!takesNothing) return 'data';
  return inMaintenance === undefined ? 'empty' : 'quorum-only';
}

/** @throws StepError `ClusterOutputError` naming the field that is missing or of an unknown kind. */
export function nodesOf(body: unknown, inMaintenance: ReadonlySet<number> | undefined): RestNode[] {
  const nodes = decode.listOf(body, 'nodes').map((value, index): RestNode => {
    const place = `nodes[${index}]`;
    const fields = decode.fieldsOf(value, place);
    const id = decode.id(fields, 'uid', place);
    const status = decode.text(fields, 'status', place);
    return {
      id,
      status: status === 'active' ? 'OK' : status,
      version: decode.optionalText(fields, 'software_version', place) ?? '',
      kind: kindOf(fields, id, place, inMaintenance),
      addresses: addressesOf(fields),
    };
  });
  const twice = nodes.find((node, index) => nodes.findIndex((other) => other.id === node.id) !== index);
  if (twice) throw decode.notUnderstood('nodes', `node ${twice.id} is listed twice`);
  return nodes.sort((a, b) => a.id - b.id);
}

export interface RestShard {
  readonly id: string;
  readonly node: number;
  readonly isPrimary: boolean;
  readonly sick: string | undefined;
}

const WELL = new Set(['active', 'OK', 'ok']);

/** @throws StepError `ClusterOutputError` naming the field that is missing or of an unknown kind. */
export function shardsOf(body: unknown): RestShard[] {
  return decode.listOf(body, 'shards').map((value, index) => {
    const place = `shards[${index}]`;
    const fields = decode.fieldsOf(value, place);
    const id = `redis:${decode.id(fields, 'uid', place)}`;
    const role = decode.oneOf(['master', 'slave'], decode.text(fields, 'role', place), `${place}.role`);
    const words = [decode.text(fields, 'status', place), decode.optionalText(fields, 'detailed_status', place) || 'OK'];
    const sick = words.find((word) => !WELL.has(word));
    return {
      id,
      node: decode.id(fields, 'node_uid', place),
      isPrimary: role === 'master',
      sick: sick === undefined ? undefined : `${id} is "${sick}"`,
    };
  });
}
