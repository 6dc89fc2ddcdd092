import { asNumber, fieldsOf, listOf } from './decode.ts';

const textsIn = (value: unknown): string[] => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
};

/** Addresses of a node in the list of nodes, internal and external, lower case. */
export function addressesOf(node: Readonly<Record<string, unknown>>): string[] {
  return [...textsIn(node.addr), ...textsIn(node.external_addr)].map((address) => address.toLowerCase());
}

/** Every address of every node. */
export function addressesOfNodes(body: unknown): Set<string> {
  const nodes = listOf(body, 'GET /v1/nodes').map((node, index) => fieldsOf(node, `GET /v1/nodes[${index}]`));
  return new Set(nodes.filter((node) => asNumber(node.uid) !== undefined).flatMap(addressesOf));
}
