/** What the selector is told: which sources go to which targets through which filter, for one account and region. */

/** A target as configured. */
export interface TargetEntry {
  readonly id: string;
  /** Replaces AWS's limit of sources per target, in either direction. */
  readonly maxSources?: number | undefined;
  /** For targets without a cap: utilisation is sources / (100 × weight). @default 1 */
  readonly weight?: number | undefined;
}

/** Where a matching source goes. `targetIds` empty means the policy's `targets` list. */
export interface RuleDestination {
  readonly filterId: string;
  readonly targetIds: readonly string[];
  /** Where sensors may be launched on demand when no target of the rule has room; absent means never. */
  readonly onDemand?: SensorLaunch | undefined;
}

/** How a sensor is launched on demand: the rule's own AMI, type, groups and (optionally) subnet. */
export interface SensorLaunch {
  readonly imageId: string;
  readonly instanceType: string;
  readonly securityGroupIds: readonly string[];
  /** The source's own subnet when absent. */
  readonly subnetId?: string | undefined;
  /** The most launches for the rule in one run. @default 3 */
  readonly maxPerRun: number;
  /** Tags of the instance beside ours, such as a tag policy requires them. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

/** A tag that a source must carry; without `value` any value will do. Values are compared as strings. */
export interface TagMatch {
  readonly key: string;
  readonly value?: string | undefined;
}

/** The source automation's rules: tags come before subnets, subnets before VPCs; within a kind the first that matches. */
export interface MirrorRules {
  readonly tags: readonly (RuleDestination & {
    readonly tagList: readonly TagMatch[];
    readonly match: 'all' | 'any';
  })[];
  readonly subnets: readonly (RuleDestination & { readonly subnetId: string })[];
  readonly vpcs: readonly (RuleDestination & { readonly vpcId: string })[];
}

/** The mirroring policy of one account and region, overrides already applied. */
export interface MirrorPolicy {
  readonly mode: 'plan' | 'apply';
  readonly filterId: string;
  readonly targets: readonly TargetEntry[];
  /** True forbids a target outside the source's zone; false prefers the zone. @default false */
  readonly localZoneOnly: boolean;
  readonly interfaces: 'all' | 'primary';
  /** Whether candidates with an unknown check may serve when no other does. @default 'refuse' */
  readonly onUnknown: 'refuse' | 'try';
  readonly sessionNumber: number;
  readonly fargate: boolean;
  /** What the source subnet's egress ACL counts for: AWS documents nothing. @default 'warn' */
  readonly sourceEgressAcl: 'warn' | 'enforce' | 'ignore';
  /** Sources whose instance or interface carries any of these are exempt. */
  readonly excludeTags: readonly TagMatch[];
  readonly rules?: MirrorRules | undefined;
  /** Account ids whose targets and sessions are ours, besides the account itself. */
  readonly trustedOwners: readonly string[];
  /** Hash of the configuration, for the session's `mirrorwatch:config` tag. */
  readonly configHash: string;
  /** Whether deletions of our own orphan and duplicate sessions are applied, not only proposed. @default false */
  readonly cleanup: boolean;
  /** Where a suspected instance or task goes, and for how long; see GuardDuty. */
  readonly onSuspicion?: { readonly filterId: string; readonly targetIds: readonly string[]; readonly hours: number };
}

/** Tags our sessions carry. */
export const MANAGED_TAG = 'mirrorwatch:managed';
export const CONFIG_TAG = 'mirrorwatch:config';
/** On a session that was made on suspicion: when it is to be taken away, ISO 8601. */
export const UNTIL_TAG = 'mirrorwatch:until';
/** On such a session: the id of the GuardDuty finding. */
export const GUARDDUTY_TAG = 'mirrorwatch:guardduty';
