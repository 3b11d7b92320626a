/** Ports whose adapters load on their first call: a function pays no start-up time for what it does not use. */

/** A port with only asynchronous methods, which can load their module before the call. */
type AsyncPort<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/**
 * A port that loads its adapter on the first call of any method, once. `methods` names every method of the port: a missing or
 * misspelt one does not compile. A failed load is kept, and every call rejects with it.
 */
export function lazily<T extends AsyncPort<T>>(methods: { readonly [K in keyof T]: true }, load: () => Promise<T>): T {
  const loaded = once(load);
  const calls = Object.keys(methods).map((name) => [
    name,
    async (...args: never[]) => ((await loaded()) as AsyncPort<Record<string, unknown>>)[name]?.(...args),
  ]);
  return Object.fromEntries(calls) as T;
}

/** `make`, called at most once; everyone gets the same promise. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
