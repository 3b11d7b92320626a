/** Which sources go where: the source automation's rules, tags before subnets before VPCs, first match wins in each list. */

import { createHash } from 'node:crypto';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Tag } from '../sighting/sighting.ts';
import { MANAGED_TAG, type MirrorPolicy, type RuleDestination, type SensorLaunch, type TagMatch } from './policy.ts';

/** Where a source should go: a filter, and the targets to select from. */
export interface Destination {
  readonly filterId: string;
  /** Distinct and sorted. The policy's `targets` list when the rule names none; empty only when no target is configured. */
  readonly targetIds: readonly string[];
  /** The rule that matched, for people: `tags[0]`, `subnets[2]`. Absent when the policy has no rules. */
  readonly rule?: string | undefined;
  readonly onDemand?: SensorLaunch | undefined;
  /** Of a rule with `onDemand`: targets that only carry the tag of a sensor of ours, and so get no session; with the reason. @default none */
  readonly unproven?: readonly UnprovenTarget[] | undefined;
}

/** A target that is no candidate because nothing proves that it is ours. */
export interface UnprovenTarget {
  readonly trafficMirrorTargetId: string;
  /** What it is, and what is missing. */
  readonly reason: string;
}

/**
 * The tag of a target that we launched on demand, and of its instance and interface. Its value is the target's pool. It is for people: anybody
 * who may tag can write it, so nothing is decided by it.
 */
export const POOL_TAG = 'mirrorwatch:pool';

/**
 * The pool of sensors launched with the same image, type, groups and subnet (the rule's own, else the source's). A sensor of a pool
 * serves only sources that would launch into that pool, so two rules that differ in any of these never share a sensor.
 */
export function poolOf(launch: SensorLaunch, sourceSubnetId: string | undefined): string {
  const subnetId = launch.subnetId ?? sourceSubnetId ?? '';
  const parameters = [launch.imageId, launch.instanceType, ...launch.securityGroupIds.toSorted(), subnetId];
  return createHash('sha256').update(parameters.join('\n')).digest('hex').slice(0, 16);
}

/** Whether these are the tags of a sensor that we launched on demand. They prove nothing (`sensorProof`). */
export function carriesSensorTags(tags: readonly Tag[]): boolean {
  return matchesTag({ key: MANAGED_TAG, value: 'true' }, tags) && matchesTag({ key: POOL_TAG }, tags);
}

/** A policy's destinations. Made once, so the same rule gives every source the same object. */
export interface Destinations {
  /** The destination of a source with these tags (its own and its instance's); undefined when no rule matches. */
  readonly of: (networkInterface: NetworkInterface, tags: readonly Tag[]) => Destination | undefined;
}

/**
 * A policy's rules, indexed. A tag rule needs every tag of its list, or any with `match: 'any'`. It sees the tags of the interface and
 * of its instance together: AWS's automation looks at the instance, but a task has only its interface. Without rules, every source
 * goes to the policy's own filter and targets.
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

/** True when the tags include this one. Without a value, any value matches. Keys and values are case-sensitive, as in EC2. */
export function matchesTag({ key, value }: TagMatch, tags: readonly Tag[]): boolean {
  return tags.some((tag) => tag.key === key && (value === undefined || String(tag.value) === String(value)));
}

/** An empty list matches nothing; a rule for every source is written as a rule for its VPC. */
function matchesTags(wanted: readonly TagMatch[], match: 'all' | 'any', tags: readonly Tag[]): boolean {
  if (wanted.length === 0) return false;
  return match === 'all' ? wanted.every((one) => matchesTag(one, tags)) : wanted.some((one) => matchesTag(one, tags));
}

/** The first rule of each key decides. */
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
    rule,
    onDemand,
  };
}
