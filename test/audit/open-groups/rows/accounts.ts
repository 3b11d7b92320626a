/** Accounts with a security group, and what is said about it. */

import { expect } from 'vitest';
import type { Inventory } from '../../../../src/inventory/inventory.ts';
import type { IpPermission, SecurityGroup } from '../../../../src/inventory/security-group.ts';
import {
  authorized,
  groupCall,
  modified,
  named,
  OMITTED,
  revoked,
  rule,
  ruleSet,
  SHORT,
  ssh,
} from '../../../support/group-calls.ts';
import { anInventory, aPermission } from '../../../support/inventories.ts';
import { ALL, erin, GROUP, OTHER, SSH } from './row.ts';

type Json = Readonly<Record<string, unknown>>;

const HALVES = ['tcp/22 from 0.0.0.0/1 and 128.0.0.0/1'];
const LIST = 'pl-0a1b2c3d4e5f60001';
export const opened = authorized(1, GROUP, ssh(ALL));

function permission(parts: Partial<IpPermission>): IpPermission {
  return aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ...parts });
}

/** The account, with the group as it is now. */
export function account(cidrIps: readonly string[], more: Partial<SecurityGroup> = {}, parts: object = {}): Inventory {
  const ipPermissions = cidrIps.length === 0 ? [] : [permission({ cidrIps })];
  return anInventory({
    instances: [],
    networkInterfaces: [],
    securityGroups: [{ groupId: GROUP, groupName: 'web', vpcId: 'vpc-1', ipPermissions, ...more }],
    ...parts,
  });
}

/** One row: an account, what was delivered, and what is said. */
export interface AccountRow {
  readonly name: string;
  readonly account: Inventory;
  /** What was delivered; without any, the account is swept. */
  readonly records?: readonly Json[];
  readonly policy?: object;
  /** `proven`: who did it; `unknown`: nobody is named; `unproven`: nobody is named flatly. */
  readonly open?: {
    readonly group?: string;
    readonly ports: readonly string[];
    readonly cause: 'unknown' | 'unproven' | readonly string[];
  };
  readonly closed?: readonly string[];
  readonly unknown?: string;
}

const known = (cidrs: readonly string[] | undefined) => ({ prefixLists: [{ prefixListId: LIST, cidrs }] });
const byList = { ipPermissions: [permission({ prefixListIds: [LIST] })] };
const unread = { securityGroups: undefined, unread: { securityGroups: 'UnauthorizedOperation' } };

export const ACCOUNTS: readonly AccountRow[] = [
  { name: 'open before any record: nobody is named', account: account([ALL]), open: { ports: SSH, cause: 'unknown' } },
  { name: 'opened by a record', account: account([ALL]), records: [opened], open: { ports: SSH, cause: ['dana'] } },
  {
    // A name means the default VPC. Whether the group is in it, the account does not tell.
    name: 'opened by name, and nothing tells the id',
    account: account([ALL]),
    records: [authorized(1, 'web', ssh(ALL), { answer: SHORT })],
    open: { ports: SSH, cause: 'unproven' },
  },
  {
    name: 'opened by name, and the answer tells the id',
    account: account([ALL]),
    records: [authorized(1, 'web', ssh(ALL), { answer: { securityGroupRuleSet: ruleSet(GROUP, ssh(ALL)) } })],
    open: { ports: SSH, cause: ['dana'] },
  },
  {
    name: 'a half was there before, and somebody added the other',
    account: account(['0.0.0.0/1', '128.0.0.0/1']),
    records: [authorized(1, GROUP, ssh('128.0.0.0/1'), erin)],
    open: { ports: HALVES, cause: ['erin'] },
  },
  {
    name: 'halves by two: who added the second',
    account: account(['0.0.0.0/1', '128.0.0.0/1']),
    records: [authorized(1, GROUP, ssh('0.0.0.0/1')), authorized(2, GROUP, ssh('128.0.0.0/1'), erin)],
    open: { ports: HALVES, cause: ['erin'] },
  },
  {
    name: 'both halves before any record',
    account: account(['0.0.0.0/1', '128.0.0.0/1']),
    open: { ports: HALVES, cause: 'unknown' },
  },
  {
    name: 'a range was added to a group that was open before: who did so is not named',
    account: account([ALL, '10.0.0.0/8']),
    records: [authorized(1, GROUP, ssh('10.0.0.0/8'))],
    open: { ports: SSH, cause: 'unknown' },
  },
  {
    name: 'a call that failed, on a group that was open before: the caller is not named',
    account: account([ALL]),
    records: [
      authorized(1, GROUP, ssh(ALL), { answer: null, more: { errorCode: 'Client.InvalidPermission.Duplicate' } }),
      authorized(2, GROUP, ssh('10.0.0.0/8')),
    ],
    open: { ports: SSH, cause: 'unknown' },
  },
  {
    name: 'opened, revoked, and open nevertheless: opened again without a record',
    account: account([ALL]),
    records: [opened, revoked(2, GROUP, ssh(ALL), erin)],
    open: { ports: SSH, cause: 'unproven' },
  },
  {
    name: 'two ports by two: both',
    account: account([], {
      ipPermissions: [permission({ cidrIps: [ALL] }), permission({ fromPort: 3389, toPort: 3389, cidrIps: [ALL] })],
    }),
    records: [opened, authorized(2, GROUP, [rule('tcp', 3389, ALL)], erin)],
    open: { ports: [...SSH, 'tcp/3389 from 0.0.0.0/0'], cause: ['dana', 'erin'] },
  },
  { name: 'narrowed by now, by whom no record tells', account: account(['10.0.0.0/8']), records: [opened], closed: [] },
  {
    name: 'missing from a complete list: gone',
    account: account([], {}, { securityGroups: [] }),
    records: [opened],
    closed: [],
  },
  {
    name: 'groups that could not be read, and a record that opens: by the record alone',
    account: account([], {}, unread),
    records: [opened],
    open: { ports: SSH, cause: 'unproven' },
  },
  {
    name: 'groups that could not be read, and a harmless record: unknown',
    account: account([], {}, unread),
    records: [authorized(1, GROUP, ssh('10.0.0.0/8'))],
    unknown: GROUP,
  },
  {
    name: 'a prefix list of everything',
    account: account([], byList, known([ALL])),
    records: [authorized(1, GROUP, ssh(LIST))],
    open: { ports: [expect.stringContaining(LIST)], cause: ['dana'] },
  },
  {
    name: 'a prefix list of both halves',
    account: account([], byList, known(['0.0.0.0/1', '128.0.0.0/1'])),
    open: { ports: [expect.stringContaining(LIST)], cause: 'unknown' },
  },
  {
    name: 'a prefix list of one half, and a rule with the other',
    account: account(
      [],
      { ipPermissions: [permission({ prefixListIds: [LIST], cidrIps: ['128.0.0.0/1'] })] },
      known(['0.0.0.0/1']),
    ),
    open: { ports: [expect.stringContaining(LIST)], cause: 'unknown' },
  },
  {
    name: 'a prefix list of a few networks',
    account: account([], byList, known(['10.0.0.0/8'])),
    records: [authorized(1, GROUP, ssh(LIST))],
    closed: [],
  },
  {
    name: 'a prefix list whose entries could not be read',
    account: account([], byList, known(undefined)),
    records: [authorized(1, GROUP, ssh(LIST))],
    unknown: LIST,
  },
  {
    name: 'a prefix list that is not in the list',
    account: account([], byList, { prefixLists: [] }),
    records: [authorized(1, GROUP, ssh(LIST))],
    unknown: LIST,
  },
  {
    name: 'a tag that excepts it',
    account: account([ALL], { tags: [{ key: 'public', value: '' }] }),
    records: [opened],
    policy: { exceptTags: ['public'] },
    closed: [],
  },
  {
    name: 'a tag with a value that excepts it',
    account: account([ALL], { tags: [{ key: 'public', value: 'yes' }] }),
    records: [opened],
    policy: { exceptTags: [{ key: 'public', value: 'yes' }] },
    closed: [],
  },
  {
    name: 'a tag with another value',
    account: account([ALL], { tags: [{ key: 'public', value: 'no' }] }),
    records: [opened],
    policy: { exceptTags: [{ key: 'public', value: 'yes' }] },
    open: { ports: SSH, cause: ['dana'] },
  },
  {
    name: 'a tag in other letters',
    account: account([ALL], { tags: [{ key: 'Public', value: '' }] }),
    records: [opened],
    policy: { exceptTags: ['public'] },
    open: { ports: SSH, cause: ['dana'] },
  },
  { name: 'an allowed port', account: account([ALL]), records: [opened], policy: { allowedPorts: [22] }, closed: [] },
  {
    name: 'a modified egress rule, which the group does not have',
    account: account([]),
    records: [modified(1, GROUP, [named('sgr-1', rule('tcp', 22, ALL))])],
    closed: [],
  },
  {
    name: 'a modified ingress rule',
    account: account(
      [ALL],
      {},
      {
        securityGroupRules: [
          {
            securityGroupRuleId: 'sgr-1',
            groupId: GROUP,
            isEgress: false,
            ipProtocol: 'tcp',
            fromPort: 22,
            toPort: 22,
            cidrIpv4: ALL,
          },
        ],
      },
    ),
    records: [
      authorized(1, GROUP, [named('sgr-1', rule('tcp', 22, '10.0.0.0/8'))]),
      modified(2, GROUP, [named('sgr-1', rule('tcp', 22, ALL))], erin),
    ],
    open: { ports: SSH, cause: ['erin'] },
  },
  {
    name: 'an omitted request: the account tells, and nobody is named flatly',
    account: account([ALL]),
    records: [groupCall('AuthorizeSecurityGroupIngress', 1, OMITTED, { answer: SHORT })],
    open: { ports: SSH, cause: 'unproven' },
  },
  {
    name: 'another group of the same name, in another VPC, is open',
    account: account(
      [],
      {},
      {
        securityGroups: [
          { groupId: GROUP, groupName: 'web', vpcId: 'vpc-1', ipPermissions: [] },
          { groupId: OTHER, groupName: 'web', vpcId: 'vpc-2', ipPermissions: [permission({ cidrIps: [ALL] })] },
        ],
      },
    ),
    open: { group: OTHER, ports: SSH, cause: 'unknown' },
  },
];
