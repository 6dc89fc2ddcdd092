import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';

export interface YamlPlace {
  /** Of the value, or of the nearest one around it, in characters from the beginning. */
  readonly offset: number;
  /** Of the key that leads to it. */
  readonly keyOffset?: number;
  /** `empty`: a key with nothing behind it. */
  readonly state: 'there' | 'empty' | 'missing';
}

interface Step {
  readonly node: Node | null | undefined;
  readonly key?: Scalar;
}

const startOf = (node: Node | null | undefined): number | undefined => node?.range?.[0];

/** What a key or a number leads to; undefined when there is no such entry. */
function enter(document: Document.Parsed, node: Node | null | undefined, part: PropertyKey): Step | undefined {
  const inside = isAlias(node) ? node.resolve(document) : node;
  if (isMap(inside)) {
    const pairs = inside.items as Pair<Scalar, Node | null>[];
    const pair = pairs.find(({ key }) => String(key.value) === String(part));
    return pair && { node: pair.value, key: pair.key };
  }
  if (!isSeq(inside) || typeof part !== 'number' || part >= inside.items.length) return undefined;
  return { node: inside.items[part] as Node };
}

/** Where something is written, or would have been. */
export function findPath(document: Document.Parsed, path: readonly PropertyKey[]): YamlPlace {
  let step: Step = { node: document.contents };
  let offset = startOf(step.node) ?? 0;
  for (const part of path) {
    const next = enter(document, step.node, part);
    if (!next) return { offset, state: 'missing' };
    step = next;
    offset = startOf(step.node) ?? startOf(step.key) ?? offset;
  }
  const { node, key } = step;
  const keyOffset = startOf(key);
  const isEmpty = !node || (isScalar(node) && node.value === null);
  return { offset, ...(keyOffset !== undefined && { keyOffset }), state: isEmpty ? 'empty' : 'there' };
}
