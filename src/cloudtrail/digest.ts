/** One digest file of CloudTrail's log file integrity: what it says, and whether AWS signed it. */

import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { viewOf } from '../delivery/decompress.ts';
import { asDate, asList, asObject, asText, parseJson, quoted } from '../delivery/shape.ts';
import { PipelineError } from '../errors.ts';

/** A log file that a digest vouches for. */
export interface DigestedLog {
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the inflated bytes in lower-case hexadecimal, if `hashAlgorithm` is `SHA-256`. */
  readonly hash: string;
  readonly hashAlgorithm: string;
}

/** A digest's content. Times are as CloudTrail wrote them in `endText`, which is part of what is signed. */
export interface Digest {
  readonly accountId: string;
  readonly start: Date;
  readonly end: Date;
  readonly endText: string;
  /** Where CloudTrail put it; a digest found elsewhere has been moved. */
  readonly bucket: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly signatureAlgorithm: string;
  /** The digest before it; absent in the one that starts a chain. */
  readonly previous?: DigestedLog & { readonly signature: string };
  readonly logFiles: readonly DigestedLog[];
}

/** A key that CloudTrail signs with: one region's, for a time. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly fingerprint: string;
  readonly validFrom?: Date;
  readonly validUntil?: Date;
}

const SIGNATURE_ALGORITHM = 'SHA256withRSA';
export const HASH_ALGORITHM = 'SHA-256';

/** Keys are changed while digests are under way; AWS's own tool looks two hours past the time asked for. */
const ROTATION_SLACK_MS = 2 * 3_600_000;

/** SHA-256 of bytes, in lower-case hexadecimal as digests write it. */
export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(viewOf(bytes)).digest('hex');
}

/**
 * A digest's inflated bytes, read. Throws PipelineError `log-unreadable` that names the field which is missing or not of its kind.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function parseDigest(bytes: Buffer): Digest {
  const fields = asObject(parseJson(bytes.toString('utf8'))?.value);
  if (fields === undefined) throw unreadable('it is no JSON object');
  const previous = readPrevious(fields);
  return {
    accountId: textOf(fields, 'awsAccountId'),
    start: dateOf(fields, 'digestStartTime'),
    end: dateOf(fields, 'digestEndTime'),
    endText: textOf(fields, 'digestEndTime'),
    bucket: textOf(fields, 'digestS3Bucket'),
    key: textOf(fields, 'digestS3Object'),
    fingerprint: textOf(fields, 'digestPublicKeyFingerprint').toLowerCase(),
    signatureAlgorithm: textOf(fields, 'digestSignatureAlgorithm'),
    ...(previous === undefined ? {} : { previous }),
    logFiles: readLogFiles(fields),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const PREVIOUS_FIELDS = ['S3Bucket', 'S3Object', 'HashValue', 'HashAlgorithm', 'Signature'].map(
  (name) => `previousDigest${name}`,
);

/** A starting digest has all of the five fields null; some but not all of them is no form that CloudTrail writes. */
function readPrevious(fields: Fields): Digest['previous'] {
  if (PREVIOUS_FIELDS.every((name) => fields[name] === null || fields[name] === undefined)) return undefined;
  return {
    bucket: textOf(fields, 'previousDigestS3Bucket'),
    key: textOf(fields, 'previousDigestS3Object'),
    hash: textOf(fields, 'previousDigestHashValue').toLowerCase(),
    hashAlgorithm: textOf(fields, 'previousDigestHashAlgorithm'),
    signature: textOf(fields, 'previousDigestSignature'),
  };
}

function readLogFiles(fields: Fields): readonly DigestedLog[] {
  const files = asList(fields.logFiles);
  if (files === undefined) throw unreadable('its logFiles is no list');
  return files.map((file) => {
    const log = asObject(file);
    if (log === undefined) throw unreadable('its logFiles holds what is no object');
    return {
      bucket: textOf(log, 's3Bucket'),
      key: textOf(log, 's3Object'),
      hash: textOf(log, 'hashValue').toLowerCase(),
      hashAlgorithm: textOf(log, 'hashAlgorithm'),
    };
  });
}

function textOf(fields: Fields, name: string): string {
  const text = asText(fields[name]);
  if (text === undefined) throw unreadable(`its ${name} is missing`);
  return text;
}

function dateOf(fields: Fields, name: string): Date {
  const date = asDate(textOf(fields, name));
  if (date === undefined) throw unreadable(`its ${name} is no time: ${quoted(textOf(fields, name))}`);
  return date;
}

function unreadable(found: string): PipelineError {
  return new PipelineError('log-unreadable', `reading a digest: ${found}`);
}

/**
 * The keys of a `ListPublicKeys` answer, as the API or `aws cloudtrail list-public-keys` gives it, and what is wrong with the
 * others. A key counts only if its fingerprint is its own, which guards against mix-ups, not against who can forge the file.
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
  if (actual !== fingerprint) return `${place}: the fingerprint is ${quoted(fingerprint)}, the key's own is ${actual}`;
  const key = keyOf(der);
  if (key?.asymmetricKeyType !== 'rsa') return `${place}: it is no RSA key in PKCS#1 or SPKI form`;
  const [validFrom, validUntil] = [timeOf(fields.ValidityStartTime), timeOf(fields.ValidityEndTime)];
  return { key, fingerprint, ...(validFrom && { validFrom }), ...(validUntil && { validUntil }) };
}

function derOf(value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value);
  const text = asText(value);
  return text === undefined ? undefined : Buffer.from(text, 'base64');
}

/** AWS documents PKCS#1, shows SPKI among its own examples and says that the encoding may change. */
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

/** The API's client gives a Date, the command line ISO text or seconds. */
function timeOf(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  return asDate(typeof value === 'number' && value < 1e11 ? value * 1000 : value);
}

/**
 * What CloudTrail signs, to the byte: no line feed at the end, the word `null` for the signature before a chain's first digest.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export function signedText(digest: Digest, bytes: Buffer): string {
  return [digest.endText, `${digest.bucket}/${digest.key}`, sha256Of(bytes), digest.previous?.signature ?? 'null'].join(
    '\n',
  );
}

/** Why a digest's signature does not hold, or undefined when it does. `at` is when it was made. */
export function signatureFault(
  digest: Digest,
  bytes: Buffer,
  { signature, keys, at }: { readonly signature: string; readonly keys: readonly SigningKey[]; readonly at: Date },
): string | undefined {
  if (digest.signatureAlgorithm !== SIGNATURE_ALGORITHM)
    return `its signature algorithm is ${quoted(digest.signatureAlgorithm)}`;
  const known = keys.filter(({ fingerprint }) => fingerprint === digest.fingerprint);
  if (known.length === 0) return `no public key has its fingerprint ${quoted(digest.fingerprint)}`;
  const timely = known.filter((key) => isValidAt(key, at));
  if (timely.length === 0) return `its public key was not valid at ${at.toISOString()}`;
  if (!/^(?:[0-9a-f]{2})+$/i.test(signature)) return 'its signature is not hexadecimal';
  const text = viewOf(Buffer.from(signedText(digest, bytes), 'utf8'));
  const proof = viewOf(Buffer.from(signature, 'hex'));
  return timely.some(({ key }) => verify('RSA-SHA256', text, key, proof)) ? undefined : 'its signature does not verify';
}

/** The same algorithm is named in the object's metadata; another one there means that somebody wrote it anew. */
export function algorithmFault(named: string | undefined): string | undefined {
  return named === undefined || named === SIGNATURE_ALGORITHM
    ? undefined
    : `its metadata names the algorithm ${quoted(named)}`;
}

function isValidAt({ validFrom, validUntil }: SigningKey, at: Date): boolean {
  const time = at.getTime();
  return (
    (validFrom === undefined || time >= validFrom.getTime() - ROTATION_SLACK_MS) &&
    (validUntil === undefined || time <= validUntil.getTime() + ROTATION_SLACK_MS)
  );
}
