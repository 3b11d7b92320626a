/** The values that a cell may have had before a call whose record lacks them. */

import type { NetworkAclEntry } from '../../inventory/network-acl.ts';
import { ACCEPTED, type Cell, type CellKind, type CellValue, type CellValues, isSame } from '../cells.ts';
import type { AnyEffect, Effect } from '../effects/effect.ts';
import type { History } from '../history.ts';
import { inOtherPlaces, ledElsewhere } from './session-places.ts';

/** What lost values may have been is taken from here. */
export interface PastContext {
  readonly history: History;
  /** The tags that the tag policy requires. */
  readonly requiredKeys: ReadonlySet<string>;
  /** The values that the mirroring policy distinguishes, by tag key. */
  readonly tagValues: ReadonlyMap<string, readonly string[]>;
  /** The targets and filters that the policy names. */
  readonly targetIds: readonly string[];
  readonly filterIds: readonly string[];
  /** More values that a lost one may have been. A cause needs only those that put a resource in order. */
  readonly alsoBefore?: ((effect: AnyEffect, current: CellValue) => readonly CellValue[]) | undefined;
}

/** The value before if a record tells it, else those that it may have been. */
export function knownOrLost<K extends CellKind>(
  effect: Effect<K>,
  current: CellValues[K],
  context: PastContext,
): readonly CellValues[K][] {
  if (effect.before !== undefined) return [effect.before];
  const values = ALTERNATIVES[effect.cell.kind](effect, current, context);
  const more = context.alsoBefore?.(effect as AnyEffect, current) ?? [];
  return more.length === 0 ? values : [...values, ...(more as readonly CellValues[K][])];
}

type Alternatives = {
  readonly [K in CellKind]: (
    effect: Effect<K>,
    current: CellValues[K],
    context: PastContext,
  ) => readonly CellValues[K][];
};

const EVERYTHING = { protocol: '-1', cidrBlock: '0.0.0.0/0' } as const;

/**
 * What a lost value may have been, by kind: always one that makes the call irrelevant (the value now), and those that may have put
 * the resource in order. A value that can't be described (`instance`, `target`, …) has none; such calls are unplaced.
 */
const ALTERNATIVES: Alternatives = {
  tag: tagsBefore,
  state: () => ['running', 'stopped'],
  // One that can be mirrored, and one that can't.
  type: (_, current) => [current, 'm5.large', 't2.micro'],
  groups: ({ cell }, current, context) => [current, [...groupsAround(cell, context)]],
  permission: () => [null, { ipProtocol: '-1', cidrIp: '0.0.0.0/0' }],
  entry: ({ cell }, current) => [current, openEntry(cell.part)],
  acl: ({ cell }, current, context) => otherThan(current, aclsAround(cell, context)),
  table: ({ cell }, current, context) => otherThan(current, [null, ...tablesAround(cell, context)]),
  route: ({ cell }, current, context) => [current, ...routesAround(cell, context)],
  session: (effect, current, context) => [current, ...sessionsBefore(effect, current, context)],
  filterRule: (_, current) => [current, ...openRules(current)],
  filter: ({ cell }) => [null, openFilter(cell.id)],
  instance: (_, current) => [current],
  interface: (_, current) => [current],
  attachment: (_, current) => [current],
  // It led somewhere, and the record of its deletion doesn't say where.
  target: ({ cell }) => [{ trafficMirrorTargetId: cell.id, type: 'unknown', awsType: 'not recorded', tags: [] }],
};

function tagsBefore(
  { cell, operation, onlyIf }: Effect<'tag'>,
  current: CellValues['tag'],
  { tagValues, requiredKeys }: PastContext,
): readonly CellValues['tag'][] {
  if (operation === 'drop' && onlyIf !== undefined) return [current, onlyIf];
  const values = tagValues.get(cell.part) ?? [];
  // A value that the mirroring policy doesn't mention is to it as none.
  const accepted: readonly CellValues['tag'][] = requiredKeys.has(cell.part) ? [ACCEPTED] : [];
  return [current, ...[null, ...accepted, ...values].filter((value) => value !== current)];
}

/** The call changed the value, so it was one of the others. Without others, some are not known of. */
function otherThan<T>(current: T, values: readonly T[]): readonly T[] {
  const others = values.filter((value) => value !== current);
  return others.length > 0 ? others : [current];
}

/** Of an interface: every group of its VPC, which lets through whatever any of them does. */
function groupsAround({ id }: Cell, { history }: PastContext): readonly string[] {
  const vpcId = history.account.networkInterfaces.get(id)?.vpcId;
  return [...history.account.securityGroups.values()]
    .filter((group) => vpcId === undefined || group.vpcId === vpcId)
    .map(({ groupId }) => groupId);
}

function openEntry(part: string): NetworkAclEntry {
  const [direction, number] = part.split(' ');
  return { ruleNumber: Number(number), egress: direction === 'egress', ruleAction: 'allow', ...EVERYTHING };
}

/** Of a subnet: the ACLs of its VPC, and those that were deleted. It had one of them. */
function aclsAround({ id }: Cell, { history }: PastContext): readonly string[] {
  const { account } = history;
  const vpcId = account.subnets.get(id)?.vpcId;
  const inVpc = [...account.networkAcls.values()].filter((acl) => acl.vpcId === vpcId).map((acl) => acl.networkAclId);
  return [...inVpc, ...deletedIds('acl-', history)];
}

function tablesAround({ id }: Cell, { history }: PastContext): readonly string[] {
  const { account } = history;
  const vpcId = account.subnets.get(id)?.vpcId;
  const inVpc = [...account.routeTables.values()].filter((table) => table.vpcId === vpcId).map((it) => it.routeTableId);
  return [...inVpc, ...deletedIds('rtb-', history)];
}

/** The ids of a kind that records name without saying what was done, and that the account doesn't have any more. */
function deletedIds(prefix: 'acl-' | 'rtb-', { unplacedCalls, account }: History): readonly string[] {
  const named = unplacedCalls.flatMap(({ unplaced }) =>
    unplaced.flatMap((one) => (one.lost === 'parameters' ? one.resourceIds : [])),
  );
  const isDeleted = (id: string): boolean =>
    id.startsWith(prefix) && !account.networkAcls.has(id) && !account.routeTables.has(id);
  return [...new Set(named)].filter(isDeleted);
}

/** Of a route: every way out that an active peering or transit gateway offers. */
function routesAround({ part }: Cell, { history: { account } }: PastContext): readonly CellValues['route'][] {
  const { vpcPeeringConnections = [], transitGatewayVpcAttachments = [] } = account.inventory;
  const to = part.startsWith('pl-')
    ? { destinationPrefixListId: part }
    : part.includes(':')
      ? { destinationIpv6CidrBlock: part }
      : { destinationCidrBlock: part };
  const gateways = new Set(transitGatewayVpcAttachments.map(({ transitGatewayId }) => transitGatewayId));
  return [
    ...vpcPeeringConnections.map(({ vpcPeeringConnectionId }) => ({ ...to, vpcPeeringConnectionId })),
    ...[...gateways].map((transitGatewayId) => ({ ...to, transitGatewayId })),
  ];
}

/**
 * Of a session that was changed: to each configured target, through each configured filter, before and after all others on its source,
 * and to a target or through a filter that is not ours; as far as the call changed these.
 */
function sessionsBefore(
  { alter }: Effect<'session'>,
  current: CellValues['session'],
  { targetIds, filterIds }: PastContext,
): readonly CellValues['session'][] {
  if (current === null) return [];
  const configured = targetIds.flatMap((trafficMirrorTargetId) =>
    filterIds.map((trafficMirrorFilterId) => ({ ...current, trafficMirrorTargetId, trafficMirrorFilterId })),
  );
  return [...configured, ...ledElsewhere(current)]
    .flatMap(inOtherPlaces)
    .filter((before) => alter === undefined || isSame('session', alter(before), current));
}

const OPEN_RULE = { ruleNumber: 1, ruleAction: 'accept' } as const;

function openRules(current: CellValues['filterRule']): readonly CellValues['filterRule'][] {
  if (current !== null) return [{ ...current, rule: { ...current.rule, ...OPEN_RULE, protocol: undefined } }];
  return [
    { direction: 'ingress', rule: OPEN_RULE },
    { direction: 'egress', rule: OPEN_RULE },
  ];
}

function openFilter(trafficMirrorFilterId: string): CellValue & CellValues['filter'] {
  const rules = [OPEN_RULE];
  return { trafficMirrorFilterId, ingressFilterRules: rules, egressFilterRules: rules, tags: [] };
}
