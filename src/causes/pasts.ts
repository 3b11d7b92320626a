/** The pasts that a history may have begun with: every call is taken back, newest first, each way it can be. */

import type { NetworkAclEntry } from '../inventory/network-acl.ts';
import { ACCEPTED, type Cell, type CellKind, type CellValue, type CellValues, isSame } from './cells.ts';
import type { AnyEffect, Effect } from './effects/effect.ts';
import type { History, RecordedCall } from './history.ts';
import { cellValue, type Overlay, type ReplayedCall } from './replay.ts';

/** One past that fits the records and the account. */
export interface Past {
  readonly start: Overlay;
  /** The calls with the effects that agree with the account. One that doesn't was overtaken by a change that no record shows. */
  readonly calls: readonly ReplayedCall[];
}

/** The pasts of some calls; `isComplete` is false when there were too many to look at each. */
export interface Pasts {
  readonly pasts: readonly Past[];
  readonly isComplete: boolean;
}

/** What lost values may have been is taken from here. */
export interface PastContext {
  readonly history: History;
  /** The values that the mirroring policy distinguishes, by tag key. */
  readonly tagValues: ReadonlyMap<string, readonly string[]>;
  /** The targets and filters that the policy names. */
  readonly targetIds: readonly string[];
  readonly filterIds: readonly string[];
  /** More values that a lost one may have been. A cause needs only those that put a resource in order. */
  readonly alsoBefore?: ((effect: AnyEffect, current: CellValue) => readonly CellValue[]) | undefined;
}

/** With more pasts than this, the cause is no longer called proven. Each doubles the work. */
const MOST_PASTS = 512;

/** Takes the calls back, newest first. Where a record lacks the value before, there is a past for each value that makes a difference. */
export function pastsOf(calls: readonly RecordedCall[], context: PastContext): Pasts {
  let open: readonly Draft[] = [asItIs()];
  let isComplete = true;
  for (const call of calls.toReversed()) {
    const taken = open.flatMap((past) => withoutCall(call, past, context, (values) => values));
    isComplete &&= taken.length <= MOST_PASTS;
    open = taken.slice(0, MOST_PASTS);
  }
  return { pasts: open, isComplete };
}

/**
 * One past that fits, without trying the others: a lost value stays as it is now, and a lost tag is one that breaks no rule. For an
 * account as it was, whose doubtful answers are found out one by one.
 */
export function pastOf(calls: readonly RecordedCall[], context: PastContext): Past {
  const choose: Choose = (values) => (values.includes(ACCEPTED) ? [ACCEPTED] : values.slice(0, 1));
  return calls.toReversed().reduce((past, call) => withoutCall(call, past, context, choose)[0] ?? past, asItIs());
}

/** A past whose overlay is its own, so that it can be changed in place. */
interface Draft extends Past {
  readonly start: Map<string, CellValue>;
}

function asItIs(): Draft {
  return { start: new Map(), calls: [] };
}

/** Which of the values that a lost one may have been to look at. */
type Choose = (values: readonly CellValue[]) => readonly CellValue[];

interface Taken {
  readonly start: Map<string, CellValue>;
  /** Oldest first. */
  readonly effects: readonly AnyEffect[];
}

/** At most one past more than `MOST_PASTS` for each: that there are too many is then known. */
function withoutCall(
  { index, effects }: RecordedCall,
  { start, calls }: Draft,
  context: PastContext,
  choose: Choose,
): readonly Draft[] {
  let open: readonly Taken[] = [{ start, effects: [] }];
  for (const effect of effects.toReversed())
    open = open.flatMap((taken) => withoutEffect(effect, taken, context, choose)).slice(0, MOST_PASTS + 1);
  return open.map((taken) => ({ start: taken.start, calls: [...asCalls(index, taken.effects), ...calls] }));
}

/** Where an unrecorded change stands among the calls: after the one with this index, and before the next. */
const AFTER = 0.5;

/** The effects of a call, and after it what came after without a record: a call of its own, of which only the place is known. */
function asCalls(index: number, effects: readonly AnyEffect[]): readonly ReplayedCall[] {
  const recorded = effects.filter(({ isUnrecorded }) => isUnrecorded !== true);
  const unrecorded = effects.filter(({ isUnrecorded }) => isUnrecorded === true);
  return [
    // A call of which every effect is idle did nothing in this past.
    ...(recorded.every(({ isIdle }) => isIdle === true) ? [] : [{ index, effects: recorded }]),
    ...(unrecorded.length === 0 ? [] : [{ index: index + AFTER, effects: unrecorded }]),
  ];
}

function withoutEffect(
  effect: AnyEffect,
  { start, effects }: Taken,
  context: PastContext,
  choose: Choose,
): readonly Taken[] {
  const before = valuesBefore(effect, start, context);
  const current = cellValue(effect.cell, start, context.history);
  if (before === undefined) {
    // The account is not as the call left it: something that no record shows came after.
    if (effect.operation === 'alter') return [{ start, effects }];
    const { cell, after } = effect;
    const unrecorded = { cell, operation: 'put', after: current, before: after, isUnrecorded: true } as AnyEffect;
    const earlier = choose(knownOrLost(effect, after, context));
    return earlier.map((value) => ({
      start: (earlier.length === 1 ? start : new Map(start)).set(cell.key, value),
      effects: [effect, unrecorded, ...effects],
    }));
  }
  // Each value once: pasts must not share an overlay.
  const chosen = choose(before).filter(
    (value, index, all) => all.findIndex((other) => isSame<CellKind>(effect.cell.kind, value, other)) === index,
  );
  return chosen.map((value) => {
    if (isSame<CellKind>(effect.cell.kind, value, current)) {
      const idle = effect.cell.kind === 'tag' ? [{ ...effect, isIdle: true } as AnyEffect] : [];
      return { start, effects: [...idle, ...effects] };
    }
    const own = chosen.length === 1 ? start : new Map(start);
    return { start: own.set(effect.cell.key, value), effects: [effect, ...effects] };
  });
}

/** The values that a cell may have had before; undefined when its value now is not the one that the call led to. */
function valuesBefore<K extends CellKind>(
  effect: Effect<K>,
  overlay: Overlay,
  context: PastContext,
): readonly CellValues[K][] | undefined {
  const { cell, operation, after, before, alter } = effect;
  const current = cellValue(cell, overlay, context.history);
  if (operation === 'alter') {
    if (current === null || alter === undefined || !isSame(cell.kind, alter(current), current)) return undefined;
  } else if (operation === 'create') {
    if (current === null || (cell.kind === 'attachment' && !isSame(cell.kind, current, after))) return undefined;
  } else if (operation === 'drop' && effect.onlyIf !== undefined) {
    if (current !== null && (current === effect.onlyIf || before !== undefined)) return undefined;
    // Another value than the named one was there, and stayed.
    if (current !== null) return [current];
  } else if (!isSame(cell.kind, current, after) && !(cell.kind === 'state' && current === null)) {
    return undefined;
  }
  return knownOrLost(effect, current, context);
}

/** The value before if a record tells it, else those that it may have been. */
function knownOrLost<K extends CellKind>(
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
  tag: ({ cell, operation, onlyIf }, current, { tagValues }) =>
    operation === 'drop' && onlyIf !== undefined
      ? [current, onlyIf]
      : [current, ...(current === null ? [] : [null]), ACCEPTED, ...(tagValues.get(cell.part) ?? [])],
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
  target: (_, current) => [current],
};

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

/** Of a session that was changed: to each configured target, through each configured filter, as far as the call changed these. */
function sessionsBefore(
  { alter }: Effect<'session'>,
  current: CellValues['session'],
  { targetIds, filterIds }: PastContext,
): readonly CellValues['session'][] {
  if (current === null) return [];
  return targetIds
    .flatMap((trafficMirrorTargetId) =>
      filterIds.map((trafficMirrorFilterId) => ({ ...current, trafficMirrorTargetId, trafficMirrorFilterId })),
    )
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
