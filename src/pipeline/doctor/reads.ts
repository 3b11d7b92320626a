/** What `doctor` asks of AWS. Every method only looks: calls that would change something carry DryRun. */

import type { Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorFilter, TrafficMirrorSession, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { LeftOut } from '../../inventory/organization/scopes.ts';
import type { SensorLaunch } from '../../mirror/policy.ts';
import type { Answer } from './line.ts';

/** Who calls. The key is shortened to what identifies it in the console. */
export interface Caller {
  readonly accountId: string;
  readonly arn: string;
  readonly accessKey: string;
}

/** How far AWS's clock is ahead of this machine's, at least and at most, in milliseconds. */
export interface ClockDifference {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Who we are, what time it is, and where we may go. */
export interface IdentityReads {
  caller(): Promise<Answer<Caller>>;
  /** Undefined if no answer had a date. */
  clock(): Promise<Answer<ClockDifference | undefined>>;
  /** `OptInStatus` of a region: `opt-in-not-required`, `opted-in` or `not-opted-in`; undefined for a region that AWS does not know. */
  optInStatus(region: string): Promise<Answer<string | undefined>>;
  /** Assumes the role of an account as the commands do; the value is the caller there. */
  member(accountId: string, access: 'read' | 'write'): Promise<Answer<string>>;
  /** The accounts of the organization that the configuration includes, and what of them is not read. Absent if it names no organization. */
  readonly organization?: (() => Promise<Answer<OrganizationAnswer>>) | undefined;
}

/** What AWS says of an organization. */
export interface OrganizationAnswer {
  readonly accountIds: readonly string[];
  /** How many accounts and regions would be read. */
  readonly scopes: number;
  readonly leftOut: readonly LeftOut[];
}

/** What became of one permission: AWS's word on it, or why there is none. */
export interface Tried {
  /** Such as `ec2:DescribeInstances`. */
  readonly action: string;
  readonly result: 'allowed' | 'denied' | 'unclear';
  /** True if the role of the account could not be assumed, so that the call itself was never made. */
  readonly withoutRole?: boolean | undefined;
  /** AWS's code; with `unclear` the only thing that is known. */
  readonly awsCode?: string | undefined;
  readonly message?: string | undefined;
}

/** The ids with which a change is tried. */
export interface TrialSession {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
}

/** What the credentials may do in an account and region. */
export interface PermissionReads {
  reads(scope: Scope): Promise<readonly Tried[]>;
  /** CreateTrafficMirrorSession with DryRun. */
  createSession(scope: Scope, trial: TrialSession): Promise<Tried>;
  /** DeleteTrafficMirrorSession with DryRun. */
  deleteSession(scope: Scope, trafficMirrorSessionId: string): Promise<Tried>;
  /** RunInstances with DryRun. */
  launchSensor(scope: Scope, launch: SensorLaunch & { readonly subnetId: string }): Promise<Tried>;
}

/** A trail as DescribeTrails shows it. */
export interface TrailSeen {
  readonly trailArn: string;
  readonly name: string;
  readonly homeRegion: string;
  readonly s3BucketName: string;
  readonly s3KeyPrefix?: string | undefined;
  readonly snsTopicArn?: string | undefined;
  readonly isMultiRegion: boolean;
  readonly isOrganization: boolean;
  readonly validatesLogFiles: boolean;
}

/** A trail's status as GetTrailStatus shows it. Errors are empty where there is none. */
export interface TrailStatus {
  readonly isLogging: boolean;
  readonly latestDeliveryTime?: Date | undefined;
  readonly latestDeliveryError: string;
  readonly latestDigestDeliveryTime?: Date | undefined;
  readonly latestDigestDeliveryError: string;
  readonly latestNotificationTime?: Date | undefined;
  readonly latestNotificationError: string;
}

/** Which management events a trail records: `writes` are what we need. */
export interface TrailEvents {
  readonly writes: 'all' | 'none' | 'some';
}

/** What became of reading one log file in a bucket. */
export type BucketLook = 'empty' | 'readable';

/** Trails and what they write. */
export interface TrailReads {
  /** The trails that record in a region, those of other regions and of the organisation among them. */
  trails(region: string): Promise<Answer<readonly TrailSeen[]>>;
  status(trail: TrailSeen): Promise<Answer<TrailStatus>>;
  events(trail: TrailSeen): Promise<Answer<TrailEvents>>;
  /** Reads the first byte of one object below the prefix. The fault's operation says which of the two calls failed. */
  bucket(name: string, prefix: string): Promise<Answer<BucketLook>>;
}

/** Attributes of a queue, a topic or a subscription, under AWS's names. */
export type Attributes = Readonly<Record<string, string>>;

/** A subscription of a topic. */
export interface Subscription {
  /** `PendingConfirmation` until it is confirmed. */
  readonly subscriptionArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** What brings deliveries, takes mail and keeps the history. */
export interface DeliveryReads {
  queue(url: string): Promise<Answer<Attributes>>;
  topic(arn: string): Promise<Answer<Attributes>>;
  subscriptions(topicArn: string): Promise<Answer<readonly Subscription[]>>;
  subscription(arn: string): Promise<Answer<Attributes>>;
  /** The keys of a table, `pk:HASH`, as far as it can be described, after a query of it that finds nothing. */
  table(name: string): Promise<Answer<{ readonly status?: string; readonly keys?: readonly string[] }>>;
}

/** What is behind a target or at a source. */
export interface InterfaceSeen {
  readonly networkInterfaceId: string;
  /** `in-use`, `available`, … */
  readonly status: string;
  readonly subnetId?: string | undefined;
  readonly instanceId?: string | undefined;
  /** Of its instance; absent if it has none or it could not be read. */
  readonly instanceState?: string | undefined;
  readonly instanceType?: string | undefined;
}

/** The parts of Traffic Mirroring in an account and region. */
export interface MirrorReads {
  filters(scope: Scope): Promise<Answer<readonly TrafficMirrorFilter[]>>;
  targets(scope: Scope): Promise<Answer<readonly TrafficMirrorTarget[]>>;
  sessions(scope: Scope): Promise<Answer<readonly TrafficMirrorSession[]>>;
  /** Interfaces by their ids. Those that do not exist are absent. */
  interfaces(scope: Scope, ids: readonly string[]): Promise<Answer<readonly InterfaceSeen[]>>;
  /** A few interfaces that are in use, to try a change with. */
  someInterfaces(scope: Scope): Promise<Answer<readonly InterfaceSeen[]>>;
}

/** Everything that `doctor` asks. */
export interface DoctorReads {
  readonly identity: IdentityReads;
  readonly permissions: PermissionReads;
  readonly trails: TrailReads;
  readonly delivery: DeliveryReads;
  readonly mirroring: MirrorReads;
}
