/** The rule `instance-untagged`: does each instance carry the required tags, and if not, whose call made it so. */

import type { Evidence, Tag } from '../sighting/sighting.ts';
import type { Ruling } from './ruling.ts';
import type { Subject } from './subjects.ts';
import { judgeTags, type KnownTags, type TagPolicy, type TagViolation } from './tag-policy.ts';
import { ALL_KEYS, type SightedInstance } from './tag-state.ts';

/** Judges one instance that is present. */
export function judgeInstanceTags(subject: Subject, policy: TagPolicy, region: string): Ruling {
  const known = knownTags(subject);
  const { violations, unknownKeys } = judgeTags(known, policy);
  if (violations.length > 0) {
    return {
      result: 'fail',
      reason: `${subject.instanceId} does not carry its required tags: ${violations.map(({ key, problem }) => `${key} ${problem}`).join('; ')}.`,
      detail: { missingTags: violations.map(({ key }) => key) },
      evidence: evidenceOf(subject.sighted, violations),
      fix: fixOf(subject, violations, policy, region),
    };
  }
  if (unknownKeys.length > 0)
    return {
      result: 'unknown',
      reason: `the records do not tell whether it carries ${unknownKeys.join(', ')}: needs a live look-up`,
    };
  const settled =
    subject.sighted === undefined
      ? undefined
      : newest(policy.requiredTags.flatMap(({ key }) => subject.sighted?.touchedBy.get(key) ?? []));
  return { result: 'pass', reason: 'carries its required tags', ...(settled !== undefined && { evidence: [settled] }) };
}

/** The account as it stands decides; where it was not read, the launch's response and the calls after it. */
function knownTags({ instance, sighted }: Subject): KnownTags {
  if (instance !== undefined)
    return { values: new Map(instance.tags.map(({ key, value }: Tag) => [key, value])), rest: 'absent' };
  return sighted?.tags ?? { values: new Map(), rest: 'unknown' };
}

/** The newest first: a call that removed or spoilt one of the missing tags, then the launch, then whatever touched it last. */
function evidenceOf(sighted: SightedInstance | undefined, violations: readonly TagViolation[]): readonly Evidence[] {
  if (sighted === undefined) return [];
  const calls = violations.flatMap(({ key }) => sighted.touchedBy.get(key) ?? sighted.touchedBy.get(ALL_KEYS) ?? []);
  const all = [...calls, ...(sighted.launchEvidence === undefined ? [] : [sighted.launchEvidence])];
  const unique = [
    ...new Map(
      (all.length === 0 ? [sighted.lastEvidence] : all).map((evidence) => [evidence.eventID, evidence]),
    ).values(),
  ];
  return unique.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

function newest<T extends { readonly eventTime: string }>(all: readonly T[]): T | undefined {
  return all.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : -1))[0];
}

/** A command to paste. Values are placeholders, except where the policy allows exactly one. */
function fixOf(subject: Subject, violations: readonly TagViolation[], policy: TagPolicy, region: string): string {
  const tags = violations.map(({ key }) => {
    const { values } = policy.requiredTags.find((required) => required.key === key) ?? {};
    return `'Key=${shell(key)},Value=${values?.length === 1 ? shell(values[0] ?? '') : '<value>'}'`;
  });
  return `aws ec2 create-tags --region ${region} --resources ${subject.instanceId} --tags ${tags.join(' ')}`;
}

/** Safe within single quotes of a shell. Keys come from the configuration, so that this guards against typing, not attack. */
function shell(text: string): string {
  return text.replaceAll("'", "'\\''");
}
