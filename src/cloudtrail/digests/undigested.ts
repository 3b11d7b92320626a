/** Judges a log file that no digest names, by its name, its folder and the digests of its time. */

import { groupBy } from '../../collections.ts';
import { accountsIn, type LogKey, readLogKey } from '../../delivery/log-key.ts';
import { nameFault } from './agreement.ts';
import { DIGEST_DUE_MS, HOUR_MS } from './chain-gaps.ts';
import type { ChainReport, JudgedDigest } from './digest-chain.ts';
import type { CopiedFile, IntegrityCheck } from './judge-digest.ts';

/** A log file that exists. */
export interface PresentLog extends CopiedFile {
  readonly bucket?: string | undefined;
}

/** A file's name has the minute it was started, and the file may appear in the next hour's digest. */
const DELIVERY_SLACK_MS = 15 * 60_000;

/** What is said of a file that no digest names. */
type Verdict = Pick<IntegrityCheck, 'status' | 'reason' | 'notDue'>;

/** An hourly digest, with where its trail keeps its files. */
interface CoveringDigest extends JudgedDigest {
  readonly organizationId: string | undefined;
  readonly root: string;
}

/** The hourly digests by account, and by account and region. */
export type Coverage = ReadonlyMap<string, readonly CoveringDigest[]>;

/** The time that digests cover. Digests that are not where CloudTrail wrote them cover nothing. */
export function startCoverage({ digests }: ChainReport): Coverage {
  const hourly = digests
    .filter(({ backfill, status }) => !backfill && status !== 'injected')
    .map((judged): CoveringDigest & { readonly accountId: string; readonly place: string } => {
      const { accountId = '', region, organizationId } = readLogKey(judged.digest.key);
      return { ...judged, accountId, place: `${accountId} ${region}`, organizationId, root: rootOf(judged.digest.key) };
    });
  return new Map([...groupBy(hourly, ({ place }) => place), ...groupBy(hourly, ({ accountId }) => accountId)]);
}

/**
 * A file from a time that valid digests cover, for its account, region and folder, is `injected`. So is one whose name contradicts its
 * folder, is from the future, or is none that CloudTrail gives although it is in an account's folder. Any other is `unverified`, with the
 * reason. `notDue` if the digest that would name it may still come.
 */
export function judgeUndigested(file: PresentLog, key: LogKey, coverage: Coverage, now: Date): Verdict {
  const contradiction = nameFault(file.key, key);
  if (contradiction !== undefined) return injected(contradiction);
  const { deliveredAt, accountId, region } = key;
  const at = deliveredAt?.getTime();
  if (at !== undefined && at > now.getTime() + DELIVERY_SLACK_MS)
    return injected('its name is from the future, and CloudTrail names a file by when it writes it');
  if (at === undefined) return judgeUntimed(file, key, coverage);
  const relevant = (coverage.get(`${accountId} ${region}`) ?? []).filter((digest) => mayCover(digest, file, key));
  if (relevant.length === 0) return unverified('there are no digests for its account and region in its folder');
  const { oldest, newest } = spanOf(relevant);
  if (at >= newest - DELIVERY_SLACK_MS)
    return dueAt(at) > now.getTime()
      ? { ...unverified('its digest is not due yet'), notDue: true }
      : unverified('no digest covers its time, although one is due by now');
  if (at < oldest) return unverified('it is older than the oldest digest');
  const covering = relevant.filter(({ digest }) => digest.start.getTime() <= at && at < digest.end.getTime());
  if (covering.length === 0) return unverified('the digest of its hour is missing');
  if (!covering.some(({ status }) => status === 'valid')) return unverified('the digest of its hour is not valid');
  return injected('no digest names it, although the digests of its hour are valid');
}

/** A file whose name says no time. In the folder of an account with digests it is none of CloudTrail's. */
function judgeUntimed({ key: path }: PresentLog, { accountId }: LogKey, coverage: Coverage): Verdict {
  const account = accountId ?? accountsIn(path)[0];
  const digests = account === undefined ? [] : (coverage.get(account) ?? []);
  if (digests.some(({ status }) => status === 'valid'))
    return injected('no digest names it, and CloudTrail gives no such name');
  return unverified('no digest names it, and its name does not say where and when it belongs');
}

/** When a digest has to name a file: two hours after the file's time, or an hour after the hour that it may have slipped into. */
function dueAt(at: number): number {
  const slipped = Math.ceil((at + DELIVERY_SLACK_MS) / HOUR_MS) * HOUR_MS;
  return Math.max(at + DIGEST_DUE_MS, slipped + HOUR_MS);
}

const injected = (reason: string): Verdict => ({ status: 'injected', reason });
const unverified = (reason: string): Verdict => ({ status: 'unverified', reason });

function spanOf(digests: readonly CoveringDigest[]): { readonly oldest: number; readonly newest: number } {
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (const { digest, status } of digests) {
    oldest = Math.min(oldest, digest.start.getTime());
    // The end that a digest claims counts only if it is believed: a forged one would make every later file wait for its digest.
    if (status === 'valid' || status === 'unverified') newest = Math.max(newest, digest.end.getTime());
  }
  return { oldest, newest };
}

/** A trail keeps its digests beside its logs, in `CloudTrail-Digest/{region}` next to `CloudTrail/{region}`. */
function mayCover(covering: CoveringDigest, { bucket, key }: PresentLog, { organizationId }: LogKey): boolean {
  if (bucket === undefined) return organizationId === undefined || covering.organizationId === organizationId;
  return bucket === covering.digest.bucket && rootOf(key) === covering.root;
}

/** The path up to the `CloudTrail…` folder; the complete path for a file outside one. */
const rootOf = (key: string): string =>
  key.replace(/\/CloudTrail(?:-[A-Za-z]+)?\/[^/]+\/\d{4}\/\d\d\/\d\d\/[^/]*$/, '');
