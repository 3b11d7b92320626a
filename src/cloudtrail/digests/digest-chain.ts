/** Verifies the chains that digests form, hour by hour: which digests are valid, and which are missing before, between and after them. */

import { byText, groupBy } from '../../collections.ts';
import { readLogKey } from '../../delivery/log-key.ts';
import { gapAfter, gapsBefore, type Span } from './chain-gaps.ts';
import type { Digest } from './digest.ts';
import {
  digestSubject,
  type FoundDigest,
  type IntegrityCheck,
  judgeDigest,
  type Link,
  placeFault,
  placeOf,
  readLink,
  type Successor,
} from './judge-digest.ts';
import type { SigningKey } from './signing-keys.ts';

export type { FoundDigest, IntegrityCheck } from './judge-digest.ts';

/** What digests are verified against. */
export interface ChainOptions {
  readonly keys: readonly SigningKey[];
  /** When digests are expected to start. Without it, the oldest digest found counts as the first. */
  readonly since?: Date | undefined;
  /** The end of the period. Without it, the digests of a bucket are expected up to `now`, and those of a copy end where they end. */
  readonly until?: Date | undefined;
  readonly now: Date;
}

/** A readable digest, and whether it can be believed. */
export interface JudgedDigest {
  readonly digest: Digest;
  /** Absent for a digest in a copy. */
  readonly foundIn?: string | undefined;
  readonly status: IntegrityCheck['status'];
  readonly backfill: boolean;
}

/** The checks of all digests, and the readable digests. */
export interface ChainReport {
  readonly checks: readonly IntegrityCheck[];
  readonly digests: readonly JudgedDigest[];
}

/**
 * Verifies all digests, chain by chain (account, region and trail), newest first. Each digest is checked by its location, algorithm and
 * signature, and by the hash and signature that its successor recorded. Each chain is checked for gaps and forks. Without digests there are
 * no checks: nothing is then valid, and the caller has to say so.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
 */
export function verifyDigests(found: readonly FoundDigest[], options: ChainOptions): ChainReport {
  const checks: IntegrityCheck[] = [];
  const digests: JudgedDigest[] = [];
  const chains = groupBy(found, ({ key }) => chainOf(key));
  for (const [, own] of [...chains].toSorted(byText(([chain]) => chain))) {
    const report = judgeFound(own, options);
    for (const check of report.checks) checks.push(check);
    for (const digest of report.digests) digests.push(digest);
  }
  return { checks, digests };
}

/** The chain a digest belongs to: its trail, account and region or, if its name doesn't say, its folder. */
function chainOf(key: string): string {
  const { organizationId, accountId, region, trailName, homeRegion } = readLogKey(key);
  if (trailName === undefined) return key.slice(0, key.lastIndexOf('/') + 1);
  return [organizationId, accountId, region, trailName, homeRegion].join(' ');
}

function judgeFound(found: readonly FoundDigest[], options: ChainOptions): ChainReport {
  const checks: IntegrityCheck[] = [];
  const links: Link[] = [];
  const unreadable: FoundDigest[] = [];
  for (const one of found) {
    const link = readLink(one);
    if (link !== undefined && 'digest' in link) links.push(link);
    else unreadable.push(one);
    if (link !== undefined && 'status' in link) checks.push(link);
  }
  // A moved digest is reported as such, and its place in the chain is empty. Backfill digests, of late files, are outside the hourly chain.
  const inChain = (link: Link): boolean =>
    !isBackfill(link.digest) && placeFault(link.found, link.digest) === undefined;
  const chain = judgeChain(links.filter(inChain), unreadable, options);
  const others = links
    .filter((link) => !inChain(link))
    .map((link) => judged(link, judgeDigest(link, undefined, options.keys)));
  return {
    checks: [...chain.checks, ...others.map(({ check }) => check), ...checks],
    digests: [...chain.digests, ...others.map(({ digest }) => digest)],
  };
}

const isBackfill = ({ key }: Digest): boolean => readLogKey(key).kind === 'backfill-digest';

interface Judged {
  readonly link: Link;
  readonly check: IntegrityCheck;
  readonly digest: JudgedDigest;
}

function judged(link: Link, check: IntegrityCheck): Judged {
  const { found, digest } = link;
  const backfill = isBackfill(digest);
  return { link, check, digest: { digest, foundIn: found.bucket, status: check.status, backfill } };
}

function judgeChain(links: readonly Link[], unreadable: readonly FoundDigest[], options: ChainOptions): ChainReport {
  const each = withoutForks(judgeLinks(links, options));
  const kept = each.filter(({ check }) => isKept(check)).map(({ link }) => link);
  const invalid = each.filter(({ check }) => check.status === 'invalid').map(({ link }) => link.found);
  const bad = spansOf([...invalid, ...unreadable]);
  const gaps = gapsBefore(kept, bad, options);
  return {
    checks: [
      ...gapAfter(kept[0], bad, options),
      ...each.flatMap(({ link, check }) => [check, ...(gaps.get(link) ?? [])]),
    ],
    digests: each.map(({ digest }) => digest),
  };
}

/** True for a digest of which it may be believed that it belongs where it is. */
const isKept = ({ status }: IntegrityCheck): boolean => status === 'valid' || status === 'unverified';

/** The digests newest first, each judged by what its successor recorded. */
function judgeLinks(links: readonly Link[], { keys }: ChainOptions): readonly Judged[] {
  const newestFirst = links.toSorted((one, other) => other.digest.end.getTime() - one.digest.end.getTime());
  const successors = new Map<string, Successor>();
  const kept = new Map<string, Link>();
  return newestFirst.map((link) => {
    const { digest, found } = link;
    const place = placeOf(digest);
    const check = judgeDigest(link, successors.get(place), keys);
    const first = kept.get(place);
    if (!isKept(check)) return judged(link, check);
    if (first !== undefined)
      return judged(link, {
        ...check,
        status: 'injected',
        reason: `it is a second file of the digest in ${first.found.key}`,
      });
    kept.set(place, link);
    // An invalid digest proves nothing about the one before it. One without a known signature does: the previous signature it records
    // either verifies, or shows that one of the two was changed.
    const isProven = check.status === 'valid';
    if (digest.previous && (isProven || !successors.has(placeOf(digest.previous))))
      successors.set(placeOf(digest.previous), { digest, isProven });
    return judged(link, check.status === 'unverified' ? { ...check, object: subjectOf(found) } : check);
  });
}

const subjectOf = (found: FoundDigest): string => digestSubject(found, readLogKey(found.key)).object;

/** CloudTrail continues each digest once. Of several that continue the same one, those that nothing continues are not its own. */
function withoutForks(each: readonly Judged[]): readonly Judged[] {
  const kept = each.filter(({ check, link }) => isKept(check) && link.digest.previous !== undefined);
  const continued = new Set(kept.map(({ link }) => link.digest.previous && placeOf(link.digest.previous)));
  const rivals = groupBy(kept, ({ link }) => link.digest.previous && placeOf(link.digest.previous));
  const main = (place: string | undefined): Judged | undefined => {
    const all = rivals.get(place) ?? [];
    return all.find(({ link }) => continued.has(placeOf(link.digest))) ?? all.at(-1);
  };
  return each.map((one) => {
    const { link, check } = one;
    const { previous } = link.digest;
    const own = previous && isKept(check) ? main(placeOf(previous)) : undefined;
    if (own === undefined || own.link === link) return one;
    const reason = `it is a fork of the chain: ${placeOf(own.link.digest)} continues the same digest, and CloudTrail continues each one once`;
    return judged(link, { ...check, status: 'invalid', reason });
  });
}

/** The hours of digests that are there but prove nothing, by their names. */
function spansOf(found: readonly FoundDigest[]): readonly Span[] {
  return found.flatMap(({ key }) => {
    const { deliveredAt } = readLogKey(key);
    return deliveredAt === undefined ? [] : [{ key, end: deliveredAt }];
  });
}
