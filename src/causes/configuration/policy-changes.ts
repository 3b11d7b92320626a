/** What changed between two policies, each change on its own, so that it can be judged without the others. */

import type { AuditPolicy } from '../../audit/audit.ts';
import type { RequiredTag } from '../../audit/tag-policy.ts';
import type { MirrorPolicy } from '../../mirror/policy.ts';

/** The part of a configuration that decides what is found in an account and region. Exemptions only mute. */
export type JudgingPolicy = Pick<AuditPolicy, 'tags' | 'mirror'>;

/** One change, and the earlier policy with nothing but this change. */
export interface PolicyChange {
  /** A sentence without its end, such as `the required tag Owner was added`. */
  readonly words: string;
  readonly policy: JudgingPolicy;
}

/** The policy without what decides no judgement: policies that judge alike are then equal. */
export function judgingPart({ tags, mirror }: JudgingPolicy): JudgingPolicy {
  return { tags, mirror: mirror && { ...mirror, mode: 'plan', configHash: '', cleanup: false } };
}

/** True if the policies judge alike. */
export function isSamePolicy(one: JudgingPolicy, other: JudgingPolicy): boolean {
  return JSON.stringify(judgingPart(one)) === JSON.stringify(judgingPart(other));
}

/** The changes that can lead to a finding, in the order of the later policy. */
export function policyChanges(before: JudgingPolicy, after: JudgingPolicy): readonly PolicyChange[] {
  return [...tagChanges(before, after), ...mirrorChanges(before, after)];
}

function tagChanges(before: JudgingPolicy, after: JudgingPolicy): readonly PolicyChange[] {
  const known = new Map(before.tags.requiredTags.map((tag) => [tag.key, tag]));
  return after.tags.requiredTags.flatMap((tag) => {
    const earlier = known.get(tag.key);
    if (isSame(earlier, tag)) return [];
    const others = before.tags.requiredTags.filter(({ key }) => key !== tag.key);
    return [{ words: tagWords(tag, earlier), policy: { ...before, tags: { requiredTags: [...others, tag] } } }];
  });
}

function tagWords({ key }: RequiredTag, earlier: RequiredTag | undefined): string {
  return earlier === undefined
    ? `the required tag ${key} was added`
    : `the allowed values of the required tag ${key} changed`;
}

/** The settings that decide how mirroring is judged, as sentences say them. Targets are named by their ids instead. */
const SETTINGS = {
  filterId: 'the filter changed',
  rules: 'the mirroring rules changed',
  excludeTags: 'the tags that exclude a source changed',
  interfaces: 'which interfaces are mirrored changed',
  fargate: 'whether Fargate tasks are mirrored changed',
  trustedOwners: 'the trusted owners changed',
  onSuspicion: 'where suspects are mirrored changed',
  sourceEgressAcl: 'how egress ACLs of sources are judged changed',
  localZoneOnly: 'whether targets in other zones are allowed changed',
} satisfies Partial<Record<keyof MirrorPolicy, string>>;

function mirrorChanges(before: JudgingPolicy, after: JudgingPolicy): readonly PolicyChange[] {
  const [old, current] = [before.mirror, after.mirror];
  if (current === null) return [];
  if (old === null)
    return [{ words: 'mirroring was added to the configuration', policy: { ...before, mirror: current } }];
  const settings = Object.entries(SETTINGS).flatMap(([key, words]) => {
    const policy = withSetting(old, current, key);
    return isSame(policy, old) ? [] : [{ words, policy: { ...before, mirror: policy } }];
  });
  if (isSame(old.targets, current.targets)) return settings;
  const kept = new Set(current.targets.map(({ id }) => id));
  const removed = old.targets.filter(({ id }) => !kept.has(id));
  const withTargets = (targets: MirrorPolicy['targets']): JudgingPolicy => ({ ...before, mirror: { ...old, targets } });
  const isNamed = removed.length > 0 && removed.length <= NAMED_TARGETS;
  const ofTargets = isNamed
    ? removed.map(({ id }) => ({
        words: `the target ${id} was removed`,
        policy: withTargets(old.targets.filter((target) => target.id !== id)),
      }))
    : [{ words: 'the list of targets changed', policy: withTargets(current.targets) }];
  return [...ofTargets, ...settings];
}

/** More removed targets are one change of the list: each change costs a judgement. */
const NAMED_TARGETS = 20;

/** The earlier policy with one setting of the later one. */
function withSetting(old: MirrorPolicy, current: MirrorPolicy, setting: string): MirrorPolicy {
  const changed = Object.entries(current).filter(([key]) => key === setting);
  return Object.assign({ ...old, [setting]: undefined }, Object.fromEntries(changed));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
