/** Checks log files against the digests: the files a digest names, and the files that no digest names. */

import { byText, groupBy, plural } from '../../collections.ts';
import { type LogKey, readLogKey } from '../../delivery/log-key.ts';
import { type DigestedLog, HASH_ALGORITHM } from './digest.ts';
import { type ChainReport, type IntegrityCheck, type JudgedDigest, samePlace } from './digest-chain.ts';

/** What was found where a digest says a log file is. */
export type LogContent =
  /** `sha256` is the hash of the first gzip member, inflated; `trailingBytes` counts the bytes after that member. */
  | { readonly kind: 'present'; readonly sha256: string; readonly trailingBytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A log file that a digest names. */
export interface ExpectedLog {
  readonly log: DigestedLog;
  /** False when the digest itself is not valid: its hashes then prove nothing. */
  readonly believed: boolean;
}

/** A log file that exists. */
export interface PresentLog {
  readonly bucket?: string | undefined;
  readonly key: string;
}

/** A file's name has the minute it was started, and the file may appear in the next hour's digest. */
const DELIVERY_SLACK_MS = 15 * 60_000;

/** The log files that the digests name, once each, ordered by bucket and key. A valid digest takes precedence over an invalid one. */
export function expectedLogs({ digests }: ChainReport): readonly ExpectedLog[] {
  const expected = new Map<string, ExpectedLog>();
  for (const { digest, believed } of digests) {
    for (const log of digest.logFiles) {
      const place = `s3://${log.bucket}/${log.key}`;
      if (believed || !expected.has(place)) expected.set(place, { log, believed });
    }
  }
  return [...expected].toSorted(byText(([place]) => place)).map(([, log]) => log);
}

/** Compares a log file's content with what its digest recorded. */
export function checkLog({ log, believed }: ExpectedLog, content: LogContent): IntegrityCheck {
  const base = logSubject(`s3://${log.bucket}/${log.key}`, readLogKey(log.key));
  if (content.kind === 'missing')
    return { ...base, status: 'missing', reason: 'a digest names it, but it does not exist' };
  if (!believed) return { ...base, status: 'unverified', reason: 'the digest that names it is not valid' };
  const fault = contentFault(log, content);
  return fault === undefined ? { ...base, status: 'valid' } : { ...base, status: 'invalid', reason: fault };
}

function contentFault(
  log: DigestedLog,
  content: Exclude<LogContent, { readonly kind: 'missing' }>,
): string | undefined {
  if (content.kind === 'unreadable') return content.reason;
  if (log.hashAlgorithm !== HASH_ALGORITHM) return 'its digest records its hash with another algorithm than SHA-256';
  if (content.sha256 !== log.hash) return 'its content is not what CloudTrail wrote: the hash differs';
  return content.trailingBytes > 0
    ? `${plural(content.trailingBytes, 'byte')} after the end of its gzip data`
    : undefined;
}

/**
 * The existing log files that no digest names. A file from a time that valid digests cover, for its account, region and folder, is
 * `injected`. One newer than the newest digest, or from a time without valid digests (before the first, in a gap, under invalid ones),
 * is `unverified`, with the reason. Other kinds of files are skipped.
 */
export function findUndigested(present: Iterable<PresentLog>, report: ChainReport): readonly IntegrityCheck[] {
  const isNamed = namedByDigests(report);
  const coverage = coverageOf(report);
  const checks: IntegrityCheck[] = [];
  for (const file of present) {
    const key = readLogKey(file.key);
    if (key.kind !== 'log' || isNamed(file)) continue;
    const object = file.bucket === undefined ? file.key : `s3://${file.bucket}/${file.key}`;
    checks.push({ ...logSubject(object, key), ...judgeUndigested(file, key, coverage) });
  }
  return checks;
}

function namedByDigests({ digests }: ChainReport): (file: PresentLog) => boolean {
  const logFiles = digests.flatMap(({ digest }) => digest.logFiles);
  const byName = groupBy(logFiles, ({ key }) => nameOf(key));
  return ({ bucket, key }) =>
    (byName.get(nameOf(key)) ?? []).some((log) =>
      bucket === undefined ? samePlace(key, log.key) : log.bucket === bucket && log.key === key,
    );
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

function judgeUndigested(file: PresentLog, key: LogKey, coverage: Coverage): Pick<IntegrityCheck, 'status' | 'reason'> {
  const unverified = (reason: string) => ({ status: 'unverified' as const, reason });
  const sameRegion = coverage.get(`${key.accountId} ${key.region}`) ?? [];
  const relevant = sameRegion.filter((digest) => mayCover(digest, file, key));
  if (relevant.length === 0) return unverified('there are no digests for its account and region');
  const { deliveredAt } = key;
  if (deliveredAt === undefined)
    return { status: 'injected', reason: "no digest names it, and its name isn't one CloudTrail gives" };
  const at = deliveredAt.getTime();
  const newest = Math.max(...relevant.map(({ digest }) => digest.end.getTime()));
  if (at >= newest - DELIVERY_SLACK_MS) return unverified('its digest is not due yet');
  const oldest = Math.min(...relevant.map(({ digest }) => digest.start.getTime()));
  if (at < oldest) return unverified('it is older than the oldest digest');
  const covering = relevant.filter(({ digest }) => digest.start.getTime() <= at && at < digest.end.getTime());
  if (covering.length === 0) return unverified('the digest of its hour is missing');
  if (!covering.some(({ believed }) => believed)) return unverified('the digest of its hour is not valid');
  return { status: 'injected', reason: 'no digest names it, although the digests of its hour are valid' };
}

/** An hourly digest, with where its trail keeps its files. */
interface CoveringDigest extends JudgedDigest {
  readonly organizationId: string | undefined;
  readonly root: string;
}

/** The hourly digests by account and region. */
type Coverage = ReadonlyMap<string, readonly CoveringDigest[]>;

function coverageOf({ digests }: ChainReport): Coverage {
  const hourly = digests.filter(({ backfill }) => !backfill);
  const placed = hourly.map((judged) => {
    const { accountId, region, organizationId } = readLogKey(judged.digest.key);
    return { ...judged, place: `${accountId} ${region}`, organizationId, root: rootOf(judged.digest.key) };
  });
  return groupBy(placed, ({ place }) => place);
}

/** A trail keeps its digests beside its logs, in `CloudTrail-Digest/{region}` next to `CloudTrail/{region}`. */
function mayCover(covering: CoveringDigest, { bucket, key }: PresentLog, { organizationId }: LogKey): boolean {
  if (bucket === undefined) return organizationId === undefined || covering.organizationId === organizationId;
  return bucket === covering.digest.bucket && rootOf(key) === covering.root;
}

/** The path up to the `CloudTrail…` folder; the complete path for a file outside one. */
const rootOf = (key: string): string =>
  key.replace(/\/CloudTrail(?:-[A-Za-z]+)?\/[^/]+\/\d{4}\/\d\d\/\d\d\/[^/]*$/, '');

function logSubject(object: string, key: LogKey): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return { object, type: 'log', accountId: key.accountId, region: key.region };
}
