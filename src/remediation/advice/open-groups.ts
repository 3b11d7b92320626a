/** Which security group rule would let a dead session's packets in, proven by judging the account with that rule. */

import { type Command, command, fixBy } from '../../audit/fixes/command.ts';
import type { MirroredResource } from '../../audit/mirrored-resource.ts';
import { groupBy } from '../../collections.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import type { IpPermission, SecurityGroup } from '../../inventory/security-group.ts';
import { type AccountIndex, indexAccount } from '../../mirror/account-index.ts';
import { verdictOf } from '../../mirror/coverage.ts';
import type { Verdict } from '../../mirror/verdict.ts';

/** The port of VXLAN, which carries mirrored packets. @see https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html */
const VXLAN = 4789;

/** A source whose session a security group stops, and the group that would have to let it in. */
interface Stopped {
  readonly resourceId: string;
  readonly source: NetworkInterface;
  readonly groupId: string;
  readonly cidr: string;
}

/**
 * The commands, by resource, for resources whose dead sessions all work once their target's security group allows the source's address:
 * nothing else stops them. The account is judged once with all of these rules.
 */
export function openingsFor(
  resources: readonly MirroredResource[],
  account: AccountIndex,
): ReadonlyMap<string, string> {
  const commands = new Map<string, string>();
  const dead = resources.flatMap(({ resourceId, interfaces }) => {
    const ineffective = interfaces.filter(({ verdict }) => verdict.kind === 'ineffective');
    const stopped = ineffective.flatMap(({ networkInterface, verdict }) =>
      stoppedBy(resourceId, networkInterface, verdict, account),
    );
    return stopped.length > 0 && stopped.length === ineffective.length ? [stopped] : [];
  });
  if (dead.length === 0) return commands;
  const opened = accountWith(dead.flat(), account);
  for (const stopped of dead) {
    if (stopped.every(({ source }) => verdictOf(source, opened).kind === 'mirrored'))
      commands.set(stopped[0]?.resourceId ?? '', fixBy(stopped.map((one) => openingOf(one, account))));
  }
  return commands;
}

function stoppedBy(
  resourceId: string,
  source: NetworkInterface,
  verdict: Verdict,
  account: AccountIndex,
): readonly Stopped[] {
  if (verdict.kind !== 'ineffective' || verdict.code !== 'BLOCKED_SG') return [];
  const groupId = groupsOf(verdict.trafficMirrorTargetId, account).find(
    (id) => typeof account.securityGroup(id) === 'object',
  );
  const { privateIpAddress } = source;
  if (groupId === undefined || privateIpAddress === undefined) return [];
  return [{ resourceId, source, groupId, cidr: `${privateIpAddress}/32` }];
}

/** The security groups in front of a target: those of its interface or its load balancer. */
function groupsOf(trafficMirrorTargetId: string, account: AccountIndex): readonly string[] {
  const target = account.trafficMirrorTarget(trafficMirrorTargetId);
  if (typeof target !== 'object') return [];
  switch (target.type) {
    case 'network-interface': {
      const sensor = account.networkInterface(target.networkInterfaceId);
      return typeof sensor === 'object' ? sensor.groupIds : [];
    }
    case 'network-load-balancer': {
      const balancer = account.loadBalancer(target.networkLoadBalancerArn);
      return typeof balancer === 'object' ? (balancer.securityGroupIds ?? []) : [];
    }
    case 'gateway-load-balancer-endpoint':
    case 'unknown':
      return [];
  }
}

function accountWith(
  stopped: readonly Stopped[],
  { inventory, policy, unsupported, compiled }: AccountIndex,
): AccountIndex {
  const stoppedBy = groupBy(stopped, ({ groupId }) => groupId);
  const securityGroups = inventory.securityGroups?.map((group): SecurityGroup => {
    const own = stoppedBy.get(group.groupId);
    return own === undefined ? group : { ...group, ipPermissions: [...group.ipPermissions, ...own.map(permissionFor)] };
  });
  return indexAccount({ ...inventory, securityGroups }, policy, { unsupported, compiled });
}

function permissionFor({ cidr }: Stopped): IpPermission {
  return {
    ipProtocol: 'udp',
    fromPort: VXLAN,
    toPort: VXLAN,
    cidrIps: [cidr],
    cidrIpv6s: [],
    prefixListIds: [],
    userIdGroupPairs: [],
  };
}

function openingOf({ groupId, cidr }: Stopped, { inventory: { region } }: AccountIndex): Command {
  return command('aws ec2 authorize-security-group-ingress', [
    ['--region', region],
    ['--group-id', groupId],
    ['--protocol', 'udp'],
    ['--port', String(VXLAN)],
    ['--cidr', cidr],
  ]);
}
