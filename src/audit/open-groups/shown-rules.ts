/** Replays the calls on a security group: which rules records show, since when they open it to the world, and who closed it. */

import { groupBy } from '../../collections.ts';
import { cidrOf } from '../../net/cidr.ts';
import type { OpaqueChange } from '../../sighting/changes/change.ts';
import type {
  EgressRulesAdded,
  GroupDeleted,
  PermissionsAdded,
  PermissionsRemoved,
  PermissionsReplaced,
  RecordedPermission,
} from '../../sighting/changes/network.ts';
import type { Evidence, Sighting } from '../../sighting/sighting.ts';
import type { AllowedPorts } from '../calls/watch-policy.ts';
import { doorKey, type IngressRule, isAllowed, type Openness, openToWorld, packetsOf } from './open-to-world.ts';

/** A call with what it changed: of this run, or kept from an earlier one. */
export type GroupCall = Pick<Sighting, 'eventTime' | 'evidence' | 'changes'>;

/** The kinds of changes that concern a group's rules. Of an opaque one, no record says what it changed. */
export type RuleChange =
  | PermissionsAdded
  | PermissionsRemoved
  | PermissionsReplaced
  | EgressRulesAdded
  | GroupDeleted
  | OpaqueChange;

/** One change of a group. */
export interface GroupChange {
  readonly change: RuleChange;
  readonly eventTime: Date;
  readonly evidence: Evidence;
}

/** A rule that a record shows. */
export interface ShownRule {
  readonly permission: RecordedPermission;
  readonly evidence: Evidence;
  /** False where no record says whether it is an ingress rule. */
  readonly isIngress: boolean;
  /** The part of all addresses of IPv4 and of IPv6 that it lets in on ports that are not allowed, from 0 to 1 each. */
  readonly shares: readonly [ipv4: number, ipv6: number];
}

/** What calls on a group show after the last of them. */
export interface ShownGroup {
  readonly rules: readonly ShownRule[];
  readonly openness: Openness;
  /** The call that opened it, if it is open. */
  readonly since: Date | undefined;
  /** The call that closed it, if it was open. */
  readonly closedBy: Evidence | undefined;
  /** Set if the group was deleted, and nothing was done with it after that. */
  readonly deletedBy: Evidence | undefined;
  /** Why the rules may be others than these, each with its time, oldest first. */
  readonly doubts: readonly { readonly at: Date; readonly why: string }[];
}

interface Replay {
  readonly allowed: readonly AllowedPorts[];
  readonly rules: Map<string, ShownRule>;
  /** Ids of rules that let nobody in. */
  readonly egress: Set<string>;
  readonly doubts: { readonly at: Date; readonly why: string }[];
}

/** Replays changes of one group, given oldest first. What was there before them is not known. */
export function replayGroup(changes: readonly GroupChange[], allowed: readonly AllowedPorts[]): ShownGroup {
  const replay: Replay = { allowed, rules: new Map(), egress: new Set(), doubts: [] };
  let [since, closedBy, deletedBy]: [Date?, Evidence?, Evidence?] = [];
  let opening: readonly string[] = [];
  // CloudTrail's times are in whole seconds.
  for (const together of groupBy(changes, ({ eventTime }) => eventTime.getTime()).values()) {
    for (const one of inOrder(together, replay)) {
      apply(one, replay);
      deletedBy = one.change.kind === 'group-deleted' ? one.evidence : undefined;
      opening = openingRules(replay.rules, opening, allowed);
      if (opening.length > 0) since ??= one.eventTime;
      else if (since !== undefined) [since, closedBy] = [undefined, one.evidence];
    }
  }
  const rules = [...replay.rules.values()];
  return { rules, openness: opennessOf(rules, allowed), since, closedBy, deletedBy, doubts: replay.doubts };
}

function opennessOf(rules: readonly ShownRule[], allowed: readonly AllowedPorts[]): Openness {
  return openToWorld(rules.map(ingressRuleOf), () => undefined, allowed);
}

/**
 * The keys of rules that open the group; none if nothing does. Controllers change the rules of a group thousands of times, hence what was
 * found before a call is looked at first, and only what may hold every address is put together.
 */
function openingRules(
  rules: ReadonlyMap<string, ShownRule>,
  before: readonly string[],
  allowed: readonly AllowedPorts[],
): readonly string[] {
  if (before.length > 0 && before.every((key) => rules.has(key))) return before;
  let [ipv4, ipv6] = [0, 0];
  for (const { shares } of rules.values()) [ipv4, ipv6] = [ipv4 + shares[0], ipv6 + shares[1]];
  if (ipv4 < WHOLE && ipv6 < WHOLE) return [];
  const { open } = opennessOf([...rules.values()], allowed);
  const doors = new Set(open.flatMap((opening) => opening.doors.map(doorKey)));
  return [...rules].flatMap(([key, { permission }]) => (doors.has(doorOf(permission)) ? [key] : []));
}

/** The share of all addresses that blocks must have together to hold them all; a little less, as sums are rounded. */
const WHOLE = 0.999;

function sharesOf(permission: RecordedPermission, allowed: readonly AllowedPorts[]): ShownRule['shares'] {
  const cidr = isAllowed(permission, allowed) ? undefined : cidrOf(permission.cidrIp ?? permission.cidrIpv6 ?? '');
  const share = cidr === undefined ? 0 : 2 ** -cidr.prefixLength;
  return cidr?.family === 4 ? [share, 0] : [0, share];
}

/** Identifies the door that a rule is. */
export function doorOf(permission: RecordedPermission): string {
  return doorKey({ rule: permission, peer: peerOf(permission) });
}

/**
 * Changes of the same second, in the order in which EC2 accepts them: it refuses to add a rule that is there, and to remove one that is
 * not. Where no record shows whether the rule was there before, both orders are possible.
 */
function inOrder(changes: readonly GroupChange[], { rules, doubts }: Replay): readonly GroupChange[] {
  if (changes.length < 2) return changes;
  const added = new Set(changes.flatMap(({ change }) => (change.kind === 'permissions-added' ? keysOf(change) : [])));
  const removed = changes.flatMap(({ change }) => (change.kind === 'permissions-removed' ? keysOf(change) : []));
  const both = removed.filter((key) => added.has(key));
  const removalsFirst = both.length > 0 && both.every((key) => rules.has(key));
  const [{ eventTime: at } = { eventTime: new Date(0) }] = changes;
  if (both.length > 0 && !removalsFirst)
    doubts.push({ at, why: `a rule was added and removed in the same second, at ${at.toISOString()}` });
  const rank = ({ change: { kind } }: GroupChange): number => {
    if (kind === 'permissions-removed') return removalsFirst ? 0 : 2;
    return kind === 'group-deleted' ? 3 : 1;
  };
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

function keysOf({ permissions }: { readonly permissions: readonly RecordedPermission[] }): readonly string[] {
  return permissions.map(keyOf);
}

function apply({ change, eventTime: at, evidence }: GroupChange, { rules, egress, doubts, allowed }: Replay): void {
  const { eventName } = evidence;
  const show = (permission: RecordedPermission, isIngress: boolean): void => {
    rules.set(keyOf(permission), { permission, evidence, isIngress, shares: sharesOf(permission, allowed) });
  };
  const take = (id: string | undefined): ShownRule | undefined => {
    const [key, rule] = [...rules].find(([, { permission }]) => permission.securityGroupRuleId === id) ?? [];
    if (id !== undefined && key !== undefined) {
      rules.delete(key);
      return rule;
    }
    // A rule that is shown without its id may be the one.
    if ([...rules.values()].some(({ permission }) => permission.securityGroupRuleId === undefined))
      doubts.push({ at, why: `${eventName} names ${id ?? 'a rule'}, and no record shows which rule that is` });
    return undefined;
  };
  switch (change.kind) {
    case 'permissions-added':
      for (const permission of change.permissions) show(permission, true);
      return;
    case 'permissions-removed':
      for (const key of keysOf(change)) rules.delete(key);
      for (const id of change.unknownRuleIds) take(id);
      return;
    case 'permissions-replaced':
      for (const permission of change.permissions) {
        const { securityGroupRuleId: id } = permission;
        if (id !== undefined && egress.has(id)) continue;
        show(permission, take(id)?.isIngress === true);
      }
      return;
    case 'egress-rules-added':
      for (const id of change.securityGroupRuleIds) egress.add(id);
      return;
    case 'group-deleted':
      rules.clear();
      return;
    case 'opaque':
      doubts.push({ at, why: `the record of ${eventName} ${change.lacks}` });
      return;
  }
}

function ingressRuleOf({ permission }: ShownRule): IngressRule {
  const { ipProtocol, fromPort, toPort, cidrIp, cidrIpv6, prefixListId } = permission;
  const one = (peer: string | undefined): readonly string[] => (peer === undefined ? [] : [peer]);
  const peers = { cidrIps: one(cidrIp), cidrIpv6s: one(cidrIpv6), prefixListIds: one(prefixListId) };
  return { ipProtocol, fromPort, toPort, ...peers };
}

/** Whom a rule lets in, as the record has it: a block, or the id of a prefix list or of another group. */
function peerOf({ cidrIp, cidrIpv6, prefixListId, referencedGroupId }: RecordedPermission): string {
  return cidrIp ?? cidrIpv6 ?? prefixListId ?? referencedGroupId ?? '';
}

/** Two rules of a group with the same key are the same to EC2. */
function keyOf(permission: RecordedPermission): string {
  const { protocol, from, to } = packetsOf(permission);
  return `${protocol} ${from}-${to} ${peerOf(permission)}`;
}
