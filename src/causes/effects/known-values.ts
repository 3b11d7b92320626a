/** The values of cells by their keys, and which cells of a resource have one: an account has more cells than one call may look through. */

import type { CellValue } from '../cells.ts';

/** Values by cell key. */
export interface KnownValues {
  get(key: string): CellValue | undefined;
  has(key: string): boolean;
  set(key: string, value: CellValue): void;
  delete(key: string): void;
  keys(): IterableIterator<string>;
  /** The keys of a resource's cells. */
  keysOf(id: string): readonly string[];
}

/** No values. */
export function noValues(): KnownValues {
  const values = new Map<string, CellValue>();
  const byId = new Map<string, Set<string>>();
  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    keys: () => values.keys(),
    keysOf: (id) => [...(byId.get(id) ?? [])],
    set(key, value) {
      if (!values.has(key)) {
        const id = idIn(key);
        const known = byId.get(id);
        if (known === undefined) byId.set(id, new Set([key]));
        else known.add(key);
      }
      values.set(key, value);
    },
    delete(key) {
      if (values.delete(key)) byId.get(idIn(key))?.delete(key);
    },
  };
}

/** The resource's id in the key of a cell. A security group that records name by its name may have blanks in it, and is cut there. */
export function idIn(key: string): string {
  const from = key.indexOf(' ') + 1;
  const to = key.indexOf(' ', from);
  return key.slice(from, to === -1 ? undefined : to);
}
