/** What stands behind a security group: the instances and interfaces that it is attached to, those that the internet reaches first. */

import { byText, groupBy, plural } from '../../collections.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';

/** What uses a group, by how exposed it is. Ids are ordered. */
export interface Behind {
  /** Running instances with a public IPv4 address or an IPv6 address on an interface of the group. */
  readonly publicInstanceIds: readonly string[];
  readonly otherRunningInstanceIds: readonly string[];
  /** Instances that do not run, or whose state is not known. */
  readonly otherInstanceIds: readonly string[];
  /** Interfaces of tasks, load balancers and others that belong to no instance. */
  readonly otherInterfaceIds: readonly string[];
}

/** Looks up what uses a group; `unknown` where the interfaces were not read. */
export type BehindOf = (groupId: string) => Behind | 'unknown';

/** Indexes the interfaces of an account by their groups. `partial` looks know only the groups that were asked for. */
export function behindGroups({ networkInterfaces, instances, partial }: Inventory): BehindOf {
  if (networkInterfaces === undefined) return () => 'unknown';
  const byGroup = groupBy(
    networkInterfaces.flatMap((each) => [...new Set(each.groupIds)].map((groupId) => ({ groupId, each }))),
    ({ groupId }) => groupId,
  );
  const states = new Map(instances?.map(({ instanceId, state }) => [instanceId, state]));
  return (groupId) => {
    if (partial !== undefined && partial.securityGroupIds?.includes(groupId) !== true) return 'unknown';
    const own = (byGroup.get(groupId) ?? []).map(({ each }) => each);
    const byInstance = groupBy(own, ({ attachment }) => attachment?.instanceId);
    const found: { readonly id: string; readonly kind: keyof Behind }[] = [];
    for (const [instanceId, interfaces] of byInstance) {
      if (instanceId === undefined)
        found.push(...interfaces.map((each) => ({ id: each.networkInterfaceId, kind: 'otherInterfaceIds' as const })));
      else if (states.get(instanceId) !== 'running') found.push({ id: instanceId, kind: 'otherInstanceIds' });
      else if (interfaces.some(isReachable)) found.push({ id: instanceId, kind: 'publicInstanceIds' });
      else found.push({ id: instanceId, kind: 'otherRunningInstanceIds' });
    }
    const sorted = found.toSorted(byText(({ id }) => id));
    const idsOf = (wanted: keyof Behind): readonly string[] =>
      sorted.flatMap(({ id, kind }) => (kind === wanted ? [id] : []));
    return {
      publicInstanceIds: idsOf('publicInstanceIds'),
      otherRunningInstanceIds: idsOf('otherRunningInstanceIds'),
      otherInstanceIds: idsOf('otherInstanceIds'),
      otherInterfaceIds: idsOf('otherInterfaceIds'),
    };
  };
}

/** EC2 gives IPv6 addresses of the VPC's public range. Whether a route leads there is not looked at. */
function isReachable({ publicIp, ipv6Addresses = [] }: NetworkInterface): boolean {
  return publicIp !== undefined || ipv6Addresses.length > 0;
}

/** Ids that a sentence names of each kind. */
const MOST_NAMED = 3;

/** What stands behind a group, to complete a sentence: `behind it: 2 running instances with public addresses (i-1, i-2)`. */
export function behindInWords(behind: Behind | 'unknown'): string {
  if (behind === 'unknown') return 'what uses it is not known';
  const parts = [
    part(behind.publicInstanceIds, 'running instance', ['with a public address', 'with public addresses']),
    part(behind.otherRunningInstanceIds, 'running instance', ['without a public address', 'without public addresses']),
    part(behind.otherInstanceIds, 'instance', ['that does not run', 'that do not run']),
    part(behind.otherInterfaceIds, 'interface', ['of another kind', 'of other kinds']),
  ].filter((words) => words !== '');
  return parts.length === 0 ? 'nothing uses it now' : `behind it: ${parts.join(', ')}`;
}

function part(ids: readonly string[], noun: string, [one, several]: readonly [string, string]): string {
  if (ids.length === 0) return '';
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  const named = `${ids.slice(0, MOST_NAMED).join(', ')}${more}`;
  return `${plural(ids.length, noun)} ${ids.length === 1 ? one : several} (${named})`;
}
