/** The fields that an event pattern asks for, each with what has to hold beside it. Patterns are JSON values that are known to compile. */

/** A list of values and conditions for a field. */
export interface AskedField {
  /** The names that lead to the field in an event. */
  readonly names: readonly string[];
  /** Where in the pattern each of the names is. */
  readonly paths: readonly string[];
  readonly list: readonly unknown[];
  /** This field and all others that have to hold with it. Of a `$or`, those of the same alternative. */
  readonly together: readonly AskedField[];
}

/** Where a part of a pattern is: the names that lead to it, and the path of each. */
interface Place {
  readonly names: readonly string[];
  readonly paths: readonly string[];
  readonly path: string;
}

/** Every field of a pattern. `path` is the pattern's own. */
export function askedFields(value: unknown, path: string): readonly AskedField[] {
  return fieldsIn(value, { names: [], paths: [], path }, []);
}

function fieldsIn(value: unknown, place: Place, around: readonly AskedField[]): readonly AskedField[] {
  const together: AskedField[] = [...around];
  const own: AskedField[] = [];
  const choices: { readonly list: readonly unknown[]; readonly place: Place }[] = [];
  collect(value, place);
  together.push(...own);
  const others = choices.flatMap(({ list, place: at }) =>
    list.flatMap((one, index) => fieldsIn(one, { ...at, path: `${at.path}[${index}]` }, together)),
  );
  return [...own, ...others];

  function collect(object: unknown, { names, paths, path }: Place): void {
    for (const [key, inner] of Object.entries(Object(object))) {
      const at = path === '' ? key : `${path}.${key}`;
      if (key === '$or') {
        if (Array.isArray(inner)) choices.push({ list: inner, place: { names, paths, path: at } });
        continue;
      }
      const more = key.split('.');
      const within = { names: [...names, ...more], paths: [...paths, ...more.map(() => at)], path: at };
      if (Array.isArray(inner)) own.push({ names: within.names, paths: within.paths, list: inner, together });
      else collect(inner, within);
    }
  }
}

/** The strings that a field has to be one of, where it is asked for together with another; undefined if it may be anything else. */
export function exactTexts(together: readonly AskedField[], name: string): readonly string[] | undefined {
  const list = together.find(({ names }) => names.join('.') === name)?.list;
  return list?.every((entry) => typeof entry === 'string') === true ? list : undefined;
}

/** True if a list lets its field be absent. */
export function mayBeAbsent(list: readonly unknown[]): boolean {
  return list.some((entry) => operatorOf(entry)?.name === 'exists' && operatorOf(entry)?.operand === false);
}

/** The operator of a condition, such as `{ "prefix": "Create" }`; undefined for a plain value. */
export function operatorOf(entry: unknown): { readonly name: string; readonly operand: unknown } | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const [first] = Object.entries(entry);
  return first === undefined ? undefined : { name: first[0], operand: first[1] };
}
