/** Which sources go where: the rules of the source automation, tags before subnets before VPCs, the first match of a kind. */

import { createHash } from 'node:crypto';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Tag } from '../sighting/sighting.ts';
import { MANAGED_TAG, type MirrorPolicy, type RuleDestination, type SensorLaunch, type TagMatch } from './policy.ts';

/** Where a source is to go: the filter, and the targets that may serve. */
export interface Destination {
  readonly filterId: string;
  /** The policy's `targets` list when the rule names none; empty only when nothing is configured. Distinct and sorted. */
  readonly targetIds: readonly string[];
  /** The rule that matched, for people: `tags[0]`, `subnets[2]`; absent when there are no rules. */
  readonly rule?: string | undefined;
  readonly onDemand?: SensorLaunch | undefined;
}

/** The tag of a target that was made on demand, and of its instance and interface; its value is the pool it belongs to. */
export const POOL_TAG = 'mirrorwatch:pool';

/**
 * The pool of sensors launched alike: same image, type, groups and subnet (the rule's own, else the source's). A target tagged with
 * it serves the sources that would launch one of its kind, and no others: two rules that differ in any of these never share.
 */
export function poolOf(launch: SensorLaunch, sourceSubnetId: string | undefined): string {
  const subnetId = launch.subnetId ?? sourceSubnetId ?? '';
  const alike = [launch.imageId, launch.instanceType, ...launch.securityGroupIds.toSorted(), subnetId];
  return createHash('sha256').update(alike.join('\n')).digest('hex').slice(0, 16);
}

/**
 * Whether these are the tags of a sensor that was launched on demand. It has them from its very launch, so that it is known before
 * it is a target: its own `running` event may come first.
 */
export function isOnDemandSensor(tags: readonly Tag[]): boolean {
  return matchesTag({ key: MANAGED_TAG, value: 'true' }, tags) && matchesTag({ key: POOL_TAG }, tags);
}

/** A policy's destinations, made once: the same rule gives the same object to every source. */
export interface Destinations {
  /** Of a source with these tags (its own and its instance's); undefined when there are rules and none matches. */
  readonly of: (networkInterface: NetworkInterface, tags: readonly Tag[]) => Destination | undefined;
}

/**
 * A policy's rules, ready to ask. A tag rule needs every tag of its list (or any, if it says so); a key alone matches any value;
 * values are compared as strings. The tags that count are the interface's and its instance's together, as AWS's automation goes by
 * the instance and a task has only its interface.
 *
 * @see https://github.com/aws-samples/aws-vpc-traffic-mirroring-source-automation
 */
export function destinationsOf(policy: MirrorPolicy): Destinations {
  const { rules } = policy;
  if (rules === undefined) {
    const all = destination(policy, { filterId: policy.filterId, targetIds: [] });
    return { of: () => all };
  }
  const tags = rules.tags.map((rule, index) => ({ ...rule, to: destination(policy, rule, `tags[${index}]`) }));
  const subnets = firstOfEach(rules.subnets, 'subnets', ({ subnetId }) => subnetId, policy);
  const vpcs = firstOfEach(rules.vpcs, 'vpcs', ({ vpcId }) => vpcId, policy);
  return {
    of: ({ subnetId, vpcId }, ownTags) =>
      tags.find((rule) => matchesTags(rule.tagList, rule.match, ownTags))?.to ??
      subnets.get(subnetId) ??
      vpcs.get(vpcId),
  };
}

/** True when the tags hold this one; without a value any value will do. Keys and values are case-sensitive, as in EC2. */
export function matchesTag({ key, value }: TagMatch, tags: readonly Tag[]): boolean {
  return tags.some((tag) => tag.key === key && (value === undefined || String(tag.value) === String(value)));
}

/** An empty list matches nothing: a rule for every source is a rule for its VPC. */
function matchesTags(wanted: readonly TagMatch[], match: 'all' | 'any', tags: readonly Tag[]): boolean {
  if (wanted.length === 0) return false;
  return match === 'all' ? wanted.every((one) => matchesTag(one, tags)) : wanted.some((one) => matchesTag(one, tags));
}

function firstOfEach<Rule extends RuleDestination>(
  rules: readonly Rule[],
  kind: string,
  keyOf: (rule: Rule) => string,
  policy: MirrorPolicy,
): ReadonlyMap<string | undefined, Destination> {
  const byKey = new Map<string | undefined, Destination>();
  rules.forEach((rule, index) => {
    if (!byKey.has(keyOf(rule))) byKey.set(keyOf(rule), destination(policy, rule, `${kind}[${index}]`));
  });
  return byKey;
}

function destination(
  policy: MirrorPolicy,
  { filterId, targetIds, onDemand }: RuleDestination,
  rule?: string,
): Destination {
  const ids = targetIds.length > 0 ? targetIds : policy.targets.map(({ id }) => id);
  return {
    filterId,
    targetIds: [...new Set(ids)].toSorted(),
    ...(rule === undefined ? {} : { rule }),
    ...(onDemand === undefined ? {} : { onDemand }),
  };
}
