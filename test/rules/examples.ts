/** How the tables of examples are written: JSON as text, since an object literal cannot say `__proto__`, `250.0` or `1e999`. */

/** A pattern and an event, and whether the one matches the other. */
export interface Example {
  readonly name: string;
  readonly pattern: unknown;
  readonly event: unknown;
  readonly matches: boolean;
}

/** Events as JSON text: those that a pattern matches, and near-misses. */
interface Events {
  readonly hits?: readonly string[];
  readonly misses?: readonly string[];
}

/** One row for each event. `pattern` is JSON text. */
export function rows(name: string, pattern: string, { hits = [], misses = [] }: Events): readonly Example[] {
  const row = (event: string, matches: boolean): Example => ({
    name: `${name}: ${pattern} ${matches ? 'matches' : 'does not match'} ${event}`,
    pattern: JSON.parse(pattern),
    event: JSON.parse(event),
    matches,
  });
  return [...hits.map((event) => row(event, true)), ...misses.map((event) => row(event, false))];
}

/** Rows for `it.each` with `%s`, which prints names in full; `$name` cuts them off. */
export function named<Row extends { readonly name: string }>(
  table: readonly Row[],
): readonly (readonly [string, Row])[] {
  return table.map((row) => [row.name, row]);
}
