/** Which tags an instance must have, and whether its known tags satisfy that. */

import { patternCache } from './patterns/tag-pattern.ts';

/** One required tag. Keys are case-sensitive, as in EC2. */
export interface RequiredTag {
  readonly key: string;
  /** The allowed values. */
  readonly values?: readonly string[] | undefined;
  /** A regular expression (JavaScript, as `tagPattern` takes it) that must match somewhere in the value. */
  readonly pattern?: string | undefined;
  /** Whether an empty value complies. @default false */
  readonly allowEmpty: boolean;
}

/** The tags that every instance must have. */
export interface TagPolicy {
  readonly requiredTags: readonly RequiredTag[];
}

/**
 * What is known of a resource's tags. A null value means that the tag is known to be absent. `rest` applies to every key that is not
 * in the map.
 */
export interface KnownTags {
  readonly values: ReadonlyMap<string, string | null>;
  readonly rest: 'absent' | 'unknown';
  /** Keys about which nothing is known: set and removed within one second, or changed later by a call whose record lacks the value before. @default none */
  readonly unsure?: ReadonlySet<string> | undefined;
}

/** A required tag that is missing or wrong. `problem` completes "tag KEY …". */
export interface TagViolation {
  readonly key: string;
  readonly problem: string;
}

/** `violations` are certain; `unknownKeys` are required keys about which nothing is known. If both are empty, the policy is met. */
export interface TagVerdict {
  readonly violations: readonly TagViolation[];
  readonly unknownKeys: readonly string[];
}

/** EC2's limit. A longer value is not a real tag's and is not matched against a pattern. */
const MAX_TAG_VALUE = 256;

/** Compares a resource's known tags with the policy, in the order of the policy. */
export function judgeTags(known: KnownTags, policy: TagPolicy): TagVerdict {
  const violations: TagViolation[] = [];
  const unknownKeys: string[] = [];
  for (const required of policy.requiredTags) {
    const value = known.values.get(required.key);
    if (value === undefined && (known.rest === 'unknown' || known.unsure?.has(required.key))) {
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
  if (required.pattern !== undefined && !(value.length <= MAX_TAG_VALUE && matches(required.pattern, value))) {
    return `has a value that does not match ${required.pattern}`;
  }
  return null;
}

const patternOf = patternCache();

/** A pattern that cannot be used matches nothing; the configuration refuses it before. */
function matches(pattern: string, value: string): boolean {
  const compiled = patternOf(pattern);
  return compiled.problem === undefined && compiled.matches(value);
}

function similarKey(key: string, known: KnownTags): string | null {
  const wanted = key.toLowerCase();
  for (const [other, value] of known.values) {
    if (value !== null && other !== key && other.toLowerCase() === wanted) return other;
  }
  return null;
}
