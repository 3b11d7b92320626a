/** Which of an account's lists mirroring depends on: those that every look reads, and those that only some routes need. */

import type { Scope } from '../../../inventory/inventory.ts';
import type { Need } from '../../../inventory/load-inventory.ts';
import type { Item, UnfilteredList } from '../describe.ts';
import { readLists, type ScopeReader } from '../scope-reader.ts';
import type { RegionAnswers } from '../to-inventory.ts';

const SLOW_LISTS: readonly UnfilteredList[] = [
  'TrafficMirrorTargets',
  'TrafficMirrorFilters',
  'SecurityGroups',
  'NetworkAcls',
  'Subnets',
];

/** True for the cache's key of a list that every look at an account reads in full. */
export function isSlowList(key: string): boolean {
  return SLOW_LISTS.some((name) => key.endsWith(`:${name}`));
}

/** Lists that decide whether mirrored packets can reach a target in another VPC. */
const CROSS_VPC_LISTS: readonly UnfilteredList[] = ['VpcPeeringConnections', 'TransitGatewayVpcAttachments'];

/**
 * The slow-changing lists and the sessions. If a session points to a target that is not in the cached list, the target is either
 * newer than the list or deleted. Only a fresh list shows which.
 */
export async function readMirrorLists(reader: ScopeReader): Promise<RegionAnswers> {
  const [lists, sessions] = await Promise.all([
    readLists(reader, SLOW_LISTS),
    reader.collect({ TrafficMirrorSessions: reader.ec2.trafficMirrorSessions() }),
  ]);
  const answers: RegionAnswers = { ...lists, ...sessions };
  if (!hasUnknownTarget(answers)) return answers;
  reader.forget('TrafficMirrorTargets');
  return { ...answers, ...(await readLists(reader, ['TrafficMirrorTargets'])) };
}

function hasUnknownTarget({ TrafficMirrorTargets, TrafficMirrorSessions = [] }: RegionAnswers): boolean {
  if (TrafficMirrorTargets === undefined) return false;
  const idOf = (item: Item): unknown => (item as { TrafficMirrorTargetId?: string }).TrafficMirrorTargetId;
  const known = new Set(TrafficMirrorTargets.map(idOf));
  return TrafficMirrorSessions.some((session) => !known.has(idOf(session)));
}

/**
 * The lists that routing depends on. Inside one VPC the local route always works, so only a sweep reads the route tables. With a
 * target in another account all lists are needed: only its owner sees which VPC it is in.
 */
export function routingListsNeeded(
  { accountId }: Scope,
  need: Need,
  answers: readonly RegionAnswers[],
): readonly UnfilteredList[] {
  const targets: readonly { readonly OwnerId?: string }[] = answers.flatMap((each) => each.TrafficMirrorTargets ?? []);
  const located: readonly { readonly VpcId?: string }[] = answers.flatMap((each) => [
    ...(each.NetworkInterfaces ?? []),
    ...(each.LoadBalancers ?? []),
    ...(each.VpcEndpoints ?? []),
  ]);
  const isShared = targets.some(({ OwnerId }) => OwnerId !== undefined && OwnerId !== accountId);
  const hasInterfaces = answers.some(({ NetworkInterfaces }) => NetworkInterfaces !== undefined);
  const isOneVpc = new Set(located.map(({ VpcId }) => VpcId)).size <= 1;
  if (isShared || !hasInterfaces || !isOneVpc) return ['RouteTables', ...CROSS_VPC_LISTS];
  return need.kind === 'all' ? ['RouteTables'] : [];
}
