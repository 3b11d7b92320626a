/** Which tags an instance must carry, and whether what is known of its tags satisfies that. */

/** One required tag. The key is compared exactly, as EC2 does. */
export interface RequiredTag {
  readonly key: string;
  /** The value must be one of these, exactly. */
  readonly values?: readonly string[] | undefined;
  /** The value must match this regular expression (JavaScript, not anchored unless it says so). */
  readonly pattern?: string | undefined;
  /** Whether an empty value will do. @default false */
  readonly allowEmpty: boolean;
}

export interface TagPolicy {
  readonly requiredTags: readonly RequiredTag[];
}

/**
 * What is known of a resource's tags. `value` null means the key is known to be absent; what `rest` says holds for every key
 * that is not in the map.
 */
export interface KnownTags {
  readonly values: ReadonlyMap<string, string | null>;
  readonly rest: 'absent' | 'unknown';
}

/** A required tag that is not as it should be: `problem` in words that complete "tag KEY …". */
export interface TagViolation {
  readonly key: string;
  readonly problem: string;
}

/** `violations` are certain; `unknownKeys` are required keys of which nothing is known. Both empty: the policy is met. */
export interface TagVerdict {
  readonly violations: readonly TagViolation[];
  readonly unknownKeys: readonly string[];
}

/** EC2 bounds a tag's value; a longer one is no tag's, and is not fed to a pattern. */
const MAX_TAG_VALUE = 256;

/** Judges what is known of a resource's tags against the policy, in the order of the policy. */
export function judgeTags(known: KnownTags, policy: TagPolicy): TagVerdict {
  const violations: TagViolation[] = [];
  const unknownKeys: string[] = [];
  for (const required of policy.requiredTags) {
    const value = known.values.get(required.key);
    if (value === undefined && known.rest === 'unknown') {
      unknownKeys.push(required.key);
      continue;
    }
    const problem = problemOf(value ?? null, required, known);
    if (problem !== null) violations.push({ key: required.key, problem });
  }
  return { violations, unknownKeys };
}

function problemOf(value: string | null, required: RequiredTag, known: KnownTags): string | null {
  if (value === null) {
    const similar = similarKey(required.key, known);
    return similar === null
      ? 'is missing'
      : `is missing (there is ${JSON.stringify(similar)}; keys are case-sensitive)`;
  }
  if (value === '') return required.allowEmpty ? null : 'is empty';
  if (required.values !== undefined && !required.values.includes(value))
    return `has a value that is not one of ${required.values.join(', ')}`;
  if (
    required.pattern !== undefined &&
    !(value.length <= MAX_TAG_VALUE && new RegExp(required.pattern, 'u').test(value))
  ) {
    return `has a value that does not match ${required.pattern}`;
  }
  return null;
}

function similarKey(key: string, known: KnownTags): string | null {
  const wanted = key.toLowerCase();
  for (const [other, value] of known.values) {
    if (value !== null && other !== key && other.toLowerCase() === wanted) return other;
  }
  return null;
}
