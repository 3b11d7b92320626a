/** A cache for slow-changing lists: a warm function reads them once a minute, not with every delivery. */

/** Values by key, each with an age limit. */
export interface Cache {
  /**
   * The value of `key`. Calls `read` if there is none, it is too old, or `refresh` is set. Failed reads are not cached.
   */
  get<T>(key: string, read: () => Promise<T>, refresh?: boolean): Promise<T>;
  /** Drops the entry; we just changed it. */
  forget(key: string): void;
}

/** How long slow-changing lists (targets, security groups, ACLs, routes) are cached. */
export const SLOW_LIST_MS = 60_000;

/** A cache whose values live for `maxAgeMs` from the start of their read. `now` is in milliseconds. */
export function ageingCache(maxAgeMs: number, now: () => number): Cache {
  const entries = new Map<string, { readonly since: number; readonly value: Promise<unknown> }>();
  return {
    get<T>(key: string, read: () => Promise<T>, refresh = false): Promise<T> {
      const known = entries.get(key);
      if (!refresh && known !== undefined && now() - known.since < maxAgeMs) return known.value as Promise<T>;
      const value = read();
      const entry = { since: now(), value };
      entries.set(key, entry);
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return value;
    },
    forget(key) {
      entries.delete(key);
    },
  };
}
