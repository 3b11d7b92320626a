/** config.json → Config: fills in defaults, and reports all problems together, each by its JSON path. */

import { createHash } from 'node:crypto';
import type { Exemption } from './audit/exemptions.ts';
import type { RuleId, Severity } from './audit/finding.ts';
import type { TagPolicy } from './audit/tag-policy.ts';
import { uniqueBy } from './collections.ts';
import { type ConfigText, readConfigText } from './config/config-text.ts';
import {
  readWritten,
  type Written,
  type WrittenDestination,
  type WrittenMirroring,
  type WrittenRules,
  type WrittenTagMatch,
  type WrittenTarget,
} from './config-schema.ts';
import { ConfigError } from './errors.ts';
import type { Scope } from './inventory/inventory.ts';
import type { MirrorPolicy, MirrorRules, RuleDestination, TagMatch, TargetEntry } from './mirror/policy.ts';

/** The whole configuration, with defaults filled in. Each stage takes only its own part of it. */
export interface Config {
  /** The home region. @default the region of the AWS credential chain */
  readonly region?: string | undefined;
  /** The SNS topic that mail is sent to. @default none: no mail */
  readonly alertTopicArn?: string | undefined;
  /** The tags that every instance needs. @default none */
  readonly tags: TagPolicy;
  /** How long a finding may settle before it is mailed, in seconds. @default 300 */
  readonly graceSeconds: number;
  /** The longest log file to read, in bytes after decompression. @default 1 GiB */
  readonly maxLogBytes: number;
  readonly trail: TrailPolicy;
  /** The role to assume in the accounts of `trail.accounts`. @default none: only the account of the credentials is watched */
  readonly assumeRole?: RolesToAssume | undefined;
  /** Null if the configuration has no `mirroring`: then the mirror rules are not judged. */
  readonly mirroring: MirroringConfig | null;
  /** Absent if the configuration says nothing about lifecycle hooks. */
  readonly hooks?: HookPolicy | undefined;
  /** @default none */
  readonly exemptions: readonly Exemption[];
  readonly alerts: AlertPolicy;
  /** Severities that differ from the rules' own. @default none */
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  /** Identifies the configuration with its defaults: the first 12 hexadecimal digits of its SHA-256. */
  readonly hash: string;
}

/** The roles to assume in other accounts. */
export interface RolesToAssume {
  /** The name of the role that reads, with its path if it has one. */
  readonly roleName: string;
  /** The role that changes sessions. @default `roleName` */
  readonly writeRoleName?: string | undefined;
  readonly externalId?: string | undefined;
  /** The parameter of Parameter Store that keeps the external id. */
  readonly externalIdParameter?: string | undefined;
}

/** Which deliveries to trust. A delivery that names another bucket, topic or account is refused. An empty list allows all. */
export interface TrailPolicy {
  /** @default all */
  readonly buckets: readonly string[];
  /** ARNs. @default all */
  readonly topics: readonly string[];
  /** @default all */
  readonly accounts: readonly string[];
  /** What comes before `AWSLogs/` in the keys of the trails. @default anything */
  readonly prefixes?: readonly string[] | undefined;
  /** The accounts that own buckets, by bucket: S3 refuses our requests if another account has one of the name. @default not known */
  readonly bucketOwners?: Readonly<Record<string, string>> | undefined;
}

/** How the launch lifecycle hooks of Auto Scaling groups are completed that hold an instance back until it is mirrored. */
export interface HookPolicy {
  /** The names of our hooks, besides those whose metadata says so. @default none */
  readonly names: readonly string[];
  /** The longest wait for a repair. @default 120 */
  readonly waitSeconds: number;
  /** What becomes of an instance that could not be mirrored. @default 'continue' */
  readonly onFailure: 'continue' | 'abandon';
}

/** What is mailed, and when. */
export interface AlertPolicy {
  /** Findings of this severity and above are mailed with their delivery; the others wait for the digest. @default 'medium' */
  readonly immediate: Severity;
  /** @default 'daily' */
  readonly digest: 'off' | 'daily' | 'weekly';
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

/** The values used where the configuration says nothing. */
const DEFAULTS = {
  graceSeconds: 300,
  maxLogBytes: 1024 ** 3,
  immediate: 'medium',
  digest: 'daily',
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

/**
 * Parses a configuration in JSON or YAML. `source` names it in messages. Throws ConfigError with every problem and its path; an
 * unknown key, a key given twice and a placeholder are problems too. `doubtsIn` says what is only doubtful.
 */
export function parseConfig(configText: string, source: string): Config {
  return configOf(readConfigText(configText, source), source);
}

/** As `parseConfig`, for a text that was read already. */
export function configOf({ value, repeatedKeys }: ConfigText, source: string): Config {
  const read = readWritten(value);
  const problems = [...repeatedKeys, ...('problems' in read ? read.problems : [])];
  if ('problems' in read || problems.length > 0) throw new ConfigError(source, problems);
  return withDefaults(read.written);
}

/** Absent parts stay absent: the hash of a configuration that does not use them is that of earlier versions. */
function trailOf({ buckets = [], topics = [], accounts = [], prefixes }: Written['trail'] & object = {}): TrailPolicy {
  const owners = buckets.flatMap((each) => (typeof each === 'string' ? [] : [[each.name, each.accountId] as const]));
  return {
    buckets: buckets.map((each) => (typeof each === 'string' ? each : each.name)),
    ...{ topics, accounts },
    ...(prefixes !== undefined && prefixes.length > 0 && { prefixes }),
    ...(owners.length > 0 && { bucketOwners: Object.fromEntries(owners) }),
  };
}

/** The mirroring policy of one account and region, or null if mirroring is off. The most specific override wins, key by key. */
export function mirrorPolicyFor(config: Config, scope: Scope): MirrorPolicy | null {
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

/** The configuration in effect. The order of its keys is part of its hash. */
function withDefaults(written: Written): Config {
  const { region, alertTopicArn, requiredTag, requiredTags = [], assumeRole, trail, alerts } = written;
  const allRequired = [...(requiredTag === undefined ? [] : [requiredTag]), ...requiredTags];
  const config: Omit<Config, 'hash'> = {
    region,
    alertTopicArn,
    assumeRole: assumeRole && {
      roleName: assumeRole.roleName,
      externalId: assumeRole.externalId,
      writeRoleName: assumeRole.writeRoleName,
      externalIdParameter: assumeRole.externalIdParameter,
    },
    tags: { requiredTags: uniqueBy(allRequired.map(requiredTagOf), ({ key }) => key) },
    graceSeconds: written.graceSeconds ?? DEFAULTS.graceSeconds,
    maxLogBytes: written.maxLogBytes ?? DEFAULTS.maxLogBytes,
    trail: trailOf(trail),
    mirroring: written.mirroring === undefined ? null : mirroringOf(written.mirroring),
    hooks: hooksOf(written.mirroring ?? {}),
    exemptions: (written.exemptions ?? []).map(exemptionOf),
    alerts: {
      immediate: alerts?.immediate ?? DEFAULTS.immediate,
      digest: alerts?.digest ?? DEFAULTS.digest,
    },
    severities: written.severities ?? {},
  };
  return { ...config, hash: createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12) };
}

type RequiredTag = TagPolicy['requiredTags'][number];

function requiredTagOf(written: NonNullable<Written['requiredTags']>[number]): RequiredTag {
  if (typeof written === 'string') return { key: written, allowEmpty: false };
  const { key, values, pattern, allowEmpty = false } = written;
  return { key, values, pattern, allowEmpty };
}

function exemptionOf(written: NonNullable<Written['exemptions']>[number]): Exemption {
  const { resource, tag, vpc, account, rule = '*', reason, owner, expires, still } = written;
  const match = { resource, tag: tag === undefined ? undefined : tagMatchOf(tag), vpc, account };
  return { match, rule, reason, owner, expires, still };
}

/** Undefined without any setting, so that such a configuration keeps its hash. */
function hooksOf({ lifecycleHooks, hookWaitSeconds, onHookFailure }: WrittenMirroring): HookPolicy | undefined {
  if (lifecycleHooks === undefined && hookWaitSeconds === undefined && onHookFailure === undefined) return undefined;
  return {
    names: lifecycleHooks ?? [],
    waitSeconds: hookWaitSeconds ?? DEFAULT_HOOKS.waitSeconds,
    onFailure: onHookFailure ?? DEFAULT_HOOKS.onFailure,
  };
}

/** How hooks are completed where the configuration says nothing about them. */
export const DEFAULT_HOOKS: HookPolicy = { names: [], waitSeconds: 120, onFailure: 'continue' };

function mirroringOf(written: WrittenMirroring): MirroringConfig {
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
    overrides: (written.overrides ?? []).map(({ accountId, region, filterId, targets }) => ({
      accountId,
      region,
      filterId,
      targets: targets?.map(targetOf),
    })),
  };
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

/** `Key=value`, a key alone, or an object. YAML's `Value: 1` and `Value: true` become the strings that EC2 stores. */
function tagMatchOf(written: WrittenTagMatch): TagMatch {
  if (typeof written === 'string') {
    const [key = '', ...value] = written.split('=');
    return { key, value: value.length === 0 ? undefined : value.join('=') };
  }
  const [key, value] = 'Key' in written ? [written.Key, written.Value] : [written.key, written.value];
  return { key, value: value === undefined || value === null ? undefined : String(value) };
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
