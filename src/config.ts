/** config.json → Config: fills in defaults, and reports all problems together, each by its JSON path. */

import { createHash } from 'node:crypto';
import type { Exemption } from './audit/exemptions.ts';
import type { RuleId, Severity } from './audit/finding.ts';
import type { TagPolicy } from './audit/tag-policy.ts';
import { uniqueBy } from './collections.ts';
import { type ConfigText, readConfigText } from './config/config-text.ts';
import { type HookPolicy, hooksOf, type MirroringConfig, mirroringOf } from './config/mirroring-config.ts';
import { OF_ORGANIZATION, type OrganizationPolicy, organizationOf } from './config/organization/policy.ts';
import { tagMatchOf } from './config/tag-match.ts';
import { severitiesOf, type WatchPolicy, watchOf } from './config/watch-config.ts';
import { readWritten, type Written } from './config-schema.ts';
import { ConfigError } from './errors.ts';

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
  /** The role to assume in the accounts of `trail.accounts` and of the organization. @default none: only the account of the credentials is watched */
  readonly assumeRole?: RolesToAssume | undefined;
  /** The organization whose accounts are watched. @default none */
  readonly organization?: OrganizationPolicy | undefined;
  /** Null if the configuration has no `mirroring`: then the mirror rules are not judged. */
  readonly mirroring: MirroringConfig | null;
  /** Absent if the configuration says nothing about lifecycle hooks. */
  readonly hooks?: HookPolicy | undefined;
  /** @default none */
  readonly exemptions: readonly Exemption[];
  readonly alerts: AlertPolicy;
  /** Severities that differ from the rules' own. @default none */
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  /** What is watched for besides tags and mirroring. @default nothing */
  readonly watch: WatchPolicy;
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
  /** `OF_ORGANIZATION` alone stands for accounts that are not known yet. @default all */
  readonly accounts: readonly string[];
  /** What comes before `AWSLogs/` in the keys of the trails. @default anything */
  readonly prefixes?: readonly string[] | undefined;
  /** The accounts that own buckets, by bucket: S3 refuses our requests if another account has one of the name. @default not known */
  readonly bucketOwners?: Readonly<Record<string, string>> | undefined;
}

/** What is mailed, and when. */
export interface AlertPolicy {
  /** Findings of this severity and above are mailed with their delivery; the others wait for the digest. @default 'medium' */
  readonly immediate: Severity;
  /** @default 'daily' */
  readonly digest: 'off' | 'daily' | 'weekly';
  /** `json` for data beside the text, for the topic's subscribers that are programs. @default the text alone */
  readonly messageStructure?: 'json' | undefined;
  /** The SNS topic that Amazon Q Developer in chat applications reads. @default none: nothing is told in chat */
  readonly chatTopicArn?: string | undefined;
  /** The name or ARN of the event bus that findings are put on. @default none: no events */
  readonly eventBusName?: string | undefined;
}

/** The values used where the configuration says nothing. */
const DEFAULTS = {
  graceSeconds: 300,
  maxLogBytes: 1024 ** 3,
  immediate: 'medium',
  digest: 'daily',
} as const;

/**
 * Parses a configuration in JSON or YAML. `source` names it in messages. Throws ConfigError with every problem and its path; an
 * unknown key, a key given twice and a placeholder are problems too. `doubtsIn` says what is only doubtful.
 */
export function parseConfig(configText: string, source: string): Config {
  return configOf(readConfigText(configText, source), source);
}

/** As `parseConfig`, for a text that was read already. */
export function configOf({ value, lost }: ConfigText, source: string): Config {
  const read = readWritten(value);
  const problems = [...lost, ...('problems' in read ? read.problems : [])];
  if ('problems' in read || problems.length > 0) throw new ConfigError(source, problems);
  return withDefaults(read.written);
}

/** Absent parts stay absent: the hash of a configuration that does not use them is that of earlier versions. */
function trailOf({ buckets = [], topics = [], accounts = [], prefixes }: Written['trail'] & object = {}): TrailPolicy {
  const owners = buckets.flatMap((each) => (typeof each === 'string' ? [] : [[each.name, each.accountId] as const]));
  return {
    buckets: buckets.map((each) => (typeof each === 'string' ? each : each.name)),
    ...{ topics, accounts: accounts === OF_ORGANIZATION ? [OF_ORGANIZATION] : accounts },
    ...(prefixes !== undefined && prefixes.length > 0 && { prefixes }),
    ...(owners.length > 0 && { bucketOwners: Object.fromEntries(owners) }),
  };
}

/** The configuration in effect. The order of its keys is part of its hash. */
function withDefaults(written: Written): Config {
  const { region, alertTopicArn, requiredTag, requiredTags = [], assumeRole, trail, alerts } = written;
  const allRequired = [...(requiredTag === undefined ? [] : [requiredTag]), ...requiredTags];
  const { watch = {} } = written;
  const config: Omit<Config, 'hash' | 'watch' | 'organization'> = {
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
      // Undefined, they are not in the identity: the hash of a configuration that does not use them is that of earlier versions.
      messageStructure: alerts?.messageStructure,
      chatTopicArn: alerts?.chatTopicArn,
      eventBusName: alerts?.eventBusName,
    },
    severities: { ...severitiesOf(watch), ...written.severities },
  };
  // As it is written: compiled rules are functions. Absent, it leaves the hash of earlier versions as it was.
  const organization = organizationOf(written.organization);
  const identity = JSON.stringify({ ...config, watch: written.watch, organization });
  return {
    ...config,
    organization,
    watch: watchOf(watch),
    hash: createHash('sha256').update(identity).digest('hex').slice(0, 12),
  };
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
