/** What changes slowly is read once a minute, not once a delivery: a cache that a warm function keeps. */

export interface Cache {
  /**
   * The value of `key`, read by `read` when there is none younger than the cache's age, or `anew` asks for it. A reading that fails
   * is not kept.
   */
  get<T>(key: string, read: () => Promise<T>, anew?: boolean): Promise<T>;
  /** Has the next one who asks read again: what was held was changed by us. */
  forget(key: string): void;
}

/** Slow-changing lists (targets, groups, ACLs, routes) are believed for this long. */
export const SLOW_LIST_MS = 60_000;

/** A cache whose values live for `maxAgeMs` from when their reading began. `now` is in milliseconds. */
export function ageingCache(maxAgeMs: number, now: () => number): Cache {
  const held = new Map<string, { readonly since: number; readonly value: Promise<unknown> }>();
  return {
    get<T>(key: string, read: () => Promise<T>, anew = false): Promise<T> {
      const known = held.get(key);
      if (!anew && known !== undefined && now() - known.since < maxAgeMs) return known.value as Promise<T>;
      const value = read();
      const entry = { since: now(), value };
      held.set(key, entry);
      value.catch(() => {
        if (held.get(key) === entry) held.delete(key);
      });
      return value;
    },
    forget(key) {
      held.delete(key);
    },
  };
}
