/** Which ports are open, and which of them may be. */

import { authorized, type GroupRule, rule } from '../../../support/group-calls.ts';
import { ALL, GROUP, isOpen, NOTHING, type Row } from './row.ts';

const with_ = (...rules: readonly GroupRule[]) => [authorized(1, GROUP, rules)];
const open = (ports: string) => isOpen([`${ports} from 0.0.0.0/0`]);
const EVERYTHING = open('all');
const allowed = (...allowedPorts: readonly unknown[]) => ({ allowedPorts });

export const PORTS: readonly Row[] = [
  { name: 'every protocol', records: with_(rule('-1', undefined, ALL)), expected: EVERYTHING },
  { name: 'every protocol, with ports of -1', records: with_(rule('-1', [-1, -1], ALL)), expected: EVERYTHING },
  {
    name: 'every protocol: a port that is written counts for nothing',
    records: with_(rule('-1', 443, ALL)),
    policy: allowed(443),
    expected: EVERYTHING,
  },
  {
    name: 'every protocol is more than any allowed port',
    records: with_(rule('-1', undefined, ALL)),
    policy: allowed(80, 443),
    expected: EVERYTHING,
  },
  { name: 'every TCP port', records: with_(rule('tcp', [0, 65_535], ALL)), expected: open('tcp/0-65535') },
  { name: 'TCP ports of -1 are all', records: with_(rule('tcp', [-1, -1], ALL)), expected: open('tcp/0-65535') },
  { name: 'TCP port 0', records: with_(rule('tcp', 0, ALL)), expected: open('tcp/0') },
  { name: 'TCP port 65535', records: with_(rule('tcp', 65_535, ALL)), expected: open('tcp/65535') },
  { name: 'protocol 6 is TCP', records: with_(rule('6', 22, ALL)), expected: open('tcp/22') },
  { name: 'protocol 17 is UDP', records: with_(rule('17', 53, ALL)), expected: open('udp/53') },
  { name: 'a protocol in capitals', records: with_(rule('TCP', 22, ALL)), expected: open('tcp/22') },
  { name: 'every ICMP message', records: with_(rule('icmp', [-1, -1], ALL)), expected: open('icmp') },
  { name: 'ICMP echo requests', records: with_(rule('icmp', [8, -1], ALL)), expected: open('icmp') },
  { name: 'protocol 1 is ICMP', records: with_(rule('1', [-1, -1], ALL)), expected: open('icmp') },
  { name: 'ICMPv6', records: with_(rule('icmpv6', [-1, -1], '::/0')), expected: isOpen(['icmpv6 from ::/0']) },
  {
    name: 'protocol 58 is ICMPv6',
    records: with_(rule('58', [-1, -1], '::/0')),
    expected: isOpen(['icmpv6 from ::/0']),
  },
  { name: 'ESP, which has no ports', records: with_(rule('50', undefined, ALL)), expected: open('50') },
  {
    name: "ICMP's type 8 is no port 8",
    records: with_(rule('icmp', [8, -1], ALL)),
    policy: allowed(8),
    expected: open('icmp'),
  },
  { name: 'an allowed port', records: with_(rule('tcp', 443, ALL)), policy: allowed(443), expected: NOTHING },
  {
    name: 'an allowed port by the number of the protocol',
    records: with_(rule('6', 443, ALL)),
    policy: allowed(443),
    expected: NOTHING,
  },
  {
    name: 'an allowed port for IPv6',
    records: with_(rule('tcp', 443, '::/0')),
    policy: allowed(443),
    expected: NOTHING,
  },
  { name: 'port 0, allowed', records: with_(rule('tcp', 0, ALL)), policy: allowed(0), expected: NOTHING },
  {
    name: 'UDP on a port that is allowed for TCP',
    records: with_(rule('udp', 443, ALL)),
    policy: allowed(443),
    expected: open('udp/443'),
  },
  { name: 'UDP, allowed', records: with_(rule('udp', 443, ALL)), policy: allowed('udp/443'), expected: NOTHING },
  {
    name: 'UDP by its number, allowed',
    records: with_(rule('17', 443, ALL)),
    policy: allowed('udp/443'),
    expected: NOTHING,
  },
  {
    name: 'TCP on a port that is allowed for UDP',
    records: with_(rule('tcp', 443, ALL)),
    policy: allowed('udp/443'),
    expected: open('tcp/443'),
  },
  {
    name: 'an allowed range',
    records: with_(rule('tcp', [8000, 8100], ALL)),
    policy: allowed('8000-8100'),
    expected: NOTHING,
  },
  {
    name: 'an allowed range, and a port above it',
    records: with_(rule('tcp', [8000, 8101], ALL)),
    policy: allowed('8000-8100'),
    expected: open('tcp/8101'),
  },
  {
    name: 'an allowed range, and a port below it',
    records: with_(rule('tcp', [7999, 8100], ALL)),
    policy: allowed('8000-8100'),
    expected: open('tcp/7999'),
  },
  {
    name: 'a range with two allowed ports at its ends',
    records: with_(rule('tcp', [80, 443], ALL)),
    policy: allowed(80, 443),
    expected: open('tcp/81-442'),
  },
  {
    name: 'a range with an allowed port within',
    records: with_(rule('tcp', [20, 25], ALL)),
    policy: allowed(22),
    expected: isOpen(['tcp/20-21 from 0.0.0.0/0', 'tcp/23-25 from 0.0.0.0/0']),
  },
  {
    name: 'allowed ports that adjoin',
    records: with_(rule('tcp', [80, 90], ALL)),
    policy: allowed(80, '81-85', '86-90'),
    expected: NOTHING,
  },
  {
    name: 'every port, where every port is allowed',
    records: with_(rule('tcp', [0, 65_535], ALL)),
    policy: allowed('0-65535'),
    expected: NOTHING,
  },
  {
    name: 'an allowed port and another',
    records: with_(rule('tcp', 443, ALL), rule('tcp', 22, ALL)),
    policy: allowed(443),
    expected: open('tcp/22'),
  },
  {
    name: 'halves on an allowed port',
    records: with_(rule('tcp', 443, '0.0.0.0/1'), rule('tcp', 443, '128.0.0.0/1')),
    policy: allowed(443),
    expected: NOTHING,
  },
  {
    name: 'two calls that open ports which overlap',
    records: [
      authorized(1, GROUP, [rule('tcp', [20, 25], ALL)]),
      authorized(2, GROUP, [rule('tcp', [22, 30], ALL)], { by: 'erin' }),
    ],
    expected: { open: [{ group: GROUP, since: 1, by: ['dana', 'erin'] }] },
  },
  {
    name: 'a group that may be open',
    records: with_(rule('tcp', 22, ALL)),
    policy: { exceptGroups: [GROUP] },
    expected: NOTHING,
  },
  {
    name: 'another group that may be open',
    records: with_(rule('tcp', 22, ALL)),
    policy: { exceptGroups: ['sg-0a1b2c3d4e5f60009'] },
    expected: open('tcp/22'),
  },
];
