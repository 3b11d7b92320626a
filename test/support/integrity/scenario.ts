/** Builds a trail as CloudTrail delivers it, of several accounts and regions, signed with keys of its own. Knows nothing of our code. */

import { createHash, sign } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { aTrailKey, type TrailKey } from '../trails.ts';

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** An object of a bucket. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Buffer;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The digests and logs of one account in one region, oldest first. `logs[hour]` are those of an hour. */
export interface Chain {
  readonly accountId: string;
  readonly region: string;
  readonly digests: readonly StoredObject[];
  readonly logs: readonly (readonly StoredObject[])[];
}

/** A trail, and what verifies it. */
export interface Scenario {
  readonly bucket: string;
  readonly start: Date;
  readonly hours: number;
  /** Ten minutes after the last digest. */
  readonly now: Date;
  readonly chains: readonly Chain[];
  readonly objects: readonly StoredObject[];
  /** The answer of `list-public-keys`. */
  readonly keys: readonly TrailKey['entry'][];
}

/** How a trail differs from a plain one. Hours count from 0. */
export interface ScenarioOptions {
  readonly hours?: number;
  readonly keyOf?: (hour: number) => TrailKey;
  readonly bucketOf?: (hour: number) => string;
  /** The hour whose second log file was late: a backfill digest names it, not the hour's own. */
  readonly lateIn?: number;
}

/** The key of a plain trail. */
export const FIRST_KEY: TrailKey = aTrailKey();
/** A second key, to which a trail may change. */
export const NEXT_KEY: TrailKey = aTrailKey();
/** A key that AWS does not list. */
export const FOREIGN_KEY: TrailKey = aTrailKey();

const BUCKET = 'trail-bucket';
const START = new Date('2026-01-02T00:00:00Z');
const PLACES = [
  ['111122223333', 'eu-west-1'],
  ['111122223333', 'us-east-1'],
  ['222233334444', 'eu-west-1'],
] as const;

const isoOf = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
const stampOf = (date: Date): string => isoOf(date).replace(/[-:]/g, '');
const dayOf = (date: Date): string => date.toISOString().slice(0, 10).replaceAll('-', '/');
const plain = (bytes: Buffer | string): Uint8Array => new Uint8Array(Buffer.from(bytes as string));
export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(plain(bytes)).digest('hex');

const gunzip = ({ bytes }: StoredObject): Buffer => gunzipSync(plain(bytes));

/** The start of an hour of every scenario. */
export const hourAt = (hour: number): Date => new Date(START.getTime() + hour * HOUR_MS);

/** A trail of six hours, two log files an hour, in two accounts and two regions. */
export function aScenario(options: ScenarioOptions = {}): Scenario {
  const { hours = 6 } = options;
  const chains = PLACES.map(([accountId, region]) => aChain(accountId, region, options));
  const now = new Date(START.getTime() + hours * HOUR_MS + 10 * MINUTE_MS);
  const objects = chains.flatMap(({ digests, logs }) => [...digests, ...logs.flat()]);
  const keys = [FIRST_KEY.entry, NEXT_KEY.entry];
  return { bucket: BUCKET, start: START, hours, now, chains, objects, keys };
}

function aChain(accountId: string, region: string, options: ScenarioOptions): Chain {
  const { hours = 6, keyOf = () => FIRST_KEY, bucketOf = () => BUCKET, lateIn } = options;
  const digests: StoredObject[] = [];
  const logs: StoredObject[][] = [];
  const backfills: StoredObject[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const bucket = bucketOf(hour);
    const own = [10, 40].map((minute) => aLog({ bucket, accountId, region, at: minutesIn(hour, minute) }));
    logs.push(own);
    const named = hour === lateIn ? own.slice(0, 1) : own;
    digests.push(aDigest({ bucket, accountId, region, hour, key: keyOf(hour), previous: digests.at(-1), logs: named }));
    if (hour === lateIn)
      backfills.push(
        aDigest({ bucket, accountId, region, hour, key: keyOf(hour), logs: own.slice(1), signedAt: hourAt(hour + 2) }),
      );
  }
  return { accountId, region, digests: [...digests, ...backfills], logs };
}

/** A minute of an hour. */
export const minutesIn = (hour: number, minute: number): Date => new Date(hourAt(hour).getTime() + minute * MINUTE_MS);

interface LogOptions {
  readonly bucket?: string;
  readonly accountId: string;
  readonly region: string;
  /** The time in its name. */
  readonly at: Date;
  readonly unique?: string;
  readonly records?: readonly object[];
}

/** The key of a log file. */
export function logKeyOf({ accountId, region, at, unique }: LogOptions): string {
  const stamp = stampOf(at).slice(0, 13);
  const end = unique ?? sha256(`${accountId}${region}${stamp}`).slice(0, 16);
  return `AWSLogs/${accountId}/CloudTrail/${region}/${dayOf(at)}/${accountId}_CloudTrail_${region}_${stamp}Z_${end}.json.gz`;
}

/** A log file as CloudTrail writes it, with one launch that has no tags. */
export function aLog(options: LogOptions): StoredObject {
  const { bucket = BUCKET, accountId, region, at } = options;
  const records = options.records ?? [aLaunch({ accountId, region, at: new Date(at.getTime() - 5 * MINUTE_MS) })];
  return { bucket, key: logKeyOf(options), bytes: gzipSync(JSON.stringify({ Records: records })) };
}

/** A `RunInstances` record. The id of its instance starts with `i-` and follows from the rest. */
export function aLaunch({ accountId, region, at }: Pick<LogOptions, 'accountId' | 'region' | 'at'>): object {
  const hash = sha256(`${accountId}${region}${isoOf(at)}`);
  const instance = { instanceId: `i-${hash.slice(0, 17)}`, instanceState: { code: 0, name: 'pending' } };
  return {
    eventVersion: '1.11',
    eventTime: isoOf(at),
    eventSource: 'ec2.amazonaws.com',
    eventName: 'RunInstances',
    awsRegion: region,
    sourceIPAddress: '192.0.2.1',
    userAgent: 'aws-cli',
    userIdentity: { type: 'IAMUser', accountId, arn: `arn:aws:iam::${accountId}:user/rosa`, userName: 'rosa' },
    requestParameters: {},
    responseElements: { instancesSet: { items: [instance] } },
    eventID: `${hash.slice(0, 8)}-0000-4000-8000-${hash.slice(8, 20)}`,
    eventType: 'AwsApiCall',
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

interface DigestOptions {
  readonly bucket: string;
  readonly accountId: string;
  readonly region: string;
  readonly hour: number;
  readonly key: TrailKey;
  readonly previous?: StoredObject | undefined;
  readonly logs: readonly StoredObject[];
  /** When it was signed, for a backfill digest. */
  readonly signedAt?: Date;
  /** Replaces fields before it is signed. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly endsAt?: Date;
}

/** A digest, signed. */
export function aDigest(options: DigestOptions): StoredObject {
  const { bucket, accountId, region, hour, key, previous, logs, signedAt, fields = {} } = options;
  const end = options.endsAt ?? hourAt(hour + 1);
  const name = `${accountId}_CloudTrail-Digest_${region}_my_trail_us-east-1_${stampOf(end)}${signedAt ? '_backfill' : ''}.json.gz`;
  const object = `AWSLogs/${accountId}/CloudTrail-Digest/${region}/${dayOf(end)}/${name}`;
  const before = previous && { content: gunzip(previous), signature: previous.metadata?.signature ?? '' };
  const content = JSON.stringify({
    awsAccountId: accountId,
    digestStartTime: isoOf(hourAt(hour)),
    digestEndTime: isoOf(end),
    digestS3Bucket: bucket,
    digestS3Object: object,
    digestPublicKeyFingerprint: key.entry.Fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime: null,
    oldestEventTime: null,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: before ? sha256(before.content) : null,
    previousDigestHashAlgorithm: before ? 'SHA-256' : null,
    previousDigestSignature: before?.signature ?? null,
    logFiles: logs.map((log) => ({
      s3Bucket: log.bucket,
      s3Object: log.key,
      hashValue: sha256(gunzip(log)),
      hashAlgorithm: 'SHA-256',
    })),
    ...fields,
  });
  const signed = [isoOf(end), `${bucket}/${object}`, sha256(content), before?.signature ?? 'null'].join('\n');
  const signature = sign('RSA-SHA256', plain(signed), key.privateKey).toString('hex');
  const metadata = { signature, 'signature-algorithm': 'SHA256withRSA' };
  const generated = signedAt && { 'backfill-generation-timestamp': isoOf(signedAt) };
  return { bucket, key: object, bytes: gzipSync(content), metadata: { ...metadata, ...generated } };
}
