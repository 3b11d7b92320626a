/** One digest file of CloudTrail's log file integrity validation: its content, and whether AWS signed it. */

import { createHash, verify } from 'node:crypto';
import { viewOf } from '../../delivery/decompress.ts';
import { asDate, asList, asObject, asText, mayHoldMoreValues, parseJson, quoted } from '../../delivery/shape.ts';
import { PipelineError } from '../../errors.ts';
import { isValidAt, type SigningKey } from './signing-keys.ts';

/** A log file that a digest vouches for. */
export interface DigestedLog {
  readonly bucket: string;
  readonly key: string;
  /** SHA-256 of the inflated bytes in lower-case hexadecimal, if `hashAlgorithm` is `SHA-256`. */
  readonly hash: string;
  readonly hashAlgorithm: string;
}

/** A digest's content. `endText` is the end time verbatim, since it is part of the signed text. */
export interface Digest {
  readonly accountId: string;
  readonly start: Date;
  readonly end: Date;
  readonly endText: string;
  /** Where CloudTrail wrote it. A digest found elsewhere has been moved. */
  readonly bucket: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly signatureAlgorithm: string;
  /** The digest before it; absent in the first of a chain. */
  readonly previous?: (DigestedLog & { readonly signature: string }) | undefined;
  readonly logFiles: readonly DigestedLog[];
}

const SIGNATURE_ALGORITHM = 'SHA256withRSA';
/** The hash algorithm of every digest and log file so far. */
export const HASH_ALGORITHM = 'SHA-256';

/** SHA-256 of bytes, in lower-case hexadecimal as digests write it. */
export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(viewOf(bytes)).digest('hex');
}

/** A digest has six values for each log file: this is enough for 150,000, and no digest of 16 MB names as many. */
const MOST_VALUES = 1_000_000;

/**
 * Reads a digest's inflated bytes. Throws PipelineError `log-unreadable`, which names the field that is missing or of the wrong type.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
export function parseDigest(bytes: Buffer): Digest {
  if (mayHoldMoreValues(bytes, MOST_VALUES)) throw unreadableDigest(`it has more than ${MOST_VALUES} values`);
  const fields = asObject(parseJson(bytes.toString('utf8'))?.value);
  if (fields === undefined) throw unreadableDigest('it is not a JSON object');
  return {
    accountId: textOf(fields, 'awsAccountId'),
    start: dateOf(fields, 'digestStartTime'),
    end: dateOf(fields, 'digestEndTime'),
    endText: textOf(fields, 'digestEndTime'),
    bucket: textOf(fields, 'digestS3Bucket'),
    key: textOf(fields, 'digestS3Object'),
    fingerprint: textOf(fields, 'digestPublicKeyFingerprint').toLowerCase(),
    signatureAlgorithm: textOf(fields, 'digestSignatureAlgorithm'),
    previous: readPrevious(fields),
    logFiles: readLogFiles(fields),
  };
}

type Fields = Readonly<Record<string, unknown>>;

const PREVIOUS_FIELDS = ['S3Bucket', 'S3Object', 'HashValue', 'HashAlgorithm', 'Signature'].map(
  (name) => `previousDigest${name}`,
);

/** All five fields are null in the first digest of a chain. CloudTrail never writes only some of them. */
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
  if (files === undefined) throw unreadableDigest('its logFiles is not a list');
  return files.map((file) => {
    const log = asObject(file);
    if (log === undefined) throw unreadableDigest('its logFiles contains something other than objects');
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
  if (text === undefined) throw unreadableDigest(`its ${name} is missing`);
  return text;
}

function dateOf(fields: Fields, name: string): Date {
  const date = asDate(textOf(fields, name));
  if (date === undefined) throw unreadableDigest(`its ${name} is not a time: ${quoted(textOf(fields, name))}`);
  return date;
}

function unreadableDigest(found: string): PipelineError {
  return new PipelineError('log-unreadable', `reading a digest: ${found}`);
}

/**
 * The exact text CloudTrail signs. It has no line feed at the end, and `null` as the previous signature in a chain's first digest.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export function signedText(digest: Digest, bytes: Buffer): string {
  return [digest.endText, `${digest.bucket}/${digest.key}`, sha256Of(bytes), digest.previous?.signature ?? 'null'].join(
    '\n',
  );
}

/** Why a digest's signature is not valid, or undefined when it is. `at` is when it was made. */
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

/** The object's metadata names the algorithm too. A different one means that somebody rewrote the object. */
export function algorithmFault(named: string | undefined): string | undefined {
  return named === undefined || named === SIGNATURE_ALGORITHM
    ? undefined
    : `its metadata names the algorithm ${quoted(named)}`;
}
