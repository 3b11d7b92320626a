/** Reads the public keys that verify CloudTrail's digests. */

import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { viewOf } from '../../delivery/decompress.ts';
import { asDate, asList, asObject, asText, quoted } from '../../delivery/shape.ts';

/** A key that CloudTrail signs one region's digests with, for a time. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly fingerprint: string;
  readonly validFrom?: Date | undefined;
  readonly validUntil?: Date | undefined;
}

/** A key may be replaced while digests are on their way. AWS's own tool allows two hours past the end of validity. */
const ROTATION_SLACK_MS = 2 * 3_600_000;

/**
 * The keys of a `ListPublicKeys` response, from the API or `aws cloudtrail list-public-keys`, and what is wrong with the others. A key
 * counts only if its fingerprint matches. That guards against mix-ups, not against someone who can forge the file.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
export function readSigningKeys(answer: unknown): {
  readonly keys: readonly SigningKey[];
  readonly rejected: readonly string[];
} {
  const list = asList(answer) ?? asList(asObject(answer)?.PublicKeyList);
  if (list === undefined) return { keys: [], rejected: ['there is no PublicKeyList'] };
  const read = list.map((entry, at) => readSigningKey(entry, `PublicKeyList[${at}]`));
  return {
    keys: read.filter((key): key is SigningKey => typeof key !== 'string'),
    rejected: read.filter((fault) => typeof fault === 'string'),
  };
}

function readSigningKey(entry: unknown, place: string): SigningKey | string {
  const fields = asObject(entry) ?? {};
  const der = derOf(fields.Value);
  const fingerprint = asText(fields.Fingerprint)?.toLowerCase();
  if (der === undefined || fingerprint === undefined) return `${place}: Value or Fingerprint is missing`;
  const actual = createHash('md5').update(viewOf(der)).digest('hex');
  if (actual !== fingerprint)
    return `${place}: the fingerprint is ${quoted(fingerprint)}, but the key's own is ${actual}`;
  const key = keyOf(der);
  if (key?.asymmetricKeyType !== 'rsa') return `${place}: it is not an RSA key in PKCS#1 or SPKI form`;
  return { key, fingerprint, validFrom: timeOf(fields.ValidityStartTime), validUntil: timeOf(fields.ValidityEndTime) };
}

function derOf(value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value);
  const text = asText(value);
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

/** AWS documents PKCS#1, shows SPKI in its examples, and says the encoding may change. */
function keyOf(der: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'spki'] as const) {
    try {
      return createPublicKey({ key: der, format: 'der', type });
    } catch (fault) {
      if (type === 'spki' && !(fault instanceof Error)) throw fault;
    }
  }
  return undefined;
}

/** The API's client gives a Date; the command line gives ISO text or seconds. */
function timeOf(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  return asDate(typeof value === 'number' && value < 1e11 ? value * 1000 : value);
}

/** True when a key was valid at a time, allowing for the time it takes to replace one. */
export function isValidAt({ validFrom, validUntil }: SigningKey, at: Date): boolean {
  const time = at.getTime();
  return (
    (validFrom === undefined || time >= validFrom.getTime() - ROTATION_SLACK_MS) &&
    (validUntil === undefined || time <= validUntil.getTime() + ROTATION_SLACK_MS)
  );
}
