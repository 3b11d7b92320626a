/** The rule `instance-untagged`: does each instance carry its required tags, and if not, which call removed or omitted them? */

import { uniqueBy } from '../../collections.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { type Decided, decidedBy } from '../known-tags.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import type { Subject } from '../subjects.ts';
import { judgeTags, type KnownTags, type TagPolicy, type TagViolation } from '../tag-policy.ts';
import { ALL_KEYS, type SightedInstance } from '../tag-state.ts';

export const instanceUntagged = {
  title: 'Instance without required tags',
  phrase: 'untagged',
  when: 'An instance lacks a required tag, or its value is empty or not allowed.',
  severity: 'medium',
  appliesTo: ['AWS::EC2::Instance'],
  judges: 'instance',
  judge,
  repairedBy: [],
  notRepaired: 'nothing; setting tags is up to the owner',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: { figure: 'tags', counts: 'all' },
} as const satisfies Rule;

/** Judges one instance that is present. */
function judge(
  subject: Subject,
  { policy, region }: { readonly policy: TagPolicy; readonly region: string },
): RuleAnswer {
  const known = knownTags(subject);
  const { violations, unknownKeys } = judgeTags(known, policy);
  if (violations.length > 0) {
    return {
      result: 'fail',
      reason: `${subject.instanceId} does not carry its required tags: ${violations.map(({ key, problem }) => `${key} ${problem}`).join('; ')}.`,
      detail: { missingTags: violations.map(({ key }) => key) },
      evidence: evidenceOf(subject.sighted, violations),
      fix: fixOf(subject, violations, policy, region),
      decided: decidedFor(
        subject,
        violations.map(({ key }) => key),
      ),
    };
  }
  if (unknownKeys.length > 0) return { result: 'unknown', reason: unknownReason(unknownKeys, known) };
  const keys = policy.requiredTags.map(({ key }) => key);
  const setBy = keys.flatMap((key) => subject.sighted?.touchedBy.get(key) ?? []);
  const resolution = newestFirst(setBy)
    .slice(0, 1)
    .map((each) => ({ ...each, role: 'resolution' }) as const);
  return {
    result: 'pass',
    reason: 'carries its required tags',
    evidence: resolution,
    decided: decidedFor(subject, keys),
  };
}

function unknownReason(keys: readonly string[], { unsure }: KnownTags): string {
  const tied = keys.filter((key) => unsure?.has(key));
  const others = keys.filter((key) => !unsure?.has(key));
  return [
    ...(tied.length > 0
      ? [`${tied.join(', ')} changed more than once within a second, and the records do not show which call came last`]
      : []),
    ...(others.length > 0
      ? [`the records do not show whether it carries ${others.join(', ')}: they need a live look-up`]
      : []),
  ].join('; ');
}

/** The records that decide about these keys; undefined if the account does. */
function decidedFor({ instance, sighted }: Subject, keys: readonly string[]): Decided | undefined {
  return instance !== undefined || sighted === undefined ? undefined : decidedBy(sighted.tagTimes, keys);
}

/** The tags from the account. If it was not read, those from the launch's response and the calls after it. */
function knownTags({ instance, sighted }: Subject): KnownTags {
  if (instance !== undefined)
    return {
      values: new Map(instance.tags.map(({ key, value }) => [key, value])),
      rest: 'absent',
      unsure: instance.unknownTagKeys && new Set(instance.unknownTagKeys),
    };
  return sighted?.tags ?? { values: new Map(), rest: 'unknown' };
}

/** The calls that removed or changed the violated tags, and the launch, newest first. Without either, the last call on the instance. */
function evidenceOf(sighted: SightedInstance | undefined, violations: readonly TagViolation[]): readonly Evidence[] {
  if (sighted === undefined) return [];
  const calls = violations.flatMap(({ key }) => sighted.touchedBy.get(key) ?? sighted.touchedBy.get(ALL_KEYS) ?? []);
  const all = [...calls, ...(sighted.launchEvidence === undefined ? [] : [sighted.launchEvidence])];
  return newestFirst(uniqueBy(all.length === 0 ? [sighted.lastEvidence] : all, ({ eventID }) => eventID));
}

function newestFirst(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** A command to paste. Values are placeholders, except where the policy allows exactly one. */
function fixOf(subject: Subject, violations: readonly TagViolation[], policy: TagPolicy, region: string): string {
  const tags = violations.map(({ key }) => {
    const { values } = policy.requiredTags.find((required) => required.key === key) ?? {};
    return `'Key=${shell(key)},Value=${values?.length === 1 ? shell(values[0] ?? '') : '<value>'}'`;
  });
  return `aws ec2 create-tags --region ${region} --resources ${subject.instanceId} --tags ${tags.join(' ')}`;
}

/** Escapes text for a shell's single quotes. Keys come from the configuration, so this guards against typos, not attacks. */
function shell(text: string): string {
  return text.replaceAll("'", "'\\''");
}
