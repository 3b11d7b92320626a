/** How tags to match are written in config.json. */

import type { TagMatch } from '../mirror/policy.ts';

type Value = string | number | boolean | null | undefined;

/** A tag to match: `Key=value`, a key alone, or an object in either spelling. */
export type WrittenTagMatch =
  | string
  | { readonly Key: string; readonly Value?: Value }
  | { readonly key: string; readonly value?: Value };

/** The tag to match. YAML's `Value: 1` and `Value: true` become the strings that EC2 stores. */
export function tagMatchOf(written: WrittenTagMatch): TagMatch {
  if (typeof written === 'string') {
    const [key = '', ...value] = written.split('=');
    return { key, value: value.length === 0 ? undefined : value.join('=') };
  }
  const [key, value] = 'Key' in written ? [written.Key, written.Value] : [written.key, written.value];
  return { key, value: value === undefined || value === null ? undefined : String(value) };
}
