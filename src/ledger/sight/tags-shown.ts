/** Whether an all-clear about several tags ends what was found: records show each tag at a time of its own. */

import type { FindingStatus } from '../../audit/finding.ts';

/** Tag keys, each with a time in milliseconds since 1970. */
export type TagTimes = readonly (readonly [key: string, at: number])[];

/** What a fact says about tags. */
export interface TagFact {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly state: FindingStatus;
  /** Of a finding, the tags that were wrong. Absent if it is about no tags, and in rows of an older version. */
  readonly tags?: readonly string[] | undefined;
  /** Of an all-clear by records alone, when they last show each tag. Absent if it holds for all that was known at `at`. */
  readonly shown?: TagTimes | undefined;
}

/** Stands for the tags of a fact that does not name them. */
const ANY = '';

/**
 * The facts without every all-clear that does not end what was found before it: what was found may be younger than the
 * record that shows one of its tags. `wrong` is what was wrong before the first of them.
 *
 * ```
 *   one delivery    Owner set at 0 ─────────── CostCenter set at 9     in order at 9, as far as it shows
 *   a late one             Owner removed at 5                          open from 5: Owner was not seen since
 * ```
 */
export function effectiveFacts<Each extends TagFact>(facts: readonly Each[], wrong: TagTimes = []): readonly Each[] {
  return facts.some(({ shown }) => shown !== undefined) ? walk(facts, wrong).effective : facts;
}

/** What is wrong after the facts: each tag with the last time at which it was found so. Empty once an all-clear ends it. */
export function wrongAfter(facts: readonly TagFact[], wrong: TagTimes = []): TagTimes {
  return walk(facts, wrong).wrong;
}

function walk<Each extends TagFact>(
  facts: readonly Each[],
  before: TagTimes,
): { readonly effective: readonly Each[]; readonly wrong: TagTimes } {
  const wrong = new Map(before);
  const effective = facts.filter((fact) => {
    if (fact.state !== 'resolved') for (const key of fact.tags ?? [ANY]) wrong.set(key, fact.at);
    else for (const [key, at] of wrong) if (shownAt(fact, key) > at) wrong.delete(key);
    return fact.state !== 'resolved' || wrong.size === 0;
  });
  return { effective, wrong: [...wrong] };
}

/** When the all-clear's records last show the tag. Of a fact that names no tags, any may have been wrong. */
function shownAt({ at, shown }: TagFact, key: string): number {
  if (shown === undefined) return at;
  if (key === ANY) return Math.min(...shown.map(([, time]) => time));
  return shown.find(([each]) => each === key)?.[1] ?? at;
}

/** What two all-clears of one moment show together: each tag at the later of its times. Undefined if one of them shows all of it. */
export function shownTogether(a: TagTimes | undefined, b: TagTimes | undefined): TagTimes | undefined {
  if (a === undefined || b === undefined) return undefined;
  const latest = new Map(a);
  for (const [key, at] of b) latest.set(key, Math.max(at, latest.get(key) ?? at));
  return [...latest].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** The tags that two findings of one moment name. Undefined if one of them names none. */
export function namedTogether(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  return a === undefined || b === undefined ? undefined : [...new Set([...a, ...b])].toSorted();
}
