/** Lost values with which a resource would not have been in order: an account as it was may have been broken where it is not now. */

import type { NetworkAclEntry } from '../../inventory/network-acl.ts';
import type { CellKind, CellValue, CellValues } from '../cells.ts';
import type { AnyEffect, Effect } from '../effects/effect.ts';
import { inOtherPlaces, ledElsewhere } from './session-places.ts';

type Broken = {
  readonly [K in CellKind]: (effect: Effect<K>, current: CellValues[K]) => readonly CellValues[K][];
};

const none = (): readonly never[] => [];
/** No such gateway is in any account. */
const NOWHERE = 'nat-elsewhere';
const CLOSED_RULE = { ruleNumber: 1, ruleAction: 'reject' } as const;

const BROKEN: Broken = {
  groups: () => [[]],
  entry: ({ cell }) => [closedEntry(cell.part)],
  route: ({ cell }) => [routeToNowhere(cell.part)],
  session: ({ alter }, current) =>
    current === null
      ? []
      : ledElsewhere(current)
          .flatMap(inOtherPlaces)
          .filter((before) => alter === undefined || namesTheSame(alter(before), current)),
  filter: ({ cell }) => [{ trafficMirrorFilterId: cell.id, ingressFilterRules: [], egressFilterRules: [], tags: [] }],
  filterRule: (_, current) =>
    current === null
      ? [
          { direction: 'ingress', rule: CLOSED_RULE },
          { direction: 'egress', rule: CLOSED_RULE },
        ]
      : [{ ...current, rule: { ...current.rule, ...CLOSED_RULE, protocol: undefined } }],
  // Their values are told by records, are all tried anyway, or can't be described at all.
  tag: none,
  type: none,
  state: none,
  permission: none,
  acl: none,
  table: none,
  instance: none,
  interface: none,
  attachment: none,
  target: none,
};

/** The values that a lost one may have been besides those that put a resource in order. */
export function brokenBefore(effect: AnyEffect, current: CellValue): readonly CellValue[] {
  // The table has an entry for each kind, which the compiler can't follow through the look-up.
  const broken = BROKEN[effect.cell.kind] as (effect: AnyEffect, current: CellValue) => readonly CellValue[];
  return broken(effect, current);
}

function closedEntry(part: string): NetworkAclEntry {
  const [direction, number] = part.split(' ');
  return {
    ...{ ruleNumber: Number(number), egress: direction === 'egress', ruleAction: 'deny' },
    ...{ protocol: '-1', cidrBlock: '0.0.0.0/0' },
  };
}

function routeToNowhere(destination: string): NonNullable<CellValues['route']> {
  const natGatewayId = NOWHERE;
  if (destination.startsWith('pl-')) return { destinationPrefixListId: destination, natGatewayId };
  return destination.includes(':')
    ? { destinationIpv6CidrBlock: destination, natGatewayId }
    : { destinationCidrBlock: destination, natGatewayId };
}

/** True when the call could have led from another session to this one: it named all that differs. */
function namesTheSame(after: CellValues['session'], current: NonNullable<CellValues['session']>): boolean {
  return (
    after?.trafficMirrorTargetId === current.trafficMirrorTargetId &&
    after.sessionNumber === current.sessionNumber &&
    after.trafficMirrorFilterId === current.trafficMirrorFilterId
  );
}
