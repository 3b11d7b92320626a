/** Counts how often a function reads the parts of a JSON value: work that no busy machine changes. */

/** A value that counts. */
export interface CountedValue {
  /** Reads like the original. */
  readonly copy: unknown;
  /** How many members and elements the original has, at every level. */
  readonly parts: number;
  /** How many of them were read so far, each time counted. */
  readonly reads: () => number;
}

/** Wraps a JSON value so that every read of a member or element is counted, at every level. */
export function countingReads(original: unknown): CountedValue {
  let reads = 0;
  const wrapped = new WeakMap<object, unknown>();
  function wrap(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = wrapped.get(value) ?? new Proxy(value, handler);
    wrapped.set(value, known);
    return known;
  }
  const handler: ProxyHandler<object> = {
    get(target, key) {
      reads++;
      return wrap(Reflect.get(target, key));
    },
    has(target, key) {
      reads++;
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      reads++;
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  };
  return { copy: wrap(original), parts: partsOf(original), reads: () => reads };
}

/** Counts without recursion, since a value may be nested deeper than the stack. */
function partsOf(original: unknown): number {
  const waiting: unknown[] = [original];
  let parts = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.values(value);
    parts += members.length;
    for (const member of members) waiting.push(member);
  }
  return parts;
}
