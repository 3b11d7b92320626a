/** Log files held against the digests: those that a digest names, and those that lie there and none does. */

import { type LogKey, readLogKey } from '../../delivery/log-key.ts';
import { type DigestedLog, HASH_ALGORITHM } from './digest.ts';
import { type ChainReport, type IntegrityCheck, type JudgedDigest, samePlace } from './digest-chain.ts';

/** What was found where a digest says a log file is. */
export type LogContent =
  /** `sha256` is of the inflated bytes of the first gzip member, `trailingBytes` how many bytes follow that. */
  | { readonly kind: 'present'; readonly sha256: string; readonly trailingBytes: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A log file that a digest names, to be looked at. */
export interface ExpectedLog {
  readonly log: DigestedLog;
  /** False when the digest itself does not hold, so that its hashes prove nothing. */
  readonly believed: boolean;
}

/** A log file that is there. */
export interface PresentLog {
  readonly bucket?: string | undefined;
  readonly key: string;
}

/** A file's name carries the minute in which it was begun, and it may reach the digest of the next hour. */
const DELIVERY_SLACK_MS = 15 * 60_000;

/** The log files that the digests name, once each, in the byte order of their keys; a digest that holds goes before one that does not. */
export function expectedLogs({ digests }: ChainReport): readonly ExpectedLog[] {
  const expected = new Map<string, ExpectedLog>();
  for (const { digest, believed } of digests) {
    for (const log of digest.logFiles) {
      const place = `s3://${log.bucket}/${log.key}`;
      if (believed || !expected.has(place)) expected.set(place, { log, believed });
    }
  }
  return [...expected].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, log]) => log);
}

/** What a log file's content says against what its digest recorded. */
export function checkLog({ log, believed }: ExpectedLog, content: LogContent): IntegrityCheck {
  const base = { ...subject(`s3://${log.bucket}/${log.key}`, readLogKey(log.key)) };
  if (content.kind === 'missing')
    return { ...base, status: 'missing', reason: 'a digest names it and it is not there' };
  if (!believed) return { ...base, status: 'unverified', reason: 'the digest that names it does not hold' };
  const fault = contentFault(log, content);
  return fault === undefined ? { ...base, status: 'valid' } : { ...base, status: 'invalid', reason: fault };
}

function contentFault(
  log: DigestedLog,
  content: Exclude<LogContent, { readonly kind: 'missing' }>,
): string | undefined {
  if (content.kind === 'unreadable') return content.reason;
  if (log.hashAlgorithm !== HASH_ALGORITHM) return 'its digest records its hash by another algorithm than SHA-256';
  if (content.sha256 !== log.hash) return 'its content is not what CloudTrail wrote: the hash differs';
  return content.trailingBytes > 0 ? `${content.trailingBytes} bytes follow the end of its gzip data` : undefined;
}

/**
 * The log files that are there and named by no digest. One that came when digests that hold speak for its account, region and
 * folder is `injected`; one that came later than the newest of them awaits its digest, and one from a time without digests (before
 * the first, in a gap, under digests that do not hold) is `unverified`, with the reason. Other kinds of files are passed over.
 */
export function findUndigested(present: Iterable<PresentLog>, report: ChainReport): readonly IntegrityCheck[] {
  const named = namedPlaces(report);
  const speakers = speakersOf(report);
  const checks: IntegrityCheck[] = [];
  for (const file of present) {
    const key = readLogKey(file.key);
    if (key.kind !== 'log' || named(file)) continue;
    const object = file.bucket === undefined ? file.key : `s3://${file.bucket}/${file.key}`;
    checks.push({ ...subject(object, key), ...judgeUndigested(file, key, speakers) });
  }
  return checks;
}

function namedPlaces({ digests }: ChainReport): (file: PresentLog) => boolean {
  const byName = new Map<string, DigestedLog[]>();
  for (const log of digests.flatMap(({ digest }) => digest.logFiles)) {
    const name = nameOf(log.key);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [log]);
    else same.push(log);
  }
  return ({ bucket, key }) =>
    (byName.get(nameOf(key)) ?? []).some((log) =>
      bucket === undefined ? samePlace(key, log.key) : log.bucket === bucket && log.key === key,
    );
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

function judgeUndigested(file: PresentLog, key: LogKey, speakers: Speakers): Pick<IntegrityCheck, 'status' | 'reason'> {
  const unverified = (reason: string) => ({ status: 'unverified' as const, reason });
  const speaking = (speakers.get(`${key.accountId} ${key.region}`) ?? []).filter((digest) =>
    speaksFor(digest, file, key),
  );
  if (speaking.length === 0) return unverified('there are no digests for its account and region');
  const { deliveredAt } = key;
  if (deliveredAt === undefined)
    return { status: 'injected', reason: 'no digest names it, and its name is not one of CloudTrail’s' };
  const at = deliveredAt.getTime();
  const newest = Math.max(...speaking.map(({ digest }) => digest.end.getTime()));
  if (at >= newest - DELIVERY_SLACK_MS) return unverified('it awaits its digest');
  const oldest = Math.min(...speaking.map(({ digest }) => digest.start.getTime()));
  if (at < oldest) return unverified('it is older than the oldest digest');
  const covering = speaking.filter(({ digest }) => digest.start.getTime() <= at && at < digest.end.getTime());
  if (covering.length === 0) return unverified('the digest of its hour is missing');
  if (!covering.some(({ believed }) => believed)) return unverified('the digest of its hour does not hold');
  return { status: 'injected', reason: 'no digest names it, though those of its hour hold' };
}

interface Speaker extends JudgedDigest {
  readonly organizationId: string | undefined;
  readonly root: string;
}

/** The hourly digests by account and region. */
type Speakers = ReadonlyMap<string, readonly Speaker[]>;

function speakersOf({ digests }: ChainReport): Speakers {
  const speakers = new Map<string, Speaker[]>();
  for (const judged of digests) {
    if (judged.backfill) continue;
    const { accountId, region, organizationId } = readLogKey(judged.digest.key);
    const speaker = { ...judged, organizationId, root: rootOf(judged.digest.key) };
    const same = speakers.get(`${accountId} ${region}`);
    if (same === undefined) speakers.set(`${accountId} ${region}`, [speaker]);
    else same.push(speaker);
  }
  return speakers;
}

/** A trail's digests lie beside its logs, in `CloudTrail-Digest/{region}` next to `CloudTrail/{region}`. */
function speaksFor(speaker: Speaker, { bucket, key }: PresentLog, { organizationId }: LogKey): boolean {
  if (bucket === undefined) return organizationId === undefined || speaker.organizationId === organizationId;
  return bucket === speaker.digest.bucket && rootOf(key) === speaker.root;
}

/** What comes before the `CloudTrail…` folder; all of the path for a file that lies in none. */
const rootOf = (key: string): string =>
  key.replace(/\/CloudTrail(?:-[A-Za-z]+)?\/[^/]+\/\d{4}\/\d\d\/\d\d\/[^/]*$/, '');

function subject(object: string, key: LogKey): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return {
    object,
    type: 'log',
    ...(key.accountId === undefined ? {} : { accountId: key.accountId }),
    ...(key.region === undefined ? {} : { region: key.region }),
  };
}
