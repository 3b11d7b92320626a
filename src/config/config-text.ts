/** The text of a configuration → its value, and the keys that the text gives twice. */

import { isMap, isScalar, isSeq, parse, parseDocument } from 'yaml';
import { ConfigError, messageOf, type Problem } from '../errors.ts';
import { jsonPath } from './json-path.ts';

/** What a configuration's text says. */
export interface ConfigText {
  readonly value: unknown;
  /** Keys that an object contains twice, with their paths. Parsers keep the last one without a word. */
  readonly repeatedKeys: readonly Problem[];
}

/** Reads JSON or YAML. `source` names the text in messages. Throws ConfigError if it is neither. */
export function readConfigText(written: string, source: string): ConfigText {
  // Editors on Windows begin a file with a byte order mark.
  const text = written.replace(/^\uFEFF/, '');
  try {
    const value: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : parse(text, { uniqueKeys: false });
    // YAML contains JSON, so one parser finds the keys of both. Only their places are read from it.
    const { contents } = parseDocument(text, { uniqueKeys: false });
    return { value, repeatedKeys: repeatedIn(contents, []) };
  } catch (cause) {
    throw new ConfigError(source, [{ path: '', message: `is neither valid JSON nor YAML: ${messageOf(cause)}` }], {
      cause,
    });
  }
}

function repeatedIn(node: unknown, path: readonly PropertyKey[]): readonly Problem[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => repeatedIn(item, [...path, index]));
  if (!isMap(node)) return [];
  const counts = new Map<string, number>();
  const inside = node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : String(key);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return repeatedIn(value, [...path, name]);
  });
  const repeated = [...counts].filter(([, count]) => count > 1);
  return [
    ...repeated.map(([name, count]) => ({
      path: jsonPath([...path, name]),
      message: `is given ${count === 2 ? 'twice' : `${count} times`}; keep one`,
    })),
    ...inside,
  ];
}
