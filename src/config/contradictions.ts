/** What a configuration's parts say about each other: gaps and contradictions. Reads the value without trusting its form. */

import { isBuiltIn, ruleIds } from '../audit/rule-book.ts';
import type { Problem } from '../errors.ts';
import { fieldsOf, itemsOf, textOf } from './json-path.ts';
import { OF_ORGANIZATION } from './organization/policy.ts';
import { didYouMean } from './spelling.ts';

/** Every gap and contradiction that keeps the configuration from being used, with its path. */
export function contradictionsIn(config: unknown): readonly Problem[] {
  return [
    ...requiredTagClashes(config),
    ...mirroringProblems(config),
    ...exemptionGaps(config),
    ...unknownRules(config),
    ...missingOrganization(config),
    ...sharedTopic(config),
  ];
}

function missingOrganization(config: unknown): readonly Problem[] {
  const { organization, trail } = fieldsOf(config);
  if (fieldsOf(trail).accounts !== OF_ORGANIZATION || organization !== undefined) return [];
  const message = 'needs "organization" beside it, which says which accounts of the organization are meant: {} for all';
  return [{ path: 'trail.accounts', message }];
}

/** People would get the JSON of chat as mail, and chat would drop the mails. */
function sharedTopic(config: unknown): readonly Problem[] {
  const { alertTopicArn, alerts } = fieldsOf(config);
  const { chatTopicArn } = fieldsOf(alerts);
  if (chatTopicArn === undefined || chatTopicArn !== alertTopicArn) return [];
  return [{ path: 'alerts.chatTopicArn', message: 'is the topic of mail too: chat needs a topic of its own' }];
}

/** A required tag with the path at which it is written. */
interface WrittenTag {
  readonly path: string;
  readonly key: string;
  readonly rules: string;
}

/** The required tags of both spellings, in order. `rules` is the same text for the same rules. */
export function requiredTagsIn(config: unknown): readonly WrittenTag[] {
  const { requiredTag, requiredTags } = fieldsOf(config);
  const all = [
    ...(requiredTag === undefined ? [] : [{ path: 'requiredTag', tag: requiredTag }]),
    ...itemsOf(requiredTags).map((tag, index) => ({ path: `requiredTags[${index}]`, tag })),
  ];
  return all.flatMap(({ path, tag }) => {
    const { key, values, pattern, allowEmpty } = fieldsOf(tag);
    const name = textOf(tag) ?? textOf(key);
    return name === undefined
      ? []
      : [{ path, key: name, rules: JSON.stringify([values ?? null, pattern ?? null, allowEmpty ?? false]) }];
  });
}

/** A tag may be required twice, in either spelling, if both say the same. */
function requiredTagClashes(config: unknown): readonly Problem[] {
  const first = new Map<string, WrittenTag>();
  return requiredTagsIn(config).flatMap((tag) => {
    const earlier = first.get(tag.key);
    if (earlier === undefined) first.set(tag.key, tag);
    if (earlier === undefined || earlier.rules === tag.rules) return [];
    const message = `requires the tag ${JSON.stringify(tag.key)} differently from ${earlier.path}; keep one of them`;
    return [{ path: tag.path, message }];
  });
}

function mirroringProblems(config: unknown): readonly Problem[] {
  const { mirroring } = fieldsOf(config);
  const written = fieldsOf(mirroring);
  if (mirroring === undefined || mirroring === null || written.mode === 'off') return [];
  const rules = rulesIn(written);
  return [...(rules.length > 0 ? rulesWithoutTarget(written) : mirroringGaps(written)), ...targetClashes(written)];
}

/** What mirroring needs without rules of its own: a filter and a target for every source. */
function mirroringGaps({ rules, filterId, targets }: Readonly<Record<string, unknown>>): readonly Problem[] {
  const gaps: readonly (Problem | false)[] = [
    rules !== undefined && {
      path: 'mirroring.rules',
      message: 'contains no rule, so nothing would be mirrored; remove it to mirror every instance',
    },
    filterId === undefined && {
      path: 'mirroring.filterId',
      message: 'is required: the id of the traffic mirror filter (tmf-…)',
    },
    (targets === undefined || (Array.isArray(targets) && targets.length === 0)) && {
      path: 'mirroring.targets',
      message: 'needs at least one traffic mirror target (tmt-…)',
    },
  ];
  return gaps.filter((gap) => gap !== false);
}

/** A rule of `mirroring.rules` with its path. */
export interface WrittenRule {
  readonly path: string;
  readonly list: 'tags' | 'subnets' | 'vpcs';
  readonly rule: Readonly<Record<string, unknown>>;
}

/** The rules of `mirroring`, in the order in which they apply. */
export function rulesIn(mirroring: Readonly<Record<string, unknown>>): readonly WrittenRule[] {
  const rules = fieldsOf(mirroring.rules);
  return (['tags', 'subnets', 'vpcs'] as const).flatMap((list) =>
    itemsOf(rules[list]).map((rule, index) => ({
      path: `mirroring.rules.${list}[${index}]`,
      list,
      rule: fieldsOf(rule),
    })),
  );
}

/** A rule that names no target takes the targets of `mirroring` or of an override, or launches a sensor. */
function rulesWithoutTarget(mirroring: Readonly<Record<string, unknown>>): readonly Problem[] {
  const hasTargets = (written: unknown): boolean => itemsOf(fieldsOf(written).targets).length > 0;
  if (hasTargets(mirroring) || itemsOf(mirroring.overrides).some(hasTargets)) return [];
  return rulesIn(mirroring).flatMap(({ path, rule: { targetId, targetIds, onDemand } }) =>
    [targetId, targetIds, onDemand].some((part) => part !== undefined)
      ? []
      : [{ path, message: 'names no target, and mirroring.targets has none either' }],
  );
}

/** The same target twice in a list, with different settings. */
function targetClashes(mirroring: Readonly<Record<string, unknown>>): readonly Problem[] {
  const first = new Map<string, { readonly index: number; readonly settings: string }>();
  return itemsOf(mirroring.targets).flatMap((target, index) => {
    const { id, maxSources, weight } = fieldsOf(target);
    const name = textOf(target) ?? textOf(id);
    if (name === undefined) return [];
    const settings = JSON.stringify([maxSources ?? null, weight ?? null]);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, { index, settings });
    if (earlier === undefined || earlier.settings === settings) return [];
    const message = `gives ${name} other settings than mirroring.targets[${earlier.index}]; keep one of them`;
    return [{ path: `mirroring.targets[${index}]`, message }];
  });
}

function exemptionGaps(config: unknown): readonly Problem[] {
  return itemsOf(fieldsOf(config).exemptions).flatMap((exemption, index) => {
    const fields = fieldsOf(exemption);
    const matches = ['resource', 'tag', 'vpc', 'account'].some((part) => fields[part] !== undefined);
    return matches || exemption !== Object(exemption)
      ? []
      : [{ path: `exemptions[${index}]`, message: 'needs a resource, tag, vpc or account' }];
  });
}

/** True for the id of a built-in rule and for `custom:NAME`. */
export function isRule(rule: string): boolean {
  return isBuiltIn(rule) || rule.startsWith('custom:');
}

function unknownRules(value: unknown): readonly Problem[] {
  const names = itemsOf(fieldsOf(fieldsOf(value).watch).rules).map((rule) => textOf(fieldsOf(rule).name));
  return itemsOf(fieldsOf(value).exemptions).flatMap((exemption, index) => {
    const rule = textOf(fieldsOf(exemption).rule);
    if (rule === undefined || rule === '' || rule === '*' || isRule(rule)) return [];
    const own = names.includes(rule) ? `; did you mean custom:${rule}?` : '';
    const hint = own || didYouMean(rule, ruleIds()) || `; use ${ruleIds().join(', ')}, custom:NAME or *`;
    return [{ path: `exemptions[${index}].rule`, message: `${JSON.stringify(rule)} is not a rule${hint}` }];
  });
}
