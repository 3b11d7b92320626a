/** The reference of the snapshot file: its lists, what prints each, and one item of each from the example account. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LIST_FORMS, LISTS_FOR_CAUSES } from '../../src/inventory/snapshot-lists.ts';
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
};

/** The table of lists, and an item of each list that the example account has. Throws for a list that no command is known to print. */
export function snapshotReference(root: string): string {
  const forms = [['Reservations', 'keep', false] as const].concat(
    LIST_FORMS.map(([name, { key, onUnreadable }]) => [key, onUnreadable, LISTS_FOR_CAUSES.has(name)] as never),
  ) as readonly (readonly [string, 'keep' | 'drop', boolean])[];
  const rows = forms.map(([key, onUnreadable, isForCauses]) => {
    const command = PRINTED_BY[key];
    if (command === undefined) throw new Error(`${key}: no command of the AWS CLI is given that prints it`);
    return [
      code(key),
      code(command),
      isForCauses ? 'only the search for causes' : 'verdicts',
      onUnreadable === 'keep' ? 'the other items count' : 'the whole list counts as unread',
    ];
  });
  const { regions } = JSON.parse(readFileSync(resolve(root, 'examples/account.json'), 'utf8')) as {
    readonly regions: readonly Readonly<Record<string, readonly unknown[]>>[];
  };
  const items = forms.flatMap(([key]) => {
    const [item] = regions[0]?.[key] ?? [];
    return item === undefined ? [] : [`### ${key}\n\n\`\`\`json\n${JSON.stringify(item, null, 2)}\n\`\`\`\n`];
  });
  return `${table(['list', 'is printed by', 'needed for', 'if an item cannot be read'], rows)}\n## One item of each list\n\n${items.join('\n')}`;
}
