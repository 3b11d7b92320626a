/** Reads what the rule about security groups needs besides the instances: the groups, and what uses those that are judged. */

import { isNamed } from '../../audit/open-groups/judge-groups.ts';
import { uniqueBy } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { LoadOptions, Need } from '../../inventory/load-inventory.ts';
import type { Item } from './describe.ts';
import type { ScopeReader } from './scope-reader.ts';
import { type RegionAnswers, toInventory } from './to-inventory.ts';

/** The groups that are judged, as `LoadOptions` names them. */
export type JudgedGroups = NonNullable<LoadOptions['groups']>;

/** The answers with what uses the judged groups, and the ids of these. */
export interface GroupUsers {
  readonly answers: RegionAnswers;
  readonly securityGroupIds: readonly string[];
}

/** The groups, and for the complete account the interfaces that use them. */
export function readGroupLists({ ec2, cached, collect }: ScopeReader, need: Need): Promise<RegionAnswers> {
  const SecurityGroups = cached('SecurityGroups', () => ec2.list('SecurityGroups'));
  if (need.kind === 'some') return collect({ SecurityGroups });
  return collect({ SecurityGroups, NetworkInterfaces: ec2.networkInterfaces() });
}

/**
 * Adds the interfaces of the judged groups and their instances to what was read. Makes no call where the account was read completely, and
 * none for a group by itself: they are all asked for together.
 */
export async function readGroupUsers(
  { scope, ec2, collect }: ScopeReader,
  need: Need,
  groups: JudgedGroups,
  read: RegionAnswers,
): Promise<GroupUsers> {
  const { SecurityGroups, NetworkInterfaces = [], Reservations = [] } = read;
  if (need.kind === 'all' || SecurityGroups === undefined || groups.length === 0)
    return { answers: {}, securityGroupIds: [] };
  const names = new Set(groups === 'all' ? [] : groups);
  const { securityGroups = [] } = toInventory(scope, { SecurityGroups });
  const judged = securityGroups.filter((group) => groups === 'all' || isNamed(group, names));
  const securityGroupIds = judged.map(({ groupId }) => groupId);
  const found = await collect({
    NetworkInterfaces: ec2.networkInterfaces({ name: 'group-id', values: securityGroupIds }),
  });
  // Refused: what uses the groups is unknown.
  if (found.NetworkInterfaces === undefined) return { answers: {}, securityGroupIds: [] };
  const known = new Set(Reservations.flatMap(instancesOf));
  const missing = found.NetworkInterfaces.flatMap(instanceOf).filter((id) => !known.has(id));
  const instances = await collect({ Reservations: ec2.reservations({ name: 'instance-id', values: missing }) });
  return {
    answers: {
      NetworkInterfaces: uniqueBy([...NetworkInterfaces, ...found.NetworkInterfaces], idOf),
      ...(instances.Reservations && { Reservations: [...Reservations, ...instances.Reservations] }),
    },
    securityGroupIds,
  };
}

/** The inventory, which says of which groups everything that uses them was read. */
export function withGroups(inventory: Inventory, need: Need, { securityGroupIds }: GroupUsers): Inventory {
  if (need.kind === 'all' || securityGroupIds.length === 0) return inventory;
  const { instanceIds, networkInterfaceIds } = need;
  return { ...inventory, partial: { instanceIds, networkInterfaceIds, securityGroupIds } };
}

function idOf(item: Item): string | undefined {
  return (item as { NetworkInterfaceId?: string }).NetworkInterfaceId;
}

function instanceOf(item: Item): readonly string[] {
  const { Attachment } = item as { Attachment?: { InstanceId?: string } };
  return Attachment?.InstanceId === undefined ? [] : [Attachment.InstanceId];
}

function instancesOf(item: Item): readonly string[] {
  const { Instances = [] } = item as { Instances?: readonly { InstanceId?: string }[] };
  return Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
}
