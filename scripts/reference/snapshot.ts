/** The reference of the snapshot file: its lists, what prints each, and one item of each from the example account. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIST_FORMS, type ListForm, unreadOf } from '../../src/inventory/snapshot-lists.ts';
import { code, table } from './markdown.ts';

/** The commands of the AWS CLI whose output holds each list, or from which it is put together. */
const PRINTED_BY: Readonly<Record<string, string>> = {
  Reservations: 'aws ec2 describe-instances',
  NetworkInterfaces: 'aws ec2 describe-network-interfaces',
  SecurityGroups: 'aws ec2 describe-security-groups',
  SecurityGroupRules: 'aws ec2 describe-security-group-rules',
  NetworkAcls: 'aws ec2 describe-network-acls',
  Subnets: 'aws ec2 describe-subnets',
  RouteTables: 'aws ec2 describe-route-tables',
  VpcPeeringConnections: 'aws ec2 describe-vpc-peering-connections',
  TransitGatewayVpcAttachments: 'aws ec2 describe-transit-gateway-vpc-attachments',
  PrefixLists: 'aws ec2 get-managed-prefix-list-entries',
  TrafficMirrorTargets: 'aws ec2 describe-traffic-mirror-targets',
  TrafficMirrorFilters: 'aws ec2 describe-traffic-mirror-filters',
  TrafficMirrorSessions: 'aws ec2 describe-traffic-mirror-sessions',
  LoadBalancers: 'aws elbv2 describe-load-balancers',
  Listeners: 'aws elbv2 describe-listeners',
  VpcEndpoints: 'aws ec2 describe-vpc-endpoints',
  Metrics: 'aws cloudwatch get-metric-data',
};

const NEEDED_FOR = {
  unread: 'verdicts',
  unreadForCauses: 'only the search for causes',
  unreadForHealth: 'only whether packets are mirrored',
} as const;

const IF_UNREADABLE: Readonly<Record<ListForm<unknown>['onUnreadable'], string>> = {
  keep: 'the other items count',
  drop: 'the whole list counts as unread',
  skip: 'nothing is said about its instance',
};

/** The table of lists, and an item of each list that the example account has. Throws for a list that no command is known to print. */
export function snapshotReference(root: string): string {
  const lists = LIST_FORMS.map(([name, { key, onUnreadable }]) => [key, onUnreadable, unreadOf(name)] as const);
  const rows = [['Reservations', 'keep', 'unread'] as const, ...lists].map(([key, onUnreadable, use]) => {
    const command = PRINTED_BY[key];
    if (command === undefined) throw new Error(`${key}: no command of the AWS CLI is given that prints it`);
    return [code(key), code(command), NEEDED_FOR[use], IF_UNREADABLE[onUnreadable]];
  });
  const { regions } = JSON.parse(readFileSync(resolve(root, 'examples/account.json'), 'utf8')) as {
    readonly regions: readonly Readonly<Record<string, readonly unknown[]>>[];
  };
  const items = [['Reservations'] as const, ...lists].flatMap(([key]) => {
    const [item] = regions[0]?.[key] ?? [];
    return item === undefined ? [] : [`### ${key}\n\n\`\`\`json\n${jsonOf(item)}\n\`\`\`\n`];
  });
  return `${table(['list', 'is printed by', 'needed for', 'if an item cannot be read'], rows)}\n## One item of each list\n\n${items.join('\n')}`;
}

/** Indented, with each list of numbers on one line. */
function jsonOf(item: unknown): string {
  return JSON.stringify(item, null, 2).replace(/\[[\d\s,.]+\]/g, (list) => list.replace(/\s+/g, ' '));
}
