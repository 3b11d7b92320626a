/** config.json → Config: one reading that names every problem at once by its JSON path, and the schema that editors use. */

import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import type { Exemption } from './audit/exemptions.ts';
import type { RuleId, Severity } from './audit/finding.ts';
import { RULE_IDS } from './audit/rule-book.ts';
import type { TagPolicy } from './audit/tag-policy.ts';
import {
  isRule,
  readWritten,
  type Written,
  type WrittenMirroring,
  type WrittenOnDemand,
  type WrittenTagMatch,
  type WrittenTarget,
} from './config-schema.ts';
import { ConfigError, messageOf, type Problem } from './errors.ts';
import type { Scope } from './inventory/inventory.ts';
import type { MirrorPolicy, MirrorRules, SensorLaunch, TagMatch, TargetEntry } from './mirror/policy.ts';

/** Everything the program is told. Stages take their own part of it, never the whole. */
export interface Config {
  readonly region?: string | undefined;
  readonly alertTopicArn?: string | undefined;
  readonly tags: TagPolicy;
  readonly graceSeconds: number;
  readonly maxLogBytes: number;
  readonly trail: TrailPolicy;
  readonly assumeRole?: { readonly roleName: string; readonly externalId?: string };
  /** Null when nothing is said of mirroring: then its rules are not judged. */
  readonly mirroring: MirroringConfig | null;
  readonly exemptions: readonly Exemption[];
  readonly alerts: AlertPolicy;
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  /** The first 12 hexadecimal digits of the SHA-256 of the configuration in effect. */
  readonly hash: string;
}

/** What is believed: deliveries that name other buckets, topics or accounts are refused. An empty list believes none to be foreign. */
export interface TrailPolicy {
  readonly buckets: readonly string[];
  readonly topics: readonly string[];
  readonly accounts: readonly string[];
}

export interface AlertPolicy {
  /** From here up a finding is mailed with its delivery; the rest waits for the digest. */
  readonly immediate: Severity;
  readonly digest: 'off' | 'daily' | 'weekly';
}

type MirroringConfig = Omit<MirrorPolicy, 'mode' | 'configHash' | 'rules'> & {
  readonly mode: 'off' | 'plan' | 'apply';
  readonly rules?: MirrorRules | undefined;
  readonly overrides: readonly Override[];
};

interface Override {
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly filterId?: string | undefined;
  readonly targets?: readonly TargetEntry[] | undefined;
}

/** Values in effect where the configuration says nothing. */
const DEFAULTS = { graceSeconds: 300, maxLogBytes: 1024 ** 3, sessionNumber: 1, onDemandPerRun: 3 } as const;

/**
 * Reads a configuration from its text, JSON or YAML (JSON is YAML). `source` names it in messages.
 * Throws ConfigError with every problem and its path; unknown keys are problems.
 */
export function parseConfig(configText: string, source: string): Config {
  let value: unknown;
  try {
    value = configText.trimStart().startsWith('{') ? JSON.parse(configText) : parseYaml(configText);
  } catch (error) {
    throw new ConfigError(source, [{ path: '', message: `is neither JSON nor YAML: ${messageOf(error)}` }], {
      cause: error,
    });
  }
  const read = readWritten(value);
  if ('problems' in read) throw new ConfigError(source, read.problems);
  const problems = contradictions(read.written);
  if (problems.length > 0) throw new ConfigError(source, problems);
  return effective(read.written);
}

/** The mirroring policy of one account and region, or null when mirroring is off. The most specific override wins. */
export function mirrorPolicyFor(config: Config, scope: Scope): MirrorPolicy | null {
  if (config.mirroring === null || config.mirroring.mode === 'off') return null;
  const { mode, overrides, ...rest } = config.mirroring;
  const matching = overrides
    .filter(
      ({ accountId, region }) =>
        (accountId ?? scope.accountId) === scope.accountId && (region ?? scope.region) === scope.region,
    )
    .toSorted((a, b) => specificity(a) - specificity(b));
  const override = Object.assign(
    {},
    ...matching.map(({ filterId, targets }) => ({ ...(filterId && { filterId }), ...(targets && { targets }) })),
  );
  return { ...rest, ...override, mode, configHash: config.hash };
}

function specificity({ accountId, region }: Override): number {
  return (accountId === undefined ? 0 : 2) + (region === undefined ? 0 : 1);
}

function effective(written: Written): Config {
  const requiredTags = [
    ...(written.requiredTag === undefined ? [] : [written.requiredTag]),
    ...(written.requiredTags ?? []),
  ];
  const { region, alertTopicArn, assumeRole } = written;
  const config: Omit<Config, 'hash'> = {
    ...(region !== undefined && { region }),
    ...(alertTopicArn !== undefined && { alertTopicArn }),
    ...(assumeRole !== undefined && {
      assumeRole: {
        roleName: assumeRole.roleName,
        ...(assumeRole.externalId !== undefined && { externalId: assumeRole.externalId }),
      },
    }),
    tags: {
      requiredTags: requiredTags.map((tag) => {
        if (typeof tag === 'string') return { key: tag, allowEmpty: false };
        const { key, values, pattern, allowEmpty = false } = tag;
        return { key, ...(values && { values }), ...(pattern !== undefined && { pattern }), allowEmpty };
      }),
    },
    graceSeconds: written.graceSeconds ?? DEFAULTS.graceSeconds,
    maxLogBytes: written.maxLogBytes ?? DEFAULTS.maxLogBytes,
    trail: {
      buckets: written.trail?.buckets ?? [],
      topics: written.trail?.topics ?? [],
      accounts: written.trail?.accounts ?? [],
    },
    mirroring: written.mirroring === undefined ? null : mirroringOf(written.mirroring),
    exemptions: (written.exemptions ?? []).map(
      ({ resource, tag, vpc, account, rule = '*', reason, owner, expires }) => ({
        match: {
          ...(resource && { resource }),
          ...(tag && { tag: tagMatchOf(tag) }),
          ...(vpc && { vpc }),
          ...(account && { account }),
        },
        rule,
        reason,
        owner,
        expires,
      }),
    ),
    alerts: { immediate: written.alerts?.immediate ?? 'medium', digest: written.alerts?.digest ?? 'daily' },
    severities: written.severities ?? {},
  };
  return { ...config, hash: createHash('sha256').update(JSON.stringify(config)).digest('hex').slice(0, 12) };
}

function mirroringOf(written: WrittenMirroring): MirroringConfig {
  const { rules: writtenRules, onSuspicion } = written;
  return {
    mode: written.mode ?? 'plan',
    filterId: written.filterId ?? '',
    targets: (written.targets ?? []).map(targetOf),
    localZoneOnly: written.localZoneOnly ?? false,
    interfaces: written.interfaces ?? 'all',
    onUnknown: written.onUnknown ?? 'refuse',
    sessionNumber: written.sessionNumber ?? DEFAULTS.sessionNumber,
    fargate: written.fargate ?? true,
    sourceEgressAcl: written.sourceEgressAcl ?? 'warn',
    excludeTags: (written.excludeTags ?? []).map(tagMatchOf),
    trustedOwners: written.trustedOwners ?? [],
    cleanup: written.cleanup ?? false,
    ...(writtenRules !== undefined && {
      rules: {
        tags: (writtenRules.tags ?? []).map((rule) => ({
          ...destinationOf(rule),
          tagList: rule.tagList.map(tagMatchOf),
          match: rule.match ?? 'all',
        })),
        subnets: (writtenRules.subnets ?? []).map((rule) => ({ ...destinationOf(rule), subnetId: rule.subnetId })),
        vpcs: (writtenRules.vpcs ?? []).map((rule) => ({ ...destinationOf(rule), vpcId: rule.vpcId })),
      },
    }),
    ...(onSuspicion !== undefined && { onSuspicion }),
    overrides: (written.overrides ?? []).map(({ accountId, region, filterId, targets }) => ({
      ...(accountId !== undefined && { accountId }),
      ...(region !== undefined && { region }),
      ...(filterId !== undefined && { filterId }),
      ...(targets !== undefined && { targets: targets.map(targetOf) }),
    })),
  };
}

function targetOf(written: WrittenTarget): TargetEntry {
  if (typeof written === 'string') return { id: written };
  const { id, maxSources, weight } = written;
  return { id, ...(maxSources !== undefined && { maxSources }), ...(weight !== undefined && { weight }) };
}

/** YAML's `Value: 1` and `Value: true` mean the strings that EC2 stores. */
function tagMatchOf(written: WrittenTagMatch): TagMatch {
  if (typeof written === 'string') {
    const [key = '', ...value] = written.split('=');
    return value.length === 0 ? { key } : { key, value: value.join('=') };
  }
  const [key, value] = 'Key' in written ? [written.Key, written.Value] : [written.key, written.value];
  return { key, ...(value !== undefined && value !== null && { value: String(value) }) };
}

function destinationOf(written: {
  filterId: string;
  targetId?: string | undefined;
  targetIds?: string[] | undefined;
  onDemand?: WrittenOnDemand | undefined;
}): {
  filterId: string;
  targetIds: readonly string[];
  onDemand?: SensorLaunch | undefined;
} {
  const { filterId, targetId, targetIds = [], onDemand: launch } = written;
  return {
    filterId,
    targetIds: targetId === undefined ? targetIds : [targetId, ...targetIds],
    ...(launch !== undefined && {
      onDemand: {
        imageId: launch.imageId,
        instanceType: launch.instanceType,
        securityGroupIds: launch.securityGroupIds,
        ...(launch.subnetId !== undefined && { subnetId: launch.subnetId }),
        maxPerRun: launch.maxPerRun ?? DEFAULTS.onDemandPerRun,
        ...(launch.tags !== undefined && {
          tags: Object.entries(launch.tags).map(([key, value]) => ({ key, value })),
        }),
      },
    }),
  };
}

function contradictions({ mirroring: written, exemptions = [] }: Written): Problem[] {
  const problems: Problem[] = [];
  exemptions.forEach(({ rule = '*' }, i) => {
    if (rule !== '*' && !isRule(rule))
      problems.push({
        path: `exemptions[${i}].rule`,
        message: `${JSON.stringify(rule)} is no rule; the rules are ${RULE_IDS.join(', ')}, custom:NAME and *`,
      });
  });
  if (written === undefined || written.mode === 'off') return problems;
  const ruled =
    written.rules !== undefined &&
    [written.rules.tags, written.rules.subnets, written.rules.vpcs].some((list) => (list ?? []).length > 0);
  if (written.rules !== undefined && !ruled)
    problems.push({
      path: 'mirroring.rules',
      message: 'has no rule, so that nothing would be mirrored; leave it out to mirror every instance',
    });
  if (!ruled && written.filterId === undefined)
    problems.push({ path: 'mirroring.filterId', message: 'is needed: the id of the traffic mirror filter (tmf-…)' });
  if (!ruled && (written.targets ?? []).length === 0)
    problems.push({ path: 'mirroring.targets', message: 'needs at least one traffic mirror target (tmt-…)' });
  return problems;
}
