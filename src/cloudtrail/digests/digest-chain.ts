/** The chains that digests form, hour after hour: which of them hold, what is missing between them and after them. */

import { type LogKey, readLogKey } from '../../delivery/log-key.ts';
import { messageOf } from '../../errors.ts';
import { algorithmFault, type Digest, HASH_ALGORITHM, parseDigest, sha256Of, signatureFault } from './digest.ts';
import type { SigningKey } from './signing-keys.ts';

/** What was found out of an object: one that was looked at, one that is not there, or a time for which there is none. */
export interface IntegrityCheck {
  /** `s3://bucket/key`, or a path. */
  readonly object: string;
  readonly type: 'digest' | 'backfill-digest' | 'log';
  /** `injected`: it lies where CloudTrail's files lie and none of its digests knows it. `unverified`: nothing speaks for or against it. */
  readonly status: 'valid' | 'invalid' | 'missing' | 'injected' | 'unverified';
  /** Always there but for `valid`. */
  readonly reason?: string | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** The time for which it speaks, or for which nothing does. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A digest as it was found. */
export interface FoundDigest {
  /** Absent when the place is a path on this machine, whose end is then compared with the digest's own key. */
  readonly bucket?: string | undefined;
  readonly key: string;
  /** The inflated bytes, or why there are none. Bytes that follow the gzip's first member are a fault of the file. */
  readonly content: Buffer | { readonly fault: string };
  /** The object's metadata `signature` and `signature-algorithm`. */
  readonly signature?: string | undefined;
  readonly signatureAlgorithm?: string | undefined;
  /** The metadata `backfill-generation-timestamp`: when a backfill digest was signed. */
  readonly generatedAt?: Date | undefined;
}

export interface ChainOptions {
  readonly keys: readonly SigningKey[];
  /** From when on digests are expected; without it the oldest one given is taken for the beginning. */
  readonly since?: Date | undefined;
  /** Until when they are expected: the end of the period or the present, whichever is earlier; without it the end is not judged. */
  readonly until?: Date | undefined;
  /** Files without their S3 metadata: a missing signature is then taken from the digest that follows. @default false */
  readonly offline?: boolean | undefined;
}

/** A digest that could be read, and whether what it says may be believed. */
export interface JudgedDigest {
  readonly digest: Digest;
  readonly believed: boolean;
  readonly backfill: boolean;
}

export interface ChainReport {
  readonly checks: readonly IntegrityCheck[];
  readonly digests: readonly JudgedDigest[];
}

/** Digests are written every hour, idle or not, and delivered within the next; after that one is missing. */
export const DIGEST_DUE_MS = 2 * 3_600_000;

const HOUR_MS = 3_600_000;

interface Link {
  readonly found: FoundDigest;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/**
 * All digests judged, chain by chain (account, region and trail), newest first: each by its place, its algorithm, its signature,
 * and the hash and signature that its successor recorded; the chain by its continuity, so that one digest missing or several in a
 * row show alike. No digests give no checks: nothing is valid then, and the caller has to say so.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export function verifyDigests(found: readonly FoundDigest[], options: ChainOptions): ChainReport {
  const checks: IntegrityCheck[] = [];
  const digests: JudgedDigest[] = [];
  const chains = new Map<string, Link[]>();
  for (const one of found) {
    const link = readLink(one);
    if ('status' in link) checks.push(link);
    else {
      const name = chainOf(link.digest.key);
      const chain = chains.get(name);
      if (chain === undefined) chains.set(name, [link]);
      else chain.push(link);
    }
  }
  for (const [, links] of [...chains].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    // A digest that was moved says so by itself; in the chain its place is empty.
    const placed = links.filter(({ found, digest }) => !isBackfill(digest) && placeFault(found, digest) === undefined);
    const apart = links.filter(({ found, digest }) => isBackfill(digest) || placeFault(found, digest) !== undefined);
    for (const report of [judgeChain(placed, options), judgeApart(apart, options)]) {
      for (const check of report.checks) checks.push(check);
      for (const digest of report.digests) digests.push(digest);
    }
  }
  return { checks, digests };
}

const isBackfill = ({ key }: Digest): boolean => readLogKey(key).kind === 'backfill-digest';

/** Digests of one trail in one account and region; when its name does not tell, those of one folder. */
function chainOf(key: string): string {
  const { kind, organizationId, accountId, region, trailName, homeRegion } = readLogKey(key);
  if (trailName === undefined) return key.slice(0, key.lastIndexOf('/') + 1);
  return [organizationId, accountId, region, trailName, homeRegion, kind].join(' ');
}

function readLink(found: FoundDigest): Link | IntegrityCheck {
  const fault = 'fault' in found.content ? found.content.fault : undefined;
  if (fault !== undefined || !Buffer.isBuffer(found.content)) return unreadable(found, fault ?? 'it has no content');
  try {
    return { found, bytes: found.content, digest: parseDigest(found.content) };
  } catch (thrown) {
    return unreadable(found, messageOf(thrown));
  }
}

function unreadable(found: FoundDigest, reason: string): IntegrityCheck {
  const key = readLogKey(found.key);
  return { ...subject(found, key), status: 'invalid', reason };
}

function subject(found: FoundDigest, key: LogKey): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return {
    object: found.bucket === undefined ? found.key : `s3://${found.bucket}/${found.key}`,
    type: key.kind === 'backfill-digest' ? 'backfill-digest' : 'digest',
    ...(key.accountId === undefined ? {} : { accountId: key.accountId }),
    ...(key.region === undefined ? {} : { region: key.region }),
  };
}

/** Those outside the hourly succession: moved ones, and backfill digests, which speak for files that came late. */
function judgeApart(links: readonly Link[], options: ChainOptions): ChainReport {
  const judged = links.map((link) => ({ link, check: judge(link, undefined, options) }));
  return {
    checks: judged.map(({ check }) => check),
    digests: judged.map(({ link, check }) => asJudged(link, check)),
  };
}

function judgeChain(links: readonly Link[], options: ChainOptions): ChainReport {
  const newestFirst = links.toSorted((one, other) => other.digest.end.getTime() - one.digest.end.getTime());
  const checks: IntegrityCheck[] = tailOf(newestFirst[0], options);
  const digests: JudgedDigest[] = [];
  const successors = new Map<string, Digest>();
  for (const [at, link] of newestFirst.entries()) {
    const check = judge(link, successors.get(placeOf(link.digest)), options);
    checks.push(check, ...joinOf(link, newestFirst[at + 1], options));
    digests.push(asJudged(link, check));
    // A digest that does not hold says nothing of the one before it. One whose own signature is unknown may: the signature that it
    // hands down proves itself, or shows that one of the two was changed.
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

function judge(link: Link, successor: Digest | undefined, { keys, offline = false }: ChainOptions): IntegrityCheck {
  const { found, digest, bytes } = link;
  const base = { ...subject(found, readLogKey(digest.key)), from: digest.start, to: digest.end };
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
      reason: 'its signature is known neither from its metadata nor from a digest after it',
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

/** True when one of the two paths ends with the other: a download may leave out folders above, or add some. */
export function samePlace(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}

function recordFault(bytes: Buffer, signature: string | undefined, recorded: Digest['previous']): string | undefined {
  if (recorded === undefined) return undefined;
  if (recorded.hashAlgorithm !== HASH_ALGORITHM)
    return 'the digest after it records its hash by another algorithm than SHA-256';
  if (recorded.hash !== sha256Of(bytes)) return 'its hash is not the one that the digest after it records';
  const differs = signature !== undefined && signature.toLowerCase() !== recorded.signature.toLowerCase();
  return differs ? 'its signature is not the one that the digest after it records' : undefined;
}

/** What is wrong between a digest and the next older one that is there. */
function joinOf({ found, digest }: Link, older: Link | undefined, { since }: ChainOptions): readonly IntegrityCheck[] {
  const { previous, start } = digest;
  const base = subject(found, readLogKey(digest.key));
  const to = start;
  if (since !== undefined && start <= since) return [];
  const from = older === undefined ? since : older.digest.end;
  const span = from === undefined ? { to } : { from, to };
  if (previous === undefined) {
    if (from === undefined || from.getTime() === to.getTime()) return [];
    const reason = 'a new chain begins here: digests were not written, or those before it are gone';
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
        reason: 'the times of this digest and the one after it do not join',
      },
    ];
  }
  if (from === undefined)
    return [{ ...base, ...span, object, status: 'unverified', reason: 'the digest before the oldest one given' }];
  return [{ ...base, ...span, object, status: 'missing', reason: countOf(from, to) }];
}

function countOf(from: Date, to: Date): string {
  const count = Math.max(1, Math.round((to.getTime() - from.getTime()) / HOUR_MS));
  return count === 1 ? 'the digest is not there' : `the digest is not there, nor are ${count - 1} before it`;
}

function tailOf(newest: Link | undefined, { until }: ChainOptions): IntegrityCheck[] {
  if (newest === undefined || until === undefined) return [];
  const { found, digest } = newest;
  if (until.getTime() - digest.end.getTime() <= DIGEST_DUE_MS) return [];
  const reason =
    'there is no digest after this one, though they are written every hour: logging was stopped, or they are gone';
  return [{ ...subject(found, readLogKey(digest.key)), from: digest.end, to: until, status: 'missing', reason }];
}
