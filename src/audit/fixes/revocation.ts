/** The command that closes a security group: revokes the rules that open it to the world. */

import { plural, uniqueBy } from '../../collections.ts';
import type { SecurityGroupRule } from '../../inventory/security-group.ts';
import type { AllowedPorts } from '../calls/watch-policy.ts';
import { doorKey, type OpenDoor, type Opening, packetsOf } from '../open-groups/open-to-world.ts';
import { listed, portsInWords } from '../open-groups/words.ts';
import { type Command, command, fixBy, fixInWords } from './command.ts';

/** A group and what is known of it. */
export interface OpenGroup {
  readonly groupId: string;
  readonly region: string;
  readonly open: readonly Opening[];
  readonly allowed: readonly AllowedPorts[];
  /** The group's rules with their ids; undefined if they were not read. */
  readonly rules: readonly SecurityGroupRule[] | undefined;
}

/** Rules in one command: more than a person checks, and short enough for a line. */
const MOST_RULES = 20;

/**
 * Revokes every rule that takes part: by the rules' ids where all are known, else by their content. In words where a rule opens more than
 * has to be closed, so that people add again what they need.
 */
export function revocationFix({ groupId, region, open, allowed, rules }: OpenGroup): string {
  const doors = uniqueBy(
    open.flatMap((each) => each.doors),
    doorKey,
  );
  const some = doors.slice(0, MOST_RULES);
  const ids = some.map((door) => idOf(door, rules));
  const named = ids.flatMap((id) => id ?? []);
  const revoked: Command = command('aws ec2 revoke-security-group-ingress', [
    ['--region', region],
    ['--group-id', groupId],
    named.length === some.length
      ? ['--security-group-rule-ids', JSON.stringify(named)]
      : ['--ip-permissions', JSON.stringify(some.map(permissionOf))],
  ]);
  const left = doors.length - some.length;
  const cautions = [
    ...cautionsAbout(some, allowed),
    ...(left > 0
      ? [`${plural(left, 'more rule is', 'more rules are')} open and ${left === 1 ? 'needs' : 'need'} another command`]
      : []),
  ];
  if (cautions.length === 0) return fixBy([revoked]);
  return fixInWords(`No command should be run unseen, as ${cautions.join(', and ')}. This one revokes the rules`, [
    revoked,
  ]);
}

function idOf({ rule, peer }: OpenDoor, rules: readonly SecurityGroupRule[] = []): string | undefined {
  const { protocol, from, to } = packetsOf(rule);
  return rules.find((one) => {
    const packets = packetsOf(one);
    const isSame = packets.protocol === protocol && packets.from === from && packets.to === to;
    return !one.isEgress && isSame && peer === (one.cidrIpv4 ?? one.cidrIpv6 ?? one.prefixListId);
  })?.securityGroupRuleId;
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html */
function permissionOf({ rule: { ipProtocol, fromPort, toPort }, peer, peerKind }: OpenDoor): unknown {
  return {
    IpProtocol: ipProtocol,
    ...(fromPort !== undefined && { FromPort: fromPort }),
    ...(toPort !== undefined && { ToPort: toPort }),
    ...(peerKind === 'cidrIp' && { IpRanges: [{ CidrIp: peer }] }),
    ...(peerKind === 'cidrIpv6' && { Ipv6Ranges: [{ CidrIpv6: peer }] }),
    ...(peerKind === 'prefixListId' && { PrefixListIds: [{ PrefixListId: peer }] }),
  };
}

function cautionsAbout(doors: readonly OpenDoor[], allowed: readonly AllowedPorts[]): readonly string[] {
  const wide = doors.filter(({ protocol, from, to }) =>
    allowed.some(
      (ports) =>
        (protocol === '-1' || protocol === (ports.protocol === 'tcp' ? '6' : '17')) &&
        ports.from <= to &&
        from <= ports.to,
    ),
  );
  const lists = doors.filter(({ peerKind, cidr }) => peerKind === 'prefixListId' && cidr.prefixLength > 0);
  return [
    ...cautionOf(wide, 'also opens ports that may be open'),
    ...cautionOf(lists, 'also serves the other entries of its prefix list'),
  ];
}

function cautionOf(doors: readonly OpenDoor[], what: string): readonly string[] {
  if (doors.length === 0) return [];
  const words = [...new Set(doors.map(portsInWords))];
  return [`the rule for ${listed(words)} ${what}`];
}
