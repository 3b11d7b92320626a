/** The rule `instance-untagged`: does each instance carry its required tags, and if not, which call removed or omitted them? */

import { compareText, uniqueBy } from '../../collections.ts';
import type { Instance } from '../../inventory/instance.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { command, fixBy } from '../fixes/command.ts';
import { idInWords, inertJson, textInWords } from '../fixes/shell.ts';
import { type Decided, decidedBy } from '../known-tags.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';
import type { Subject } from '../subjects.ts';
import { judgeTags, type KnownTags, type TagPolicy, type TagViolation } from '../tag-policy.ts';
import { ALL_KEYS, type ShownTags, type SightedInstance, tagsShownBy } from '../tag-state.ts';

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
  const { instance, sighted } = subject;
  const shown = sighted && tagsShownBy(sighted);
  const known = instance === undefined ? (shown?.tags ?? NOTHING_KNOWN) : tagsOf(instance);
  // Where the account was read, it decides.
  const decidedFor = (keys: readonly string[]): Decided | undefined =>
    instance !== undefined || shown === undefined ? undefined : decidedBy(shown.tagTimes, keys);
  const { violations, unknownKeys } = judgeTags(known, policy);
  if (violations.length > 0) {
    return {
      result: 'fail',
      reason: `${subject.instanceId} does not carry its required tags: ${violations.map(({ key, problem }) => `${key} ${problem}`).join('; ')}.`,
      detail: { missingTags: violations.map(({ key }) => key) },
      evidence: evidenceOf(sighted, shown, violations),
      fix: fixOf(subject, violations, policy, region),
      decided: decidedFor(violations.map(({ key }) => key)),
    };
  }
  if (unknownKeys.length > 0) return { result: 'unknown', reason: unknownReason(unknownKeys, known) };
  const keys = policy.requiredTags.map(({ key }) => key);
  return {
    result: 'pass',
    reason: 'carries its required tags',
    decided: decidedFor(keys),
    shownTags: instance === undefined && shown !== undefined ? shownAt(shown, keys) : undefined,
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

/** When the records last show each of these keys. Undefined if they show all of them at one time. */
function shownAt(
  { tagTimes: { byKey, rest } }: ShownTags,
  keys: readonly string[],
): readonly (readonly [key: string, at: Date])[] | undefined {
  const shown = [...new Set(keys)].sort(compareText).flatMap((key) => {
    const asOf = (byKey.get(key) ?? rest)?.asOf;
    return asOf === undefined ? [] : [[key, asOf] as const];
  });
  return new Set(shown.map(([, at]) => at.getTime())).size > 1 ? shown : undefined;
}

const NOTHING_KNOWN: KnownTags = { values: new Map(), rest: 'unknown' };

function tagsOf({ tags, unknownTagKeys }: Instance): KnownTags {
  return {
    values: new Map(tags.map(({ key, value }) => [key, value])),
    rest: 'absent',
    unsure: unknownTagKeys && new Set(unknownTagKeys),
  };
}

/** The calls that removed or changed the violated tags, and the launch, newest first. Without either, the last call on the instance. */
function evidenceOf(
  sighted: SightedInstance | undefined,
  shown: ShownTags | undefined,
  violations: readonly TagViolation[],
): readonly Evidence[] {
  if (sighted === undefined || shown === undefined) return [];
  const calls = violations.flatMap(({ key }) => shown.touchedBy.get(key) ?? shown.touchedBy.get(ALL_KEYS) ?? []);
  const all = [...calls, ...(sighted.launchEvidence === undefined ? [] : [sighted.launchEvidence])];
  return newestFirst(uniqueBy(all.length === 0 ? [sighted.lastEvidence] : all, ({ eventID }) => eventID));
}

function newestFirst(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.toSorted((a, b) => (a.eventTime < b.eventTime ? 1 : a.eventTime > b.eventTime ? -1 : 0));
}

/** A command, if the policy allows exactly one value for each tag; else words that say which values are needed. */
function fixOf(
  { instanceId }: Subject,
  violations: readonly TagViolation[],
  policy: TagPolicy,
  region: string,
): string {
  const wanted = violations.flatMap(({ key }) => policy.requiredTags.filter((required) => required.key === key));
  const only = wanted.flatMap(({ key, values }) =>
    values?.length === 1 ? [{ Key: key, Value: values[0] ?? '' }] : [],
  );
  const allowed = judgeTags(
    { values: new Map(only.map(({ Key, Value }) => [Key, Value])), rest: 'absent' },
    { requiredTags: wanted },
  );
  if (allowed.violations.length === 0)
    return fixBy([
      command('aws ec2 create-tags', [
        ['--region', region],
        ['--resources', instanceId],
        ['--tags', inertJson(only)],
      ]),
    ]);
  const tags = wanted.map((required) => `${textInWords(required.key)} (${demandOf(required)})`).join(', ');
  return `No command can know the right values. Set these tags on ${idInWords(instanceId)} in ${idInWords(region)}, by "aws ec2 create-tags" or in the console: ${tags}`;
}

/** Which values a tag may have, in words. */
function demandOf({ values, pattern, allowEmpty }: TagPolicy['requiredTags'][number]): string {
  const one = values === undefined ? [] : [`one of ${values.map(textInWords).join(', ')}`];
  const matching = pattern === undefined ? [] : [`matching ${textInWords(pattern)}`];
  const demands = [...one, ...matching];
  if (demands.length > 0) return demands.join(' and ');
  return allowEmpty ? 'any value' : 'any value but an empty one';
}
