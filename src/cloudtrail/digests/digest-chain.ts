/** Verifies the chains that digests form, hour by hour: which digests are valid, and which are missing between and after them. */

import { byText, groupBy } from '../../collections.ts';
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
  /** The inflated bytes, or why there are none. Bytes after the gzip's first member make a file invalid. */
  readonly content: Buffer | { readonly fault: string };
  /** The object's metadata `signature` and `signature-algorithm`. */
  readonly signature?: string | undefined;
  readonly signatureAlgorithm?: string | undefined;
  /** The metadata `backfill-generation-timestamp`: when a backfill digest was signed. */
  readonly generatedAt?: Date | undefined;
}

/** What digests are verified against. */
export interface ChainOptions {
  readonly keys: readonly SigningKey[];
  /** When digests are expected to start. Without it, the oldest digest found counts as the first. */
  readonly since?: Date | undefined;
  /** When they are expected to end: the end of the period or now, whichever is earlier. Without it, the end is not checked. */
  readonly until?: Date | undefined;
  /** True for files without their S3 metadata: a missing signature is then taken from the next digest. @default false */
  readonly offline?: boolean | undefined;
}

/** A readable digest, and whether it can be believed. */
export interface JudgedDigest {
  readonly digest: Digest;
  readonly believed: boolean;
  readonly backfill: boolean;
}

/** The checks of all digests, and the readable digests. */
export interface ChainReport {
  readonly checks: readonly IntegrityCheck[];
  readonly digests: readonly JudgedDigest[];
}

/** CloudTrail writes a digest every hour, even without events, and delivers it within the next. After that it is missing. */
export const DIGEST_DUE_MS = 2 * 3_600_000;

const HOUR_MS = 3_600_000;

interface Link {
  readonly found: FoundDigest;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/**
 * Verifies all digests, chain by chain (account, region and trail), newest first. Each digest is checked by its location, algorithm and
 * signature, and by the hash and signature that its successor recorded. Each chain is checked for gaps. Without digests there are no
 * checks: nothing is then valid, and the caller has to say so.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export function verifyDigests(found: readonly FoundDigest[], options: ChainOptions): ChainReport {
  const checks: IntegrityCheck[] = [];
  const digests: JudgedDigest[] = [];
  const readable: Link[] = [];
  for (const one of found) {
    const link = readLink(one);
    if ('status' in link) checks.push(link);
    else readable.push(link);
  }
  const chains = groupBy(readable, ({ digest }) => chainOf(digest.key));
  for (const [, links] of [...chains].toSorted(byText(([chain]) => chain))) {
    // A moved digest is reported as such, and its place in the chain is empty.
    const placed = links.filter(({ found, digest }) => !isBackfill(digest) && placeFault(found, digest) === undefined);
    const unchained = links.filter(
      ({ found, digest }) => isBackfill(digest) || placeFault(found, digest) !== undefined,
    );
    for (const report of [judgeChain(placed, options), judgeUnchained(unchained, options)]) {
      for (const check of report.checks) checks.push(check);
      for (const digest of report.digests) digests.push(digest);
    }
  }
  return { checks, digests };
}

const isBackfill = ({ key }: Digest): boolean => readLogKey(key).kind === 'backfill-digest';

/** The chain a digest belongs to: its trail, account and region or, if its name doesn't say, its folder. */
function chainOf(key: string): string {
  const { kind, organizationId, accountId, region, trailName, homeRegion } = readLogKey(key);
  if (trailName === undefined) return key.slice(0, key.lastIndexOf('/') + 1);
  return [organizationId, accountId, region, trailName, homeRegion, kind].join(' ');
}

function readLink(found: FoundDigest): Link | IntegrityCheck {
  const fault = 'fault' in found.content ? found.content.fault : undefined;
  if (fault !== undefined || !Buffer.isBuffer(found.content)) return invalidDigest(found, fault ?? 'it has no content');
  try {
    return { found, bytes: found.content, digest: parseDigest(found.content) };
  } catch (thrown) {
    return invalidDigest(found, messageOf(thrown));
  }
}

function invalidDigest(found: FoundDigest, reason: string): IntegrityCheck {
  return { ...digestSubject(found, readLogKey(found.key)), status: 'invalid', reason };
}

function digestSubject(
  found: FoundDigest,
  key: LogKey,
): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return {
    object: found.bucket === undefined ? found.key : `s3://${found.bucket}/${found.key}`,
    type: key.kind === 'backfill-digest' ? 'backfill-digest' : 'digest',
    accountId: key.accountId,
    region: key.region,
  };
}

/** Judges the digests outside the hourly sequence: moved ones, and backfill digests, which cover late files. */
function judgeUnchained(links: readonly Link[], options: ChainOptions): ChainReport {
  const judged = links.map((link) => ({ link, check: judgeDigest(link, undefined, options) }));
  return {
    checks: judged.map(({ check }) => check),
    digests: judged.map(({ link, check }) => asJudged(link, check)),
  };
}

function judgeChain(links: readonly Link[], options: ChainOptions): ChainReport {
  const newestFirst = links.toSorted((one, other) => other.digest.end.getTime() - one.digest.end.getTime());
  const checks: IntegrityCheck[] = gapAfter(newestFirst[0], options);
  const digests: JudgedDigest[] = [];
  const successors = new Map<string, Digest>();
  for (const [at, link] of newestFirst.entries()) {
    const check = judgeDigest(link, successors.get(placeOf(link.digest)), options);
    checks.push(check, ...gapBefore(link, newestFirst[at + 1], options));
    digests.push(asJudged(link, check));
    // An invalid digest proves nothing about the one before it. One without a known signature does: the previous signature it records
    // either verifies, or shows that one of the two was changed.
    if (check.status !== 'invalid' && link.digest.previous) successors.set(placeOf(link.digest.previous), link.digest);
  }
  return { checks, digests };
}

const placeOf = ({ bucket, key }: { readonly bucket: string; readonly key: string }): string => `s3://${bucket}/${key}`;

const asJudged = ({ digest }: Link, { status }: IntegrityCheck): JudgedDigest => ({
  digest,
  believed: status === 'valid',
  backfill: isBackfill(digest),
});

/** Judges one digest by itself and by what its successor recorded. */
function judgeDigest(
  link: Link,
  successor: Digest | undefined,
  { keys, offline = false }: ChainOptions,
): IntegrityCheck {
  const { found, digest, bytes } = link;
  const base = { ...digestSubject(found, readLogKey(digest.key)), from: digest.start, to: digest.end };
  const recorded = successor?.previous;
  const own = found.signature;
  const fault =
    placeFault(found, digest) ??
    algorithmFault(found.signatureAlgorithm) ??
    recordFault(bytes, own, recorded) ??
    (own === undefined && !offline ? 'its signature is missing from its metadata' : undefined);
  if (fault !== undefined) return { ...base, status: 'invalid', reason: fault };
  const signature = own ?? recorded?.signature;
  if (signature === undefined) {
    return {
      ...base,
      status: 'unverified',
      reason: 'neither its metadata nor a later digest gives its signature',
    };
  }
  const unsigned = signatureFault(digest, bytes, { signature, keys, at: found.generatedAt ?? digest.end });
  return unsigned === undefined ? { ...base, status: 'valid' } : { ...base, status: 'invalid', reason: unsigned };
}

function placeFault(found: FoundDigest, digest: Digest): string | undefined {
  const moved =
    found.bucket === undefined
      ? !samePlace(found.key, digest.key)
      : found.bucket !== digest.bucket || found.key !== digest.key;
  return moved ? `it has been moved: CloudTrail wrote it to ${placeOf(digest)}` : undefined;
}

/** True when one path ends with the other: a download may drop or add parent folders. */
export function samePlace(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
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

/** What is missing between a digest and the next older one found. */
function gapBefore(
  { found, digest }: Link,
  older: Link | undefined,
  { since }: ChainOptions,
): readonly IntegrityCheck[] {
  const { previous, start } = digest;
  const base = digestSubject(found, readLogKey(digest.key));
  const to = start;
  if (since !== undefined && start <= since) return [];
  const from = older === undefined ? since : older.digest.end;
  const span = { from, to };
  if (previous === undefined) {
    if (from === undefined || from.getTime() === to.getTime()) return [];
    const reason = 'a new chain starts here: digests were not written, or earlier ones were deleted';
    return [{ ...base, ...span, status: older === undefined ? 'unverified' : 'missing', reason }];
  }
  const object = placeOf(previous);
  if (older !== undefined && placeOf(older.digest) === object) {
    if (older.digest.end.getTime() === start.getTime()) return [];
    return [
      {
        ...base,
        ...span,
        object,
        status: 'missing',
        reason: 'there is a gap between the end of this digest and the start of the next one',
      },
    ];
  }
  if (from === undefined)
    return [{ ...base, ...span, object, status: 'unverified', reason: 'the digest before the oldest one given' }];
  return [{ ...base, ...span, object, status: 'missing', reason: missingReason(from, to) }];
}

function missingReason(from: Date, to: Date): string {
  const count = Math.max(1, Math.round((to.getTime() - from.getTime()) / HOUR_MS));
  const why = 'CloudTrail writes one every hour';
  return count === 1 ? why : `${why}; ${count - 1} before it missing too`;
}

/** What is missing after the newest digest. */
function gapAfter(newest: Link | undefined, { until }: ChainOptions): IntegrityCheck[] {
  if (newest === undefined || until === undefined) return [];
  const { found, digest } = newest;
  if (until.getTime() - digest.end.getTime() <= DIGEST_DUE_MS) return [];
  const reason =
    'there is no digest after this one, although one is written every hour: logging was stopped, or they were deleted';
  return [{ ...digestSubject(found, readLogKey(digest.key)), from: digest.end, to: until, status: 'missing', reason }];
}
