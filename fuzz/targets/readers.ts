/** Targets that read whole values: deliveries, records, configurations, snapshots, digests, keys and patterns. */

import { generateKeyPairSync } from 'node:crypto';
import { tagPattern } from '../../src/audit/patterns/tag-pattern.ts';
import { parseDigest, signatureFault } from '../../src/cloudtrail/digests/digest.ts';
import { configOf } from '../../src/config.ts';
import { readConfigText } from '../../src/config/config-text.ts';
import { doubtsIn } from '../../src/config/doubts.ts';
import { unwrapEvent } from '../../src/delivery/envelope.ts';
import { accountsIn, readLogKey } from '../../src/delivery/log-key.ts';
import { readNotification } from '../../src/delivery/notification.ts';
import { asObject } from '../../src/delivery/shape.ts';
import { parseSnapshot, toSnapshot } from '../../src/inventory/snapshot.ts';
import { readOwnMessage } from '../../src/pipeline/own-messages.ts';
import { distinctSightings } from '../../src/sighting/dedupe.ts';
import { lifecycleActionOf, sightingsOfEvent } from '../../src/sighting/events.ts';
import { sightingsOf, WANTED_CALLS } from '../../src/sighting/readers.ts';
import { refusedOr, same, type Target, textOf, textsIn } from './target.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });

/** Envelopes and notifications, with the events, records and own messages in them. */
export const delivery: Target = {
  seeds: () => [...textsIn('test/fixtures/notifications'), ...textsIn('test/fixtures/events'), ...OWN_MESSAGES],
  check: (input) => {
    const event = parsed(input);
    for (const { body } of unwrapEvent(event)) {
      const read = refusedOr(() => readNotification(body));
      if (read?.kind === 'own') refusedOr(() => readOwnMessage(read));
      if (read?.kind === 'event') {
        lifecycleActionOf(read.event);
        distinctSightings(sightingsOfEvent(read.event));
      }
      if (read?.kind === 'records')
        distinctSightings(read.records.flatMap((record) => sightingsOf(asObject(record) ?? {}, 'a/file')));
      if (read?.kind === 'objects') for (const { key } of read.objects) readLogKey(key);
    }
  },
};

const OWN_MESSAGES: readonly string[] = [
  '{"mirrorwatch":"recheck","accountId":"111122223333","region":"eu-west-1","instanceIds":["i-1"],"networkInterfaceIds":[],"notBefore":"2026-01-01T00:00:00Z"}',
  '{"mirrorwatch":"held","until":"2026-01-01T00:00:00Z"}',
  '{"mirrorwatch":"sweep","accountId":"111122223333","region":"eu-west-1","name":"x"}',
];

/** Records of every call that we read. */
export const records: Target = {
  seeds: () => [
    ...[...WANTED_CALLS].map((eventName) => JSON.stringify(recordOf(eventName))),
    ...textsIn('test/fixtures/events', 'instances.json').map((text) => JSON.stringify(JSON.parse(text).detail ?? {})),
  ],
  check: (input) => {
    const record = asObject(parsed(input));
    if (record !== undefined) distinctSightings(sightingsOf(record, 'AWSLogs/111122223333/x.json.gz'));
  },
};

function recordOf(eventName: string): unknown {
  const items = [{ instanceId: 'i-1', resourceId: 'i-1', networkInterfaceId: 'eni-1', tagSet: { items: [{ key: 'a', value: 'b' }] } }];
  const parts = { instancesSet: { items }, resourcesSet: { items }, tagSet: { items: [{ key: 'a', value: 'b' }] }, networkInterfaceId: 'eni-1', groupId: 'sg-1', ipPermissions: { items: [{ ipProtocol: 'tcp', fromPort: 1, toPort: 2, ipRanges: { items: [{ cidrIp: '0.0.0.0/0' }] } }] }, routeTableId: 'rtb-1', networkAclId: 'acl-1', trafficMirrorSessionId: 'tms-1', attachmentId: 'eni-attach-1' };
  return {
    eventVersion: '1.08',
    ...{ eventName, eventSource: 'ec2.amazonaws.com', eventTime: '2025-01-01T00:00:00Z', eventID: 'e', awsRegion: 'eu-west-1' },
    recipientAccountId: '111122223333',
    userIdentity: { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/r/s', sessionContext: { sessionIssuer: { userName: 'r', arn: 'arn:aws:iam::111122223333:role/r' } } },
    requestParameters: parts,
    responseElements: parts,
    addendum: { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: 'e' },
    resources: [{ type: 'AWS::EC2::Instance', ARN: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1' }],
  };
}

/** Configurations, JSON and YAML. */
export const config: Target = {
  seeds: () => [textOf('config.json'), ...CONFIGS],
  check: (input) => {
    const text = refusedOr(() => readConfigText(input, 'config.json'));
    if (text === undefined) return;
    refusedOr(() => configOf(text, 'config.json'));
    doubtsIn(text.value, NOW);
  },
};

const CONFIGS: readonly string[] = [
  '{"requiredTags":["a",{"key":"b","values":["c"],"pattern":"^c$","allowEmpty":true}],"graceSeconds":300,"trail":{"buckets":["logs"],"accounts":["111122223333"]},"mirroring":{"mode":"plan","filterId":"tmf-1","targets":["tmt-1",{"id":"tmt-2","maxSources":10}],"rules":{"tags":[{"tagList":[{"Key":"k","Value":"v"}],"filterId":"tmf-1","targetId":"tmt-1"}]}},"exemptions":[{"resource":"i-*","rule":"instance-untagged","reason":"r","owner":"o","expires":"2027-01-31"}],"alerts":{"immediate":"high"}}',
  'requiredTags:\n  - a\n  - key: b\n    values: [c, d]\nmirroring:\n  filterId: tmf-1\n  targets: &t [tmt-1]\n',
];

/** Account snapshots: what was read is written and read again as it was. */
export const snapshot: Target = {
  seeds: () => [SMALL_ACCOUNT, textOf('examples/account.json').slice(0, 20_000)],
  check: (input) => {
    const read = refusedOr(() => parseSnapshot(parsed(input), 'account.json'));
    if (read === undefined) return;
    const again = parseSnapshot(JSON.parse(JSON.stringify(toSnapshot(read.inventories, read.readAt))), 'account.json');
    same('the snapshot read again', again.inventories, read.inventories);
  },
};

const SMALL_ACCOUNT = JSON.stringify({
  schema: 'mirrorwatch.account/1',
  readAt: '2025-01-01T00:00:00Z',
  regions: [
    {
      ...{ accountId: '111122223333', region: 'eu-west-1', unread: { networkAcls: 'denied' } },
      Reservations: [{ OwnerId: '111122223333', Instances: [{ InstanceId: 'i-1', State: { Name: 'running' }, Tags: [{ Key: 'a', Value: 'b' }] }] }],
      NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', SubnetId: 'subnet-1', VpcId: 'vpc-1', PrivateIpAddress: '10.0.0.1', Groups: [{ GroupId: 'sg-1' }] }],
      SecurityGroups: [{ GroupId: 'sg-1', VpcId: 'vpc-1', IpPermissions: [{ IpProtocol: 'udp', FromPort: 4789, ToPort: 4789, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }] }],
      TrafficMirrorTargets: [{ TrafficMirrorTargetId: 'tmt-1', Type: 'network-interface', NetworkInterfaceId: 'eni-1' }],
    },
  ],
});

/** Digests and their signatures. */
export const digests: Target = {
  seeds: () => [DIGEST],
  check: (input, random) => {
    const bytes = Buffer.from(input);
    const digest = refusedOr(() => parseDigest(bytes));
    if (digest === undefined) return;
    const keys = [{ fingerprint: digest.fingerprint, key: publicKey, validFrom: new Date(0), validTo: new Date(4e12) }];
    const fault = signatureFault(digest, bytes, { signature: random.pick(['00', 'zz', 'ab'.repeat(128), '']), keys, at: NOW });
    if (fault === undefined) throw new Error('a digest without our signature verifies');
  },
};

const DIGEST = JSON.stringify({
  awsAccountId: '111122223333',
  digestStartTime: '2025-01-01T00:00:00Z',
  digestEndTime: '2025-01-01T01:00:00Z',
  digestS3Bucket: 'logs',
  digestS3Object: 'AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2025/01/01/d.json.gz',
  digestPublicKeyFingerprint: 'ab',
  digestSignatureAlgorithm: 'SHA256withRSA',
  previousDigestS3Bucket: 'logs',
  previousDigestS3Object: 'AWSLogs/p.json.gz',
  previousDigestHashValue: 'ab',
  previousDigestHashAlgorithm: 'SHA-256',
  previousDigestSignature: 'ab',
  logFiles: [{ s3Bucket: 'logs', s3Object: 'AWSLogs/l.json.gz', hashValue: 'ab', hashAlgorithm: 'SHA-256' }],
});

/** Keys of objects and paths of files. */
export const keys: Target = {
  seeds: () => [
    'AWSLogs/111122223333/CloudTrail/eu-west-1/2025/01/01/111122223333_CloudTrail_eu-west-1_20250101T0000Z_abcdefghijklmnop.json.gz',
    'p/AWSLogs/o-abcdefghij/111122223333/CloudTrail-Digest/eu-west-1/2025/01/01/111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20250101T000000Z.json.gz',
  ],
  check: (input) => {
    readLogKey(input);
    accountsIn(input);
  },
};

/** Patterns of tag values: the same matches as JavaScript's engine, on values too short to be slow. */
export const patterns: Target = {
  seeds: () => ['^[^@]+@example\\.com$', '^(?:dev|prod)-\\d{2,4}$', '[\\w\\s.-]*\\p{L}+', '\\u{1f600}|[^\\S\\n]?$', '(?<year>20[0-9]{2})'],
  check: (input, random) => {
    const model = modelOf(input);
    const compiled = tagPattern(input);
    if (model === undefined || compiled.problem !== undefined) return;
    for (let values = 5; values > 0; values -= 1) {
      const value = Array.from({ length: random.below(6) }, () => random.pick(CHARACTERS)).join('');
      if (model.test(value) !== compiled.matches(value)) throw new Error(`differs on ${JSON.stringify(value)}`);
    }
  },
};

const CHARACTERS = [...'abAB019_ \n\t\u00a0\u2028é😀@.-exampl', '\ud800'];

function modelOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

