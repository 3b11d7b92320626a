/** Whether blocks together cover every address of a family. Blocks are nested or disjoint, so a binary tree of prefixes is exact. */

import type { Cidr } from './cidr.ts';

/** Blocks that come and go. Each change takes as many steps as the block's prefix has bits. */
export interface AddressCover<T> {
  add(cidr: Cidr, item: T): void;
  remove(cidr: Cidr, item: T): void;
  /** True if the blocks cover every address. */
  isWhole(): boolean;
  /** Items that cover every address by as large blocks as there are, from the first address to the last; those of equal blocks are all named. */
  widest(): Iterable<T>;
}

interface Node<T> {
  readonly items: Set<T>;
  low: Node<T> | undefined;
  high: Node<T> | undefined;
  isWhole: boolean;
}

const BITS = { 4: 32, 6: 128 } as const;

/** A cover without blocks, for the addresses of one family. */
export function addressCover<T>(): AddressCover<T> {
  const root = newNode<T>();
  return {
    add: (cidr, item) => change(root, cidr, ({ items }) => items.add(item)),
    remove: (cidr, item) => change(root, cidr, ({ items }) => items.delete(item)),
    isWhole: () => root.isWhole,
    widest: () => (root.isWhole ? widestOf(root) : []),
  };
}

function newNode<T>(): Node<T> {
  return { items: new Set(), low: undefined, high: undefined, isWhole: false };
}

function change<T>(root: Node<T>, { family, first, prefixLength }: Cidr, apply: (node: Node<T>) => void): void {
  const path = [root];
  let node = root;
  const bits = BigInt(first).toString(2).padStart(BITS[family], '0');
  for (let depth = 0; depth < prefixLength; depth++) {
    const side = bits[depth] === '1' ? 'high' : 'low';
    node[side] ??= newNode();
    node = node[side];
    path.push(node);
  }
  apply(node);
  for (const each of path.toReversed())
    each.isWhole = each.items.size > 0 || (each.low?.isWhole === true && each.high?.isWhole === true);
}

function* widestOf<T>({ items, low, high }: Node<T>): Generator<T> {
  if (items.size > 0) {
    yield* items;
    return;
  }
  if (low !== undefined) yield* widestOf(low);
  if (high !== undefined) yield* widestOf(high);
}
