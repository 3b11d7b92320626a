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

/** The digests of one account and region in one place, and the time that they cover. */
interface Covered {
  readonly oldest: number;
  readonly newest: number;
  /** By the start of each hour that they touch. */
  readonly byHour: ReadonlyMap<number, readonly JudgedDigest[]>;
}

/** The hourly digests. Looking one up costs the same however many there are. */
export interface Coverage {
  /** By `placesOf`. */
  readonly places: ReadonlyMap<string, Covered>;
  /** The accounts with a valid digest. */
  readonly accounts: ReadonlySet<string>;
}

/** The time that digests cover. Digests that are not where CloudTrail wrote them cover nothing. */
export function startCoverage({ digests }: ChainReport): Coverage {
  const hourly = digests.filter(({ backfill, status }) => !backfill && status !== 'injected');
  const placed = hourly.flatMap((judged) => placesOf(judged).map((place) => ({ place, judged })));
  const grouped = groupBy(placed, ({ place }) => place);
  const places = [...grouped].map(([place, own]) => [place, coveredBy(own.map(({ judged }) => judged))] as const);
  const valid = hourly.filter(({ status }) => status === 'valid');
  return {
    places: new Map(places),
    accounts: new Set(valid.map(({ digest }) => readLogKey(digest.key).accountId ?? '')),
  };
}

/**
 * Where a digest's files are looked for. A trail keeps its digests beside its logs, in `CloudTrail-Digest/{region}` next to
 * `CloudTrail/{region}`. A copy may have lost these folders.
 */
function placesOf({ digest: { bucket, key } }: JudgedDigest): readonly string[] {
  const { accountId, region, organizationId } = readLogKey(key);
  const copies = [copyPlace(accountId, region), copyPlace(accountId, region, organizationId)];
  return [...new Set([...copies, `${accountId} ${region} s3://${bucket}/${rootOf(key)}`])];
}

const copyPlace = (accountId?: string, region?: string, organizationId = ''): string =>
  `${accountId} ${region} ${organizationId}`;

/** CloudTrail's digests are an hour long. A forged one may claim any time, and covers nothing past this. */
const MOST_HOURS = 48;

function coveredBy(digests: readonly JudgedDigest[]): Covered {
  const byHour = new Map<number, JudgedDigest[]>();
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (const judged of digests) {
    const [start, end] = [judged.digest.start.getTime(), judged.digest.end.getTime()];
    oldest = Math.min(oldest, start);
    // The end that a digest claims counts only if it is believed: a forged one would make every later file wait for its digest.
    if (judged.status === 'valid' || judged.status === 'unverified') newest = Math.max(newest, end);
    const first = hourOf(start);
    for (let hour = first; hour < end && hour < first + MOST_HOURS * HOUR_MS; hour += HOUR_MS) {
      const others = byHour.get(hour);
      if (others === undefined) byHour.set(hour, [judged]);
      else others.push(judged);
    }
  }
  return { oldest, newest, byHour };
}

const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS;

/**
 * A file from a time that valid digests cover, for its account, region and folder, is `injected`. So is one whose name contradicts its
 * folder, is from the future, or is none that CloudTrail gives although it is in an account's folder. Any other is `unverified`, with the
 * reason. `notDue` if the digest that would name it may still come.
 */
export function judgeUndigested(file: PresentLog, key: LogKey, coverage: Coverage, now: Date): Verdict {
  const contradiction = nameFault(file.key, key);
  if (contradiction !== undefined) return injected(contradiction);
  const { deliveredAt } = key;
  const at = deliveredAt?.getTime();
  if (at !== undefined && at > now.getTime() + DELIVERY_SLACK_MS)
    return injected('its name is from the future, and CloudTrail names a file by when it writes it');
  if (at === undefined) return judgeUntimed(file, key, coverage);
  const covered = coverage.places.get(placeOf(file, key));
  if (covered === undefined) return unverified('there are no digests for its account and region in its folder');
  const { oldest, newest, byHour } = covered;
  if (at >= newest - DELIVERY_SLACK_MS)
    return dueAt(at) > now.getTime()
      ? { ...unverified('its digest is not due yet'), notDue: true }
      : unverified('no digest covers its time, although one is due by now');
  if (at < oldest) return unverified('it is older than the oldest digest');
  const ofHour = byHour.get(hourOf(at)) ?? [];
  const covering = ofHour.filter(({ digest }) => digest.start.getTime() <= at && at < digest.end.getTime());
  if (covering.length === 0) return unverified('the digest of its hour is missing');
  if (!covering.some(({ status }) => status === 'valid')) return unverified('the digest of its hour is not valid');
  return injected('no digest names it, although the digests of its hour are valid');
}

/** A file whose name says no time. In the folder of an account with digests it is none of CloudTrail's. */
function judgeUntimed({ key: path }: PresentLog, { accountId }: LogKey, coverage: Coverage): Verdict {
  const account = accountId ?? accountsIn(path)[0];
  if (account !== undefined && coverage.accounts.has(account))
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

/** Where the digests of a file are looked for. */
function placeOf({ bucket, key }: PresentLog, { accountId, region, organizationId }: LogKey): string {
  return bucket === undefined
    ? copyPlace(accountId, region, organizationId)
    : `${accountId} ${region} s3://${bucket}/${rootOf(key)}`;
}

/** The path up to the `CloudTrail…` folder; the complete path for a file outside one. */
const rootOf = (key: string): string =>
  key.replace(/\/CloudTrail(?:-[A-Za-z]+)?\/[^/]+\/\d{4}\/\d\d\/\d\d\/[^/]*$/, '');
