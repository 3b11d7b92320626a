/** A call of EC2's API in the model: who asked for what and when, with the ids that EC2 would make for it. */

import type { Account, AclEntry, FilterRule, GroupRule, Route, Session, Tags } from './account.ts';
import type { ActorName } from './actors.ts';

export interface LaunchedMachine {
  readonly instanceId: string;
  readonly interfaceId: string;
  readonly attachmentId: string;
  readonly address: string;
}

/** A permission as a request writes it: a rule without an id. */
export type Permission = Omit<GroupRule, 'id' | 'groupId' | 'isEgress'>;

interface InstanceIds {
  readonly instanceIds: readonly string[];
}

interface AuthorizeParams {
  readonly groupId: string;
  /** Each with the id that EC2 makes for it. */
  readonly rules: readonly (Permission & { readonly ruleId: string })[];
  /** Written without `ipPermissions`, with the fields of the only permission beside the group. */
  readonly flat: boolean;
}

interface RevokeParams {
  readonly groupId: string;
  /** By permission, or else by the ids of rules. */
  readonly by: { readonly permissions: readonly Permission[] } | { readonly ruleIds: readonly string[] };
  /** `short` is the answer of earlier years, `{_return: true}`; `full` lists what was revoked and what was not there. */
  readonly answer: 'short' | 'full';
}

/** What each call asks for. Ids of things that the call makes are given, so that a replay makes the same. */
export interface Params {
  readonly RunInstances: {
    readonly machines: readonly LaunchedMachine[];
    readonly subnetId: string;
    readonly type: string;
    readonly groupIds: readonly string[];
    readonly tags: Tags;
    readonly imageId: string;
    readonly reservationId: string;
    readonly launchTime: string;
  };
  readonly CreateTags: { readonly resourceIds: readonly string[]; readonly tags: Tags };
  readonly DeleteTags: {
    readonly resourceIds: readonly string[];
    /** Without `value`, whatever the value; `all` names no tag and removes every one. */
    readonly tags: readonly { readonly key: string; readonly value?: string }[] | 'all';
  };
  readonly StartInstances: InstanceIds;
  readonly StopInstances: InstanceIds;
  readonly TerminateInstances: InstanceIds;
  readonly ModifyInstanceAttribute:
    | { readonly instanceId: string; readonly groupIds: readonly string[] }
    | { readonly instanceId: string; readonly type: string };
  readonly CreateNetworkInterface: {
    readonly interfaceId: string;
    readonly subnetId: string;
    readonly groupIds: readonly string[];
    readonly address: string;
  };
  readonly DeleteNetworkInterface: { readonly interfaceId: string };
  readonly AttachNetworkInterface: {
    readonly interfaceId: string;
    readonly instanceId: string;
    readonly deviceIndex: number;
    readonly attachmentId: string;
  };
  readonly DetachNetworkInterface: { readonly attachmentId: string };
  readonly ModifyNetworkInterfaceAttribute: { readonly interfaceId: string; readonly groupIds: readonly string[] };
  readonly AuthorizeSecurityGroupIngress: AuthorizeParams;
  readonly AuthorizeSecurityGroupEgress: AuthorizeParams;
  readonly RevokeSecurityGroupIngress: RevokeParams;
  readonly RevokeSecurityGroupEgress: RevokeParams;
  readonly ModifySecurityGroupRules: {
    readonly groupId: string;
    readonly rules: readonly (Permission & { readonly ruleId: string })[];
  };
  readonly CreateNetworkAclEntry: AclEntry;
  readonly ReplaceNetworkAclEntry: AclEntry;
  readonly DeleteNetworkAclEntry: Pick<AclEntry, 'aclId' | 'number' | 'egress'>;
  readonly ReplaceNetworkAclAssociation: {
    readonly associationId: string;
    readonly aclId: string;
    readonly newAssociationId: string;
  };
  readonly CreateRoute: Route;
  readonly ReplaceRoute: Route;
  readonly DeleteRoute: Pick<Route, 'tableId' | 'destination'>;
  readonly AssociateRouteTable: {
    readonly tableId: string;
    readonly subnetId: string;
    readonly associationId: string;
  };
  readonly ReplaceRouteTableAssociation: {
    readonly associationId: string;
    readonly tableId: string;
    readonly newAssociationId: string;
  };
  readonly DisassociateRouteTable: { readonly associationId: string };
  readonly CreateTrafficMirrorSession: Session;
  /** Null fields are not named. */
  readonly ModifyTrafficMirrorSession: {
    readonly sessionId: string;
    readonly targetId: string | null;
    readonly filterId: string | null;
    readonly number: number | null;
  };
  readonly DeleteTrafficMirrorSession: { readonly sessionId: string };
  readonly CreateTrafficMirrorTarget: { readonly targetId: string; readonly interfaceId: string };
  readonly DeleteTrafficMirrorTarget: { readonly targetId: string };
  readonly CreateTrafficMirrorFilter: { readonly filterId: string };
  readonly DeleteTrafficMirrorFilter: { readonly filterId: string };
  readonly CreateTrafficMirrorFilterRule: FilterRule;
  /** Null fields are not named. */
  readonly ModifyTrafficMirrorFilterRule: {
    readonly ruleId: string;
    readonly action: FilterRule['action'] | null;
    readonly number: number | null;
  };
  readonly DeleteTrafficMirrorFilterRule: { readonly ruleId: string };
}

export type CallName = keyof Params;

/** One call of one kind. */
export interface CallOf<N extends CallName> {
  readonly eventName: N;
  readonly params: Params[N];
  readonly eventID: string;
  readonly actor: ActorName;
  /** ISO 8601 UTC in whole seconds, as CloudTrail writes it. */
  readonly eventTime: string;
  /** Refused before it is tried: a dry run, or a caller without permission. */
  readonly refused?: 'Client.DryRunOperation' | 'Client.UnauthorizedOperation' | undefined;
  /** True when CloudTrail left out the parameters of the record because they were too long. */
  readonly omitted?: boolean | undefined;
}

/** One call of any kind. */
export type Call = { readonly [N in CallName]: CallOf<N> }[CallName];

/**
 * What a call does: the account after it, the same object when it changed nothing, and what EC2 answers (without `requestId`); or
 * EC2's error code, and then nothing was done.
 */
export type Outcome = { readonly account: Account; readonly response: () => object } | { readonly error: string };

/** One kind of call: its effect, how its request is written, and which things it is about. */
export interface CallKind<P> {
  readonly apply: (account: Account, params: P) => Outcome;
  readonly request: (params: P) => object;
  /** `wrapped` is the newer encoding: XML turned into JSON, inside `…Request` and `…Response`. */
  readonly encoding: 'classic' | 'wrapped';
  /** The ids of the things that the call changes or that own what it changes. It can matter only to what depends on one of them. */
  readonly about: (params: P) => readonly string[];
}

/** An outcome with an effect. `response` is made only where a record is written or compared. */
export function done(account: Account, response: () => object): Outcome {
  return { account, response };
}

export function failed(error: string): Outcome {
  return { error };
}

/** EC2's short answer. */
export const returnTrue = (): object => ({ _return: true });
