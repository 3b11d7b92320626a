/** Judges one digest: by its place, its algorithms and signature, and by what its successor recorded of it. */

import { type LogKey, readLogKey } from '../../delivery/log-key.ts';
import { messageOf } from '../../errors.ts';
import { algorithmFault, type Digest, HASH_ALGORITHM, parseDigest, sha256Of, signatureFault } from './digest.ts';
import type { SigningKey } from './signing-keys.ts';

/** The result for one object, or for a span of time that should have one but doesn't. */
export interface IntegrityCheck {
  /** `s3://bucket/key`, or a path. */
  readonly object: string;
  readonly type: 'digest' | 'backfill-digest' | 'log';
  /** `injected`: it is among CloudTrail's files, but no digest names it. `unverified`: there is no proof for or against it. */
  readonly status: 'valid' | 'invalid' | 'missing' | 'injected' | 'unverified';
  /** Present unless the status is `valid`. */
  readonly reason?: string | undefined;
  /** True where proof cannot be expected: its digest is not due yet, or it is from before everything that was given. */
  readonly notDue?: true | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** The span that it covers, or that nothing covers. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A digest as it was found. */
export interface FoundDigest {
  /** Absent for a path on this machine. The end of the path is then compared with the digest's own key. */
  readonly bucket?: string | undefined;
  readonly key: string;
  readonly below?: string | undefined;
  /**
   * The inflated bytes, or why there are none: a `fault` of the file, or a reason why it was `unread`, which is not held against it. Bytes
   * after the gzip's first member are a fault.
   */
  readonly content: Buffer | { readonly fault: string } | { readonly unread: string };
  /** The object's metadata `signature` and `signature-algorithm`. */
  readonly signature?: string | undefined;
  readonly signatureAlgorithm?: string | undefined;
  /** The metadata `backfill-generation-timestamp`: when a backfill digest was signed. */
  readonly generatedAt?: Date | undefined;
}

/** A digest that could be read. */
export interface Link {
  readonly found: FoundDigest;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** A successor that records something of the digest before it, and whether it is proven itself. */
export interface Successor {
  readonly digest: Digest;
  readonly isProven: boolean;
}

/** Reads a digest. Undefined for one that was not read; the check for one that cannot be. */
export function readLink(found: FoundDigest): Link | IntegrityCheck | undefined {
  const { content } = found;
  if ('unread' in content) return undefined;
  if ('fault' in content) return invalidDigest(found, content.fault);
  try {
    return { found, bytes: content, digest: parseDigest(content) };
  } catch (thrown) {
    return invalidDigest(found, messageOf(thrown));
  }
}

function invalidDigest(found: FoundDigest, reason: string): IntegrityCheck {
  return { ...digestSubject(found, readLogKey(found.key)), status: 'invalid', reason };
}

/** What a check of a digest is about. */
export function digestSubject(
  found: Pick<FoundDigest, 'bucket' | 'key'>,
  key: LogKey,
): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return {
    object: found.bucket === undefined ? found.key : `s3://${found.bucket}/${found.key}`,
    type: key.kind === 'backfill-digest' ? 'backfill-digest' : 'digest',
    accountId: key.accountId,
    region: key.region,
  };
}

/** `s3://bucket/key`. */
export const placeOf = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string =>
  `s3://${bucket}/${key}`;

/** Judges one digest by itself and by what its successor recorded. */
export function judgeDigest(link: Link, successor: Successor | undefined, keys: readonly SigningKey[]): IntegrityCheck {
  const { found, digest, bytes } = link;
  const base = { ...digestSubject(found, readLogKey(digest.key)), from: digest.start, to: digest.end };
  const own = found.signature;
  const recorded = successor?.digest.previous;
  // A successor that is not proven itself proves nothing against a digest with a signature of its own.
  const judging = own === undefined || successor?.isProven === true ? recorded : undefined;
  const fault =
    placeFault(found, digest) ??
    algorithmFault(found.signatureAlgorithm) ??
    recordFault(bytes, own, judging) ??
    // A copy on this machine has lost the metadata.
    (own === undefined && found.bucket !== undefined ? 'its signature is missing from its metadata' : undefined);
  if (fault !== undefined) return { ...base, status: 'invalid', reason: fault };
  const signature = own ?? recorded?.signature;
  if (signature === undefined)
    return { ...base, status: 'unverified', reason: 'neither its metadata nor a later digest gives its signature' };
  const unsigned = signatureFault(digest, bytes, { signature, keys, at: found.generatedAt ?? digest.end });
  return unsigned === undefined ? { ...base, status: 'valid' } : { ...base, status: 'invalid', reason: unsigned };
}

/** Why a digest is not where CloudTrail wrote it, or undefined if it is. */
export function placeFault(found: FoundDigest, digest: Digest): string | undefined {
  const moved =
    found.bucket === undefined
      ? !samePlace(found, digest.key)
      : found.bucket !== digest.bucket || found.key !== digest.key;
  return moved ? `it has been moved: CloudTrail wrote it to ${placeOf(digest)}` : undefined;
}

/** A file of a copy: its path, and the part of it below what the user named, which may lack upper folders of the bucket. */
export interface CopiedFile {
  readonly key: string;
  readonly below?: string | undefined;
}

/** True when a path ends with a key, or the key with the part below what was named: a download may drop or add parent folders. */
export function samePlace({ key, below = key }: CopiedFile, other: string): boolean {
  return key === other || key.endsWith(`/${other}`) || below === other || other.endsWith(`/${below}`);
}

/** Why a digest differs from what its successor recorded, or undefined when it doesn't. */
function recordFault(bytes: Buffer, signature: string | undefined, recorded: Digest['previous']): string | undefined {
  if (recorded === undefined) return undefined;
  if (recorded.hashAlgorithm !== HASH_ALGORITHM)
    return 'the digest after it records its hash with another algorithm than SHA-256';
  if (recorded.hash !== sha256Of(bytes)) return 'its hash is not the one that the digest after it records';
  const differs = signature !== undefined && signature.toLowerCase() !== recorded.signature.toLowerCase();
  return differs ? 'its signature is not the one that the digest after it records' : undefined;
}
