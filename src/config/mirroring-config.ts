/** What the configuration says about mirroring: its defaults, its overrides by account and region, and the lifecycle hooks. */

import type { WrittenDestination, WrittenMirroring, WrittenRules, WrittenTarget } from '../config-schema.ts';
import type { Scope } from '../inventory/inventory.ts';
import {
  DEFAULT_HEALTH,
  type HealthPolicy,
  type MirrorPolicy,
  type MirrorRules,
  type RuleDestination,
  type TargetEntry,
} from '../mirror/policy.ts';
import { tagMatchOf } from './tag-match.ts';

/** How the launch lifecycle hooks of Auto Scaling groups are completed that hold an instance back until it is mirrored. */
export interface HookPolicy {
  /** The names of our hooks, besides those whose metadata says so. @default none */
  readonly names: readonly string[];
  /** The longest wait for a repair. @default 120 */
  readonly waitSeconds: number;
  /** What becomes of an instance that could not be mirrored. @default 'continue' */
  readonly onFailure: 'continue' | 'abandon';
}

/** The mirroring policy of all accounts and regions, before overrides. */
export type MirroringConfig = Omit<MirrorPolicy, 'mode' | 'configHash'> & {
  /** `plan` proposes sessions, `apply` creates them too. @default 'plan' */
  readonly mode: 'off' | 'plan' | 'apply';
  /** @default none */
  readonly overrides: readonly Override[];
};

/** Replaces the filter or the targets in the accounts and regions it matches. An absent part matches all. */
interface Override {
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly filterId?: string | undefined;
  readonly targets?: readonly TargetEntry[] | undefined;
}

/** The part of a configuration that decides about mirroring. */
interface Mirrored {
  readonly mirroring: MirroringConfig | null;
  readonly hash: string;
}

/** The values used where the configuration says nothing. */
const DEFAULTS = {
  mode: 'plan',
  localZoneOnly: false,
  interfaces: 'all',
  onUnknown: 'refuse',
  sessionNumber: 1,
  fargate: true,
  sourceEgressAcl: 'warn',
  cleanup: false,
  launchesPerRun: 3,
} as const;

/** The mirroring policy of one account and region, or null if mirroring is off. The most specific override wins, key by key. */
export function mirrorPolicyFor(config: Mirrored, scope: Scope): MirrorPolicy | null {
  if (config.mirroring === null || config.mirroring.mode === 'off') return null;
  const { mode, overrides, ...policy } = config.mirroring;
  const matching = overrides
    .filter(
      ({ accountId, region }) =>
        (accountId ?? scope.accountId) === scope.accountId && (region ?? scope.region) === scope.region,
    )
    .toSorted((a, b) => specificity(a) - specificity(b));
  return {
    ...policy,
    filterId: matching.findLast(({ filterId }) => filterId !== undefined)?.filterId ?? policy.filterId,
    targets: matching.findLast(({ targets }) => targets !== undefined)?.targets ?? policy.targets,
    mode,
    configHash: config.hash,
  };
}

function specificity({ accountId, region }: Override): number {
  return (accountId === undefined ? 0 : 2) + (region === undefined ? 0 : 1);
}

/** Undefined without any setting, so that such a configuration keeps its hash. */
export function hooksOf({ lifecycleHooks, hookWaitSeconds, onHookFailure }: WrittenMirroring): HookPolicy | undefined {
  if (lifecycleHooks === undefined && hookWaitSeconds === undefined && onHookFailure === undefined) return undefined;
  return {
    names: lifecycleHooks ?? [],
    waitSeconds: hookWaitSeconds ?? DEFAULT_HOOKS.waitSeconds,
    onFailure: onHookFailure ?? DEFAULT_HOOKS.onFailure,
  };
}

/** How hooks are completed where the configuration says nothing about them. */
export const DEFAULT_HOOKS: HookPolicy = { names: [], waitSeconds: 120, onFailure: 'continue' };

/** The mirroring policy, with defaults filled in. */
export function mirroringOf(written: WrittenMirroring): MirroringConfig {
  return {
    mode: written.mode ?? DEFAULTS.mode,
    filterId: written.filterId ?? '',
    targets: (written.targets ?? []).map(targetOf),
    localZoneOnly: written.localZoneOnly ?? DEFAULTS.localZoneOnly,
    interfaces: written.interfaces ?? DEFAULTS.interfaces,
    onUnknown: written.onUnknown ?? DEFAULTS.onUnknown,
    sessionNumber: written.sessionNumber ?? DEFAULTS.sessionNumber,
    fargate: written.fargate ?? DEFAULTS.fargate,
    sourceEgressAcl: written.sourceEgressAcl ?? DEFAULTS.sourceEgressAcl,
    excludeTags: (written.excludeTags ?? []).map(tagMatchOf),
    trustedOwners: written.trustedOwners ?? [],
    cleanup: written.cleanup ?? DEFAULTS.cleanup,
    rules: written.rules === undefined ? undefined : rulesOf(written.rules),
    ...(written.onSuspicion !== undefined && { onSuspicion: written.onSuspicion }),
    ...(written.health !== undefined && { health: healthOf(written.health) }),
    overrides: (written.overrides ?? []).map(({ accountId, region, filterId, targets }) => ({
      accountId,
      region,
      filterId,
      targets: targets?.map(targetOf),
    })),
  };
}

function healthOf({
  read = DEFAULT_HEALTH.read,
  droppedShare = DEFAULT_HEALTH.droppedShare,
}: NonNullable<WrittenMirroring['health']>): HealthPolicy {
  return { read, droppedShare };
}

function rulesOf({ tags, subnets, vpcs }: WrittenRules): MirrorRules {
  return {
    tags: (tags ?? []).map((rule) => ({
      ...destinationOf(rule),
      tagList: rule.tagList.map(tagMatchOf),
      match: rule.match ?? 'all',
    })),
    subnets: (subnets ?? []).map((rule) => ({ ...destinationOf(rule), subnetId: rule.subnetId })),
    vpcs: (vpcs ?? []).map((rule) => ({ ...destinationOf(rule), vpcId: rule.vpcId })),
  };
}

function targetOf(written: WrittenTarget): TargetEntry {
  if (typeof written === 'string') return { id: written };
  const { id, maxSources, weight } = written;
  return { id, maxSources, weight };
}

function destinationOf({ filterId, targetId, targetIds = [], onDemand: launch }: WrittenDestination): RuleDestination {
  return {
    filterId,
    targetIds: targetId === undefined ? targetIds : [...new Set([targetId, ...targetIds])],
    onDemand: launch && {
      imageId: launch.imageId,
      instanceType: launch.instanceType,
      securityGroupIds: launch.securityGroupIds,
      subnetId: launch.subnetId,
      maxPerRun: launch.maxPerRun ?? DEFAULTS.launchesPerRun,
      ...(launch.tags !== undefined && { tags: Object.entries(launch.tags).map(([key, value]) => ({ key, value })) }),
    },
  };
}
