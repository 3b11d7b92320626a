/** Proves log files by the digests: each present file against the one entry that names it, and the entries without a file. */

import { groupBy, plural } from '../../collections.ts';
import { type LogKey, mayHoldEventsOf, type Period, readLogKey } from '../../delivery/log-key.ts';
import { recordsFault } from './agreement.ts';
import { type DigestedLog, HASH_ALGORITHM } from './digest.ts';
import type { ChainReport } from './digest-chain.ts';
import { type IntegrityCheck, placeOf, samePlace } from './judge-digest.ts';
import { judgeUndigested, type PresentLog, startCoverage } from './undigested.ts';

/** What a log file holds. */
export type LogContent =
  /** The first gzip member, inflated, and how many bytes follow it. */
  | { readonly kind: 'present'; readonly bytes: Buffer; readonly sha256: string; readonly trailingBytes: number }
  /** What was kept of one that was read before. It decides only where `needs` is `hash`. */
  | { readonly kind: 'hashed'; readonly sha256: string; readonly trailingBytes: number }
  | { readonly kind: 'unreadable'; readonly reason: string }
  /** It could not be fetched, or exceeds our own limit: that says nothing of the file. */
  | { readonly kind: 'unread' };

/** A log file that a digest names. A digest has one entry for a file, and a file belongs to one entry. */
export interface ExpectedLog {
  readonly log: DigestedLog;
  /** False when it is not known whether the digest itself is valid. Entries of invalid digests count for nothing. */
  readonly isProven: boolean;
  /** The bucket where its digest is; absent in a copy. */
  readonly digestIn?: string | undefined;
}

/** Nothing, the hash of its inflated bytes, or these bytes. */
export type Need = 'nothing' | 'hash' | 'content';

/** Judges the files of a trail one by one, and at the end what is missing. */
export interface LogProver {
  /** What decides about a file besides its name. */
  readonly needs: (file: PresentLog) => Need;
  /** Judges a file. Undefined where the others have to be known first: such a file is not proven, and `finish` has its check. */
  readonly judge: (file: PresentLog, content: LogContent | undefined) => IntegrityCheck | undefined;
  /** The entries that no file was found for. */
  readonly unclaimed: () => readonly ExpectedLog[];
  /** The checks of files that could be judged only now. */
  readonly finish: () => readonly IntegrityCheck[];
}

/** What the files are judged by. */
export interface ProvingOptions {
  /** Entries of files outside of it, by their names, are not expected. */
  readonly period: Period;
  readonly now: Date;
}

/** Entries by place, by name and by hash, and which of them have their file. */
interface Entries {
  readonly all: readonly ExpectedLog[];
  readonly claimed: Map<ExpectedLog, string>;
  readonly byName: ReadonlyMap<string, readonly ExpectedLog[]>;
  readonly byHash: ReadonlyMap<string, readonly ExpectedLog[]>;
}

/**
 * Starts to prove the files that the digests name. A file in a bucket belongs to the entry with its bucket and key. A copy belongs to the
 * entry that its path ends with, or else to one with the same hash.
 */
export function startProving(report: ChainReport, { period, now }: ProvingOptions): LogProver {
  const all = expectedLogs(report, period);
  const entries: Entries = {
    all,
    claimed: new Map(),
    byName: groupBy(all, ({ log }) => nameOf(log.key)),
    byHash: groupBy(all, ({ log }) => log.hash),
  };
  const coverage = startCoverage(report);
  const changed: { readonly file: PresentLog; readonly entry: ExpectedLog; readonly reason: string }[] = [];
  const undigested = (file: PresentLog) => judgeUndigested(file, readLogKey(file.key), coverage, now);
  return {
    needs: (file) => {
      if (entryAt(file, entries) !== undefined) return 'hash';
      if (undigested(file).notDue === true) return 'content';
      return file.bucket === undefined ? 'hash' : 'nothing';
    },
    judge: (file, content) => {
      const placed = entryAt(file, entries);
      const entry = placed ?? (file.bucket === undefined ? entryWith(content, entries) : undefined);
      if (entry === undefined) return undigestedCheck(file, undigested(file), content);
      if (content?.kind === 'unread') {
        entries.claimed.set(entry, pathOf(file));
        return undefined;
      }
      const fault = contentFault(entry.log, content);
      if (fault === undefined) return claim(file, entry, entries);
      changed.push({ file, entry, reason: movedFault(file, content, entries) ?? fault });
      return undefined;
    },
    unclaimed: () => {
      const withFile = new Set(changed.map(({ entry }) => entry));
      return all.filter((entry) => !entries.claimed.has(entry) && !withFile.has(entry));
    },
    finish: () => changed.map(({ file, entry, reason }) => changedCheck(file, { entry, reason, entries })),
  };
}

/** The log files of the period that the digests name, once each. A valid digest takes precedence over an unverified one. */
function expectedLogs({ digests }: ChainReport, period: Period): readonly ExpectedLog[] {
  const expected = new Map<string, ExpectedLog>();
  for (const { digest, status, foundIn } of digests) {
    if (status !== 'valid' && status !== 'unverified') continue;
    const isProven = status === 'valid';
    for (const log of digest.logFiles) {
      const place = placeOf(log);
      if (expected.has(place) && !isProven) continue;
      if (mayHoldEventsOf(readLogKey(log.key), period)) expected.set(place, { log, isProven, digestIn: foundIn });
    }
  }
  return [...expected.values()];
}

function entryAt(file: PresentLog, { byName, claimed }: Entries): ExpectedLog | undefined {
  const { bucket, key } = file;
  const named = byName.get(nameOf(key)) ?? [];
  if (bucket !== undefined) return named.find(({ log }) => log.bucket === bucket && log.key === key);
  const placed = named.filter(({ log }) => samePlace(file, log.key));
  return placed.find((entry) => !claimed.has(entry)) ?? placed[0];
}

/** An entry for a file whose name and folder CloudTrail did not give: the content says which. */
function entryWith(content: LogContent | undefined, { byHash, claimed }: Entries): ExpectedLog | undefined {
  const same = isHashed(content) ? (byHash.get(content.sha256) ?? []) : [];
  return same.find((entry) => !claimed.has(entry)) ?? same[0];
}

/** Gives an entry its file. */
function claim(file: PresentLog, entry: ExpectedLog, { claimed }: Entries): IntegrityCheck {
  const { log, isProven } = entry;
  const own = readLogKey(file.key);
  const key = readLogKey(log.key);
  const other = claimed.get(entry);
  if (other !== undefined && other !== pathOf(file)) {
    const reason = `it is a second file for one entry of a digest: the first is ${other}`;
    return { ...logSubject(pathOf(file), own), status: 'injected', reason };
  }
  claimed.set(entry, pathOf(file));
  if (!agree(own, key)) {
    const reason = `it has been moved: CloudTrail wrote it to ${placeOf(log)}`;
    return { ...logSubject(pathOf(file), own), status: 'invalid', reason };
  }
  const base = logSubject(placeOf(log), key);
  if (isProven) return { ...base, status: 'valid' };
  return { ...base, status: 'unverified', reason: 'nothing proves the digest that names it' };
}

/** True if a path says nothing else of a file than the key that CloudTrail gave it. */
function agree(own: LogKey, { accountId, region, date, deliveredAt }: LogKey): boolean {
  const is = <T>(one: T | undefined, other: T | undefined): boolean =>
    one === undefined || other === undefined || one === other;
  return (
    is(own.accountId, accountId) &&
    is(own.region, region) &&
    is(own.date, date) &&
    is(own.deliveredAt?.getTime(), deliveredAt?.getTime())
  );
}

function contentFault(
  log: DigestedLog,
  content: Exclude<LogContent, { readonly kind: 'unread' }> | undefined,
): string | undefined {
  if (content === undefined) return 'it was not read';
  if (content.kind === 'unreadable') return content.reason;
  if (log.hashAlgorithm !== HASH_ALGORITHM) return 'its digest records its hash with another algorithm than SHA-256';
  if (content.sha256 !== log.hash) return 'its content is not what CloudTrail wrote: the hash differs';
  return content.trailingBytes > 0
    ? `${plural(content.trailingBytes, 'byte')} after the end of its gzip data`
    : undefined;
}

function isHashed(
  content: LogContent | undefined,
): content is Extract<LogContent, { readonly kind: 'present' | 'hashed' }> {
  return content?.kind === 'present' || content?.kind === 'hashed';
}

/** Why a file has another one's content; undefined where no digest knows it. */
function movedFault({ bucket }: PresentLog, content: LogContent | undefined, entries: Entries): string | undefined {
  if (bucket !== undefined || !isHashed(content) || content.trailingBytes > 0) return undefined;
  const [entry] = entries.byHash.get(content.sha256) ?? [];
  return entry && `it has the content that CloudTrail wrote to ${placeOf(entry.log)}`;
}

/** A file that differs from the entry of its place: changed or, where another file is the entry's own, laid beside it. */
function changedCheck(
  file: PresentLog,
  { entry, reason, entries }: { readonly entry: ExpectedLog; readonly reason: string; readonly entries: Entries },
): IntegrityCheck {
  const own = entries.claimed.get(entry);
  if (own === undefined || file.bucket !== undefined) {
    const where = file.bucket === undefined ? ` (${file.key})` : '';
    const status = entry.isProven ? 'invalid' : 'unverified';
    return { ...logSubject(placeOf(entry.log), readLogKey(entry.log.key)), status, reason: `${reason}${where}` };
  }
  const injected = `it has the name of a file that a digest names, which is ${own}, and another content`;
  return { ...logSubject(file.key, readLogKey(file.key)), status: 'injected', reason: injected };
}

function undigestedCheck(
  file: PresentLog,
  judged: Pick<IntegrityCheck, 'status' | 'reason' | 'notDue'>,
  content: LogContent | undefined,
): IntegrityCheck {
  const key = readLogKey(file.key);
  const subject = logSubject(pathOf(file), key);
  // Only where its digest is not due yet does it matter whether a file is at least consistent.
  const fault = judged.notDue && content?.kind === 'present' ? recordsFault(content.bytes, key) : undefined;
  if (fault !== undefined) return { ...subject, status: 'injected', reason: fault };
  return { ...subject, ...judged };
}

/** The check of an entry without a file. */
export function missingLog({ log, isProven }: ExpectedLog): IntegrityCheck {
  const base = logSubject(placeOf(log), readLogKey(log.key));
  return isProven
    ? { ...base, status: 'missing', reason: 'a digest names it, but it does not exist' }
    : { ...base, status: 'unverified', reason: 'a digest that nothing proves names it, but it does not exist' };
}

const pathOf = ({ bucket, key }: PresentLog): string => (bucket === undefined ? key : placeOf({ bucket, key }));

const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

function logSubject(object: string, key: LogKey): Pick<IntegrityCheck, 'object' | 'type' | 'accountId' | 'region'> {
  return { object, type: 'log', accountId: key.accountId, region: key.region };
}
