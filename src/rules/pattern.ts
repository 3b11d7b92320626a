/** Event patterns as they are matched: the alternatives that `$or` writes, each a tree of the fields that it asks for. */

/** A value that a field may have. Objects and lists are no values: what is in them is. */
export type Leaf = string | number | boolean | null;

/** One condition on a value, as in `[{ "prefix": "Create" }]`. */
export interface Test {
  /** As the pattern writes it, in JSON. */
  readonly text: string;
  readonly holds: (leaf: Leaf) => boolean;
  /** The only value that meets it; absent if others may. */
  readonly exact?: Leaf | undefined;
  /** A text that every value that meets it contains; absent if there is none. */
  readonly part?: string | undefined;
}

/** What a pattern asks for at one path. */
export type Field =
  /** Some value has to meet one of the tests. */
  | { readonly kind: 'some'; readonly name: string; readonly tests: readonly Test[] }
  /** There may be no value. */
  | { readonly kind: 'none'; readonly name: string };

/** The part of an alternative below one path. The same node in two alternatives asks for the same. */
export interface PatternNode {
  /** What is asked for at the path itself. */
  readonly field: Field | undefined;
  readonly children: readonly PatternChild[];
  /** True if some value has to be there, below the path. */
  readonly needsValue: boolean;
  /** All fields below the path, each with its path from there, in the order of their full names. */
  readonly below: readonly { readonly field: Field; readonly path: readonly string[] }[];
  /** The paths of those that may not be there, as far as they come before everything that has to be. */
  readonly leading: readonly (readonly string[])[];
}

/** A node below another, and the names under which an object may hold it. */
export interface PatternChild {
  readonly name: string;
  readonly node: PatternNode;
  /** Names with dots, which stand for the nodes below: `a.b` is `b` in `a`. */
  readonly dotted: readonly { readonly key: string; readonly path: readonly string[] }[];
}

/** A compiled pattern. An event matches if one of the alternatives does. */
export interface Pattern {
  readonly alternatives: readonly Alternative[];
}

/** What one combination of the alternatives of all `$or` asks for. */
export interface Alternative {
  readonly root: PatternNode;
  /** In the order of their full names, in UTF-16 code units, which is the order in which AWS looks at them. */
  readonly fields: readonly Field[];
}
