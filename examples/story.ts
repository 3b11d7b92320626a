/** What happened in the example account on the morning of 17 March 2026, as its log files tell it. */

import type { Account } from './account.ts';
import { TAGGED } from './fleet.ts';
import { FILTER_ID, STRANGE_TARGET } from './mirroring.ts';
import { ACCOUNT_ID, GROUPS, SUBNETS, VPC } from './network.ts';
import { type Call, change, type LogRecord, launch, record, tagging, untagging, wrapped } from './records.ts';
import type { Seeded } from './seeded.ts';

const DAY = '2026-03-17T';

/** The calls that matter, in the order of their times. */
export function story(random: Seeded, { machines, deletedSession, strangeSession }: Account): readonly LogRecord[] {
  const at = (time: string): string => `${DAY}${time}Z`;
  const m = machines;
  const name = ({ name }: { readonly name: string }): Readonly<Record<string, string>> => ({ Name: name });
  const dryRun = ['Client.DryRunOperation', 'Request would have succeeded, but DryRun flag is set.'] as const;
  const denied = ['Client.UnauthorizedOperation', 'You are not authorized to perform this operation.'] as const;
  const wish = {
    instancesSet: { items: [{ imageId: m['billing-1'].imageId, minCount: 1, maxCount: 1 }] },
    instanceType: 'm6i.large',
  };
  return [
    // Dana launches two by hand and names them, no more; and one more, which she soon terminates.
    launch(random, at('08:02:11'), 'dana', [m['search-1'], m['search-2']], {}),
    tagging(random, at('08:03:02'), 'dana', [m['search-1'].instanceId], name(m['search-1'])),
    tagging(random, at('08:03:20'), 'dana', [m['search-2'].instanceId], name(m['search-2'])),
    launch(random, at('08:10:40'), 'dana', [m['gone-1']], name(m['gone-1'])),
    // Auto Scaling asks whether it may, then does; its launch template has the tags.
    record(random, { at: at('08:20:01'), by: 'autoScaling', eventName: 'RunInstances', request: wish, error: dryRun }),
    launch(random, at('08:20:05'), 'autoScaling', [m['web-b1'], m['web-b2'], m['web-b3']], m['web-b1'].tags),
    // Terraform tags what it launched, forty seconds later.
    launch(random, at('08:41:00'), 'terraform', [m['billing-1']], {}),
    tagging(random, at('08:41:40'), 'terraform', [m['billing-1'].instanceId, m['billing-1'].primary.id], {
      ...TAGGED,
      ...name(m['billing-1']),
    }),
    // Erin tidies up, and takes a required tag with it; elsewhere she empties one.
    untagging(random, at('09:05:22'), 'erin', [m['payments-1'].instanceId, 'vol-0a000000000000001'], ['Owner']),
    tagging(random, at('09:07:03'), 'erin', [m['orders-1'].instanceId], { CostCenter: '' }),
    // Neither of these launched anything.
    record(random, { at: at('09:30:10'), by: 'erin', eventName: 'RunInstances', request: wish, error: denied }),
    record(random, { at: at('09:31:45'), by: 'terraform', eventName: 'RunInstances', request: wish, error: dryRun }),
    // Root launches into a VPC from which no sensor can be reached.
    launch(random, at('09:50:30'), 'root', [m['legacy-1']], name(m['legacy-1'])),
    change(random, at('10:10:09'), 'dana', 'TerminateInstances', m['gone-1'].instanceId),
    // A database gets a second interface, which nobody mirrors.
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
    // A person deletes the mirror session of the payment host.
    wrapped(
      random,
      at('10:40:12'),
      'erin',
      'DeleteTrafficMirrorSession',
      { TrafficMirrorSessionId: deletedSession },
      { trafficMirrorSessionId: deletedSession },
    ),
    // The web role mirrors a host to a target of an account nobody knows.
    createSession(random, at('11:02:58'), m['search-3'].primary.id, strangeSession),
    change(random, at('11:20:31'), 'dana', 'StartInstances', m['report-1'].instanceId),
    // What shuts a sensor's door.
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
      TrafficMirrorTargetId: STRANGE_TARGET,
      TrafficMirrorFilterId: FILTER_ID,
      SessionNumber: 3,
      ClientToken,
    },
    {
      clientToken: ClientToken,
      trafficMirrorSession: {
        trafficMirrorSessionId,
        networkInterfaceId,
        trafficMirrorTargetId: STRANGE_TARGET,
        trafficMirrorFilterId: FILTER_ID,
        // Numbers lose their quotes in this encoding.
        ownerId: Number(ACCOUNT_ID),
        sessionNumber: 3,
        virtualNetworkId: 4_000_020,
        packetLength: 8500,
      },
    },
  );
}

/** What an account writes all day and nobody here asks for. */
const HUMDRUM: readonly [Omit<Call, 'at'>, ...Omit<Call, 'at'>[]] = [
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

/** `count` records of every day between 08:00 and 12:00, by time. */
export function humdrum(random: Seeded, count: number): readonly LogRecord[] {
  const calls = Array.from({ length: count }, () => {
    const call = random.pick(HUMDRUM);
    const seconds = 8 * 3600 + random.below(4 * 3600);
    return { ...call, at: new Date(Date.UTC(2026, 2, 17) + seconds * 1000).toISOString().replace('.000Z', 'Z') };
  });
  return calls.map((call) => record(random, call)).toSorted(byTime);
}

/** Orders records by `eventTime`. */
export function byTime(a: LogRecord, b: LogRecord): number {
  return String(a.eventTime) < String(b.eventTime) ? -1 : String(a.eventTime) > String(b.eventTime) ? 1 : 0;
}
