/** Replays the calls on a security group: which rules records show, since when they open it to the world, and who closed it. */

import { groupBy } from '../../collections.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { AllowedPorts } from '../calls/watch-policy.ts';
import type { GroupChange } from './group-changes.ts';
import { doorKey, type Openness, openToWorld } from './open-to-world.ts';
import { type Doubt, inOrder } from './same-second.ts';
import { doorOf, ingressRuleOf, isWithin, keyOf, type ShownRule, sharesOf } from './shown-rule.ts';

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
  readonly doubts: readonly Doubt[];
}

interface Replay {
  readonly allowed: readonly AllowedPorts[];
  readonly rules: Map<string, ShownRule>;
  /** Ids of rules that let nobody in: a rule is of one direction for ever, so that later calls tell it too. */
  readonly egress: ReadonlySet<string>;
  readonly doubts: Doubt[];
  /** True from the group's creation on: what no record shows is not there. */
  isKnown: boolean;
}

/** Replays changes of one group, given oldest first. What was there before them is not known. */
export function replayGroup(changes: readonly GroupChange[], allowed: readonly AllowedPorts[]): ShownGroup {
  const replay: Replay = { allowed, rules: new Map(), egress: egressIn(changes), doubts: [], isKnown: false };
  let [since, closedBy, deletedBy]: [Date?, Evidence?, Evidence?] = [];
  let opening: readonly string[] = [];
  // CloudTrail's times are in whole seconds.
  for (const together of groupBy(changes, ({ eventTime }) => eventTime.getTime()).values()) {
    const ordered = inOrder(together, replay);
    replay.doubts.push(...ordered.doubts);
    for (const one of ordered.changes) {
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

function egressIn(changes: readonly GroupChange[]): ReadonlySet<string> {
  return new Set(
    changes.flatMap(({ change }) => (change.kind === 'egress-rules-named' ? change.securityGroupRuleIds : [])),
  );
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

/** Of rules whose direction is not known, there may be one of the same content for each direction. */
function unsureKey(key: string, { securityGroupRuleId }: RecordedPermission): string {
  return `${key} of ${securityGroupRuleId}`;
}

/** A rule that is removed was an ingress rule: if none of its content is known to be, it is the one whose direction was not known. */
function remove(permission: RecordedPermission, rules: Map<string, ShownRule>): void {
  const removed = keyOf(permission);
  if (rules.delete(removed)) return;
  for (const [key, rule] of rules) if (!rule.isIngress && keyOf(rule.permission) === removed) rules.delete(key);
}

function apply({ change, eventTime: at, evidence }: GroupChange, replay: Replay): void {
  const { rules, egress, doubts, allowed } = replay;
  const { eventName } = evidence;
  const show = (permission: RecordedPermission, isIngress: boolean, by: Evidence = evidence): void => {
    const key = keyOf(permission);
    // EC2 refuses a second ingress rule of the same content, so this one is for egress.
    if (!isIngress && rules.has(key)) return;
    const shown = { permission, evidence: by, isIngress, shares: sharesOf(permission, allowed) };
    rules.set(isIngress ? key : unsureKey(key, permission), shown);
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
      for (const permission of change.permissions) remove(permission, rules);
      for (const id of change.unknownRuleIds) take(id);
      return;
    case 'permissions-replaced':
      for (const permission of change.permissions) {
        const { securityGroupRuleId: id } = permission;
        if (id !== undefined && egress.has(id)) continue;
        const before = take(id);
        // Who lets nobody else in opens nothing.
        const by = before !== undefined && isWithin(permission, before.permission) ? before.evidence : evidence;
        show(permission, before?.isIngress === true, by);
      }
      return;
    case 'egress-rules-named':
      return;
    case 'group-created':
      replay.isKnown = true;
      return;
    case 'group-deleted':
      rules.clear();
      return;
    case 'opaque':
      doubts.push({ at, why: `the record of ${eventName} ${change.lacks}` });
      return;
  }
}
