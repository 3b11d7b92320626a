/** The selector's settings for one account and region: which sources go to which targets, through which filter. */

/** A target as configured. */
export interface TargetEntry {
  readonly id: string;
  /** Replaces AWS's limit of sources per target, in either direction. */
  readonly maxSources?: number | undefined;
  /** For targets without a cap: utilisation is sources / (100 × weight). @default 1 */
  readonly weight?: number | undefined;
}

/** Where a matching source goes. Empty `targetIds` mean the policy's `targets` list. */
export interface RuleDestination {
  readonly filterId: string;
  readonly targetIds: readonly string[];
  /** How to launch a sensor on demand when no target of the rule has room; absent means never. */
  readonly onDemand?: SensorLaunch | undefined;
}

/** How to launch a sensor on demand. */
export interface SensorLaunch {
  readonly imageId: string;
  readonly instanceType: string;
  readonly securityGroupIds: readonly string[];
  /** @default the source's own subnet */
  readonly subnetId?: string | undefined;
  /** At most this many launches for the rule in one run. @default 3 */
  readonly maxPerRun: number;
  /** Tags for the instance besides ours, such as a tag policy may require. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | undefined;
}

/** A tag that a source must carry. Without `value`, any value matches. Values are compared as strings. */
export interface TagMatch {
  readonly key: string;
  readonly value?: string | undefined;
}

/** The rules of AWS's source automation: tags before subnets before VPCs; within each list, the first match wins. */
export interface MirrorRules {
  readonly tags: readonly (RuleDestination & {
    readonly tagList: readonly TagMatch[];
    readonly match: 'all' | 'any';
  })[];
  readonly subnets: readonly (RuleDestination & { readonly subnetId: string })[];
  readonly vpcs: readonly (RuleDestination & { readonly vpcId: string })[];
}

/** Whether CloudWatch is asked what sessions carry, and what is too little. */
export interface HealthPolicy {
  /** Sweeps ask CloudWatch for it, which AWS bills by the figure. */
  readonly read: boolean;
  /** The share of the packets that a filter takes, 0 to 1, from which a session that skips them is a finding. */
  readonly droppedShare: number;
}

/** How sessions are judged by AWS's figures where the configuration says nothing about it. */
export const DEFAULT_HEALTH: HealthPolicy = { read: true, droppedShare: 0.01 };

/** How a policy judges sessions by AWS's figures. */
export function healthPolicyOf({ health = DEFAULT_HEALTH }: Pick<MirrorPolicy, 'health'>): HealthPolicy {
  return health;
}

/** The mirroring policy of one account and region, with overrides applied. */
export interface MirrorPolicy {
  readonly mode: 'plan' | 'apply';
  readonly filterId: string;
  readonly targets: readonly TargetEntry[];
  /** True forbids targets outside the source's zone; false only prefers the zone. @default false */
  readonly localZoneOnly: boolean;
  readonly interfaces: 'all' | 'primary';
  /** Whether a candidate with an unknown check may be selected when no other passes. @default 'refuse' */
  readonly onUnknown: 'refuse' | 'try';
  readonly sessionNumber: number;
  readonly fargate: boolean;
  /** How to treat a denial by the source subnet's egress ACL: AWS doesn't document whether it drops mirrored packets. @default 'warn' */
  readonly sourceEgressAcl: 'warn' | 'enforce' | 'ignore';
  /** Sources with any of these tags, on the interface or its instance, are exempt. */
  readonly excludeTags: readonly TagMatch[];
  readonly rules?: MirrorRules | undefined;
  /** Account ids whose targets and sessions we trust, besides the account itself. */
  readonly trustedOwners: readonly string[];
  /** Hash of the configuration, for the `mirrorwatch:config` tag of sessions. */
  readonly configHash: string;
  /** Whether we delete our own orphan and duplicate sessions instead of only proposing it. @default false */
  readonly cleanup: boolean;
  /** How sessions are judged by AWS's figures. @default DEFAULT_HEALTH */
  readonly health?: HealthPolicy | undefined;
  /** Where an instance or task goes that GuardDuty suspects, and for how long. */
  readonly onSuspicion?:
    | { readonly filterId: string; readonly targetIds: readonly string[]; readonly hours: number }
    | undefined;
}

/** The ids of all targets that a policy names: in its list, in its rules and for suspects. */
export function targetIdsIn({ targets, rules, onSuspicion }: MirrorPolicy): ReadonlySet<string> {
  const all = [...(rules?.tags ?? []), ...(rules?.subnets ?? []), ...(rules?.vpcs ?? [])];
  return new Set([
    ...all.flatMap(({ targetIds }) => targetIds),
    ...(onSuspicion?.targetIds ?? []),
    ...targets.map(({ id }) => id),
  ]);
}

/** The tag, with value `true`, that our own sessions carry. Anybody who may tag can write it: it proves nothing. */
export const MANAGED_TAG = 'mirrorwatch:managed';
/** On our sessions: the hash of the configuration that made them. */
export const CONFIG_TAG = 'mirrorwatch:config';
/** On a session made on suspicion: when to delete it, ISO 8601. */
export const UNTIL_TAG = 'mirrorwatch:until';
/** On a session made on suspicion: the id of the GuardDuty finding. */
export const GUARDDUTY_TAG = 'mirrorwatch:guardduty';
