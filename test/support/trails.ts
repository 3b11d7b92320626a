/** Builds trails: digests and log files as CloudTrail writes them, signed with a generated key. */

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const HOUR_MS = 3_600_000;

/** An object in a trail's bucket. */
export interface TrailObject {
  readonly key: string;
  readonly bytes: Buffer;
  readonly metadata?: { readonly signature: string; readonly 'signature-algorithm': string };
}

/** What to build a trail from. */
export interface TrailOptions {
  readonly bucket: string;
  readonly prefix?: string;
  readonly accountId?: string;
  readonly region?: string;
  /** The start of the first digest's hour. */
  readonly start: Date;
  readonly hours: number;
  readonly key: TrailKey;
  /** The log file of the hour that begins then. @default one record with an id only */
  readonly logOf?: (from: Date) => string;
}

/** A key pair, with its public half as `list-public-keys` prints it. */
export interface TrailKey {
  readonly privateKey: KeyObject;
  readonly entry: { readonly Value: string; readonly Fingerprint: string };
}

/** A new key pair. */
export function aTrailKey(): TrailKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const Value = publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64');
  return { privateKey, entry: { Value, Fingerprint: createHash('md5').update(Value, 'base64').digest('hex') } };
}

const isoOf = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
const stampOf = (date: Date): string => isoOf(date).replace(/[-:]/g, '');
const dayOf = (date: Date): string => date.toISOString().slice(0, 10).replaceAll('-', '/');
const sha256 = (content: string): string => createHash('sha256').update(content, 'utf8').digest('hex');

/** Hourly digests from `start` on, each with one log file of its hour, oldest first. */
export function aTrail(options: TrailOptions): { readonly digests: TrailObject[]; readonly logs: TrailObject[] } {
  const { bucket, prefix = '', accountId = '111122223333', region = 'eu-west-1', start, hours, key, logOf } = options;
  const root = `${prefix}AWSLogs/${accountId}`;
  const digests: TrailObject[] = [];
  const logs: TrailObject[] = [];
  let before: { readonly key: string; readonly content: string; readonly signature: string } | undefined;
  for (let at = 0; at < hours; at++) {
    const from = new Date(start.getTime() + at * HOUR_MS);
    const to = new Date(from.getTime() + HOUR_MS);
    const logAt = new Date(from.getTime() + HOUR_MS / 2);
    const logKey = `${root}/CloudTrail/${region}/${dayOf(logAt)}/${accountId}_CloudTrail_${region}_${stampOf(logAt).slice(0, 13)}Z_AbCdEfGhIjKl${1000 + at}.json.gz`;
    const log = logOf?.(from) ?? `{"Records":[{"eventID":"${region} ${at}"}]}`;
    logs.push({ key: logKey, bytes: gzipSync(log) });
    const digestKey = `${root}/CloudTrail-Digest/${region}/${dayOf(to)}/${accountId}_CloudTrail-Digest_${region}_my_trail_us-east-1_${stampOf(to)}.json.gz`;
    const content = JSON.stringify({
      awsAccountId: accountId,
      digestStartTime: isoOf(from),
      digestEndTime: isoOf(to),
      digestS3Bucket: bucket,
      digestS3Object: digestKey,
      digestPublicKeyFingerprint: key.entry.Fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: null,
      oldestEventTime: null,
      previousDigestS3Bucket: before === undefined ? null : bucket,
      previousDigestS3Object: before?.key ?? null,
      previousDigestHashValue: before === undefined ? null : sha256(before.content),
      previousDigestHashAlgorithm: before === undefined ? null : 'SHA-256',
      previousDigestSignature: before?.signature ?? null,
      logFiles: [{ s3Bucket: bucket, s3Object: logKey, hashValue: sha256(log), hashAlgorithm: 'SHA-256' }],
    });
    const signed = [isoOf(to), `${bucket}/${digestKey}`, sha256(content), before?.signature ?? 'null'].join('\n');
    const signature = sign('RSA-SHA256', new TextEncoder().encode(signed), key.privateKey).toString('hex');
    before = { key: digestKey, content, signature };
    const metadata = { signature, 'signature-algorithm': 'SHA256withRSA' };
    digests.push({ key: digestKey, bytes: gzipSync(content), metadata });
  }
  return { digests, logs };
}
