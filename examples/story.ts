/** What happened in the example account on the morning of 17 March 2026, according to its logs. */

import { compareText } from '../src/collections.ts';
import type { Account } from './account.ts';
import { TAGGED } from './fleet.ts';
import { FILTER_ID, ROGUE_TARGET } from './mirroring.ts';
import { ACCOUNT_ID, GROUPS, SUBNETS, VPC } from './network.ts';
import { type Call, change, type LogRecord, launch, record, tagging, untagging, wrapped } from './records.ts';
import type { Seeded } from './seeded.ts';

const DAY = '2026-03-17T';

/** The calls that matter, in order of time. */
export function story(random: Seeded, { machines, deletedSession, rogueSession }: Account): readonly LogRecord[] {
  const at = (time: string): string => `${DAY}${time}Z`;
  const m = machines;
  const name = ({ name }: { readonly name: string }): Readonly<Record<string, string>> => ({ Name: name });
  const dryRun = ['Client.DryRunOperation', 'Request would have succeeded, but DryRun flag is set.'] as const;
  const denied = ['Client.UnauthorizedOperation', 'You are not authorized to perform this operation.'] as const;
  const request = {
    instancesSet: { items: [{ imageId: m['billing-1'].imageId, minCount: 1, maxCount: 1 }] },
    instanceType: 'm6i.large',
  };
  return [
    // Dana launches two instances by hand and only names them, and a third that she soon terminates.
    launch(random, at('08:02:11'), 'dana', [m['search-1'], m['search-2']], {}),
    tagging(random, at('08:03:02'), 'dana', [m['search-1'].instanceId], name(m['search-1'])),
    tagging(random, at('08:03:20'), 'dana', [m['search-2'].instanceId], name(m['search-2'])),
    launch(random, at('08:10:40'), 'dana', [m['gone-1']], name(m['gone-1'])),
    // Auto Scaling does a dry run, then launches; its launch template has the tags.
    record(random, { at: at('08:20:01'), by: 'autoScaling', eventName: 'RunInstances', request, error: dryRun }),
    launch(random, at('08:20:05'), 'autoScaling', [m['web-b1'], m['web-b2'], m['web-b3']], m['web-b1'].tags),
    // Terraform tags its instance forty seconds after the launch.
    launch(random, at('08:41:00'), 'terraform', [m['billing-1']], {}),
    tagging(random, at('08:41:40'), 'terraform', [m['billing-1'].instanceId, m['billing-1'].primary.id], {
      ...TAGGED,
      ...name(m['billing-1']),
    }),
    // Erin cleans up: she deletes a required tag, and empties another.
    untagging(random, at('09:05:22'), 'erin', [m['payments-1'].instanceId, 'vol-0a000000000000001'], ['Owner']),
    tagging(random, at('09:07:03'), 'erin', [m['orders-1'].instanceId], { CostCenter: '' }),
    // Neither of these launches anything.
    record(random, { at: at('09:30:10'), by: 'erin', eventName: 'RunInstances', request, error: denied }),
    record(random, { at: at('09:31:45'), by: 'terraform', eventName: 'RunInstances', request, error: dryRun }),
    // Root launches into a VPC from which no sensor is reachable.
    launch(random, at('09:50:30'), 'root', [m['legacy-1']], name(m['legacy-1'])),
    change(random, at('10:10:09'), 'dana', 'TerminateInstances', m['gone-1'].instanceId),
    // A database gets a second interface, which isn't mirrored.
    record(random, {
      at: at('10:15:37'),
      by: 'terraform',
      eventName: 'AttachNetworkInterface',
      request: {
        networkInterfaceId: m['db-1'].more[0]?.id,
        instanceId: m['db-1'].instanceId,
        deviceIndex: 1,
        networkCardIndex: 0,
      },
      response: {
        requestId: random.uuid(),
        attachmentId: `eni-attach-${m['db-1'].more[0]?.id.slice(4)}`,
        networkCardIndex: 0,
      },
    }),
    // Erin deletes the payment host's mirror session.
    wrapped(
      random,
      at('10:40:12'),
      'erin',
      'DeleteTrafficMirrorSession',
      { TrafficMirrorSessionId: deletedSession },
      { trafficMirrorSessionId: deletedSession },
    ),
    // The web role mirrors a host to a target in an unknown account.
    createSession(random, at('11:02:58'), m['search-3'].primary.id, rogueSession),
    change(random, at('11:20:31'), 'dana', 'StartInstances', m['report-1'].instanceId),
    // This closes a sensor's port.
    record(random, {
      at: at('11:44:19'),
      by: 'erin',
      eventName: 'RevokeSecurityGroupIngress',
      request: {
        groupId: GROUPS.sensorShut,
        ipPermissions: {
          items: [
            {
              ipProtocol: 'udp',
              fromPort: 4789,
              toPort: 4789,
              groups: {},
              ipRanges: { items: [{ cidrIp: '10.20.0.0/16' }] },
              ipv6Ranges: {},
              prefixListIds: {},
            },
          ],
        },
      },
      response: { requestId: random.uuid(), _return: true },
    }),
  ];
}

function createSession(
  random: Seeded,
  at: string,
  networkInterfaceId: string,
  trafficMirrorSessionId: string,
): LogRecord {
  const ClientToken = random.uuid();
  return wrapped(
    random,
    at,
    'app',
    'CreateTrafficMirrorSession',
    {
      NetworkInterfaceId: networkInterfaceId,
      TrafficMirrorTargetId: ROGUE_TARGET,
      TrafficMirrorFilterId: FILTER_ID,
      SessionNumber: 3,
      ClientToken,
    },
    {
      clientToken: ClientToken,
      trafficMirrorSession: {
        trafficMirrorSessionId,
        networkInterfaceId,
        trafficMirrorTargetId: ROGUE_TARGET,
        trafficMirrorFilterId: FILTER_ID,
        // In this encoding, numbers aren't quoted.
        ownerId: Number(ACCOUNT_ID),
        sessionNumber: 3,
        virtualNetworkId: 4_000_020,
        packetLength: 8500,
      },
    },
  );
}

/** Routine calls that fill an account's logs and don't matter here. */
const ROUTINE: readonly [Omit<Call, 'at'>, ...Omit<Call, 'at'>[]] = [
  {
    by: 'monitoring',
    eventName: 'DescribeInstances',
    request: { maxResults: 1000, instancesSet: {}, filterSet: {} },
    readOnly: true,
  },
  {
    by: 'monitoring',
    eventName: 'DescribeNetworkInterfaces',
    request: { networkInterfaceIdSet: {}, filterSet: {} },
    readOnly: true,
  },
  {
    by: 'monitoring',
    eventName: 'DescribeTrafficMirrorSessions',
    request: { DescribeTrafficMirrorSessionsRequest: { MaxResults: 1000 } },
    readOnly: true,
  },
  {
    by: 'dana',
    eventName: 'DescribeSecurityGroups',
    request: {
      securityGroupSet: {},
      filterSet: { items: [{ name: 'vpc-id', valueSet: { items: [{ value: VPC.shop }] } }] },
    },
    readOnly: true,
  },
  {
    by: 'dana',
    eventName: 'DescribeTags',
    request: { filterSet: { items: [{ name: 'key', valueSet: { items: [{ value: 'RunInstances' }] } }] } },
    readOnly: true,
  },
  {
    by: 'terraform',
    eventName: 'DescribeSubnets',
    request: { subnetSet: { items: [{ subnetId: SUBNETS['app-a'].subnetId }] } },
    readOnly: true,
  },
  {
    by: 'app',
    eventName: 'GetObject',
    eventSource: 's3.amazonaws.com',
    request: { bucketName: 'shop-assets', key: 'catalogue/2026-03.json' },
    readOnly: true,
  },
  {
    by: 'app',
    eventName: 'PutObject',
    eventSource: 's3.amazonaws.com',
    request: { bucketName: 'shop-orders', key: 'in/4711.json' },
  },
  {
    by: 'app',
    eventName: 'Decrypt',
    eventSource: 'kms.amazonaws.com',
    request: { encryptionContext: { SecretARN: 'shop/db' } },
    readOnly: true,
  },
  {
    by: 'app',
    eventName: 'GetSecretValue',
    eventSource: 'secretsmanager.amazonaws.com',
    request: { secretId: 'shop/db' },
    readOnly: true,
  },
  {
    by: 'ecs',
    eventName: 'AssumeRole',
    eventSource: 'sts.amazonaws.com',
    request: { roleArn: `arn:aws:iam::${ACCOUNT_ID}:role/checkout`, roleSessionName: 'checkout' },
    readOnly: true,
  },
  { by: 'terraform', eventName: 'GetCallerIdentity', eventSource: 'sts.amazonaws.com', readOnly: true },
  { by: 'erin', eventName: 'ListBuckets', eventSource: 's3.amazonaws.com', readOnly: true },
  {
    by: 'monitoring',
    eventName: 'LookupEvents',
    eventSource: 'cloudtrail.amazonaws.com',
    request: { lookupAttributes: [{ attributeKey: 'EventName', attributeValue: 'RunInstances' }] },
    readOnly: true,
  },
  {
    by: 'erin',
    eventName: 'CreateTags',
    eventSource: 'elasticfilesystem.amazonaws.com',
    request: { fileSystemId: 'fs-0a000000000000001', tags: [{ key: 'Owner', value: 'erin' }] },
  },
];

/** `count` routine records between 08:00 and 12:00, in order of time. */
export function routine(random: Seeded, count: number): readonly LogRecord[] {
  const calls = Array.from({ length: count }, () => {
    const call = random.pick(ROUTINE);
    const seconds = 8 * 3600 + random.below(4 * 3600);
    return { ...call, at: new Date(Date.UTC(2026, 2, 17) + seconds * 1000).toISOString().replace('.000Z', 'Z') };
  });
  return calls.map((call) => record(random, call)).toSorted(byTime);
}

/** Orders records by `eventTime`. */
export function byTime(a: LogRecord, b: LogRecord): number {
  return compareText(String(a.eventTime), String(b.eventTime));
}
