/** Verifies a trail: lists its digests and log files, fetches them, and compares them with one another. */

import {
  type ChainOptions,
  type ChainReport,
  DIGEST_DUE_MS,
  type FoundDigest,
  type IntegrityCheck,
  verifyDigests,
} from '../../cloudtrail/digests/digest-chain.ts';
import { expectedLogs, findUndigested } from '../../cloudtrail/digests/log-integrity.ts';
import type { SigningKey } from '../../cloudtrail/digests/signing-keys.ts';
import { groupBy, plural } from '../../collections.ts';
import type { LogStore } from '../../delivery/fetch-log.ts';
import { listObjects } from '../../delivery/fetch-log-tree.ts';
import { type Period, readLogKey } from '../../delivery/log-key.ts';
import type { Rejected } from '../../report/report.ts';
import { checkLogs, fetchDigests, type OnProgress, type TrailFiles } from './fetch-files.ts';

/** What to verify. */
export interface VerifyRequest {
  readonly bucket: string;
  readonly prefix: string;
  /**
   * The folder of a copy on this machine, which then takes the place of the bucket. Keys are paths below it and may lack the upper
   * folders, signatures may be known only from the next digest, and it is unknown until when there should be digests.
   */
  readonly folder?: string | undefined;
  readonly period: Period;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly now: Date;
  readonly maxLogBytes: number;
}

/** The public keys that are needed: those of these regions that were valid at any time in between. */
export interface KeysNeeded {
  readonly regions: readonly string[];
  readonly since: Date;
  readonly until: Date;
}

/** What a verification works with. */
export interface VerifyPorts {
  readonly logs: LogStore;
  readonly keys: (needed: KeysNeeded) => Promise<readonly SigningKey[]>;
  readonly onProgress?: OnProgress | undefined;
}

/** The result of a verification. */
export interface Verified {
  /** How many digests and log files of the period were found, in the accounts and regions requested. */
  readonly files: number;
  /** Of digests, chain by chain, newest first; then of log files. */
  readonly checks: readonly IntegrityCheck[];
  /** What could not be read, and the accounts and regions where nothing is proven. */
  readonly rejected: readonly Rejected[];
  /**
   * True for a log file that this verification would have found if it still existed. False where nothing is proven, and for a file
   * outside the place, the period, the accounts or the regions.
   */
  readonly isGone: (object: string) => boolean;
}

const HOUR_MS = 3_600_000;

/**
 * Verifies every chain of digests in the period, the log files they name, and the log files that no digest names.
 *
 * An object that cannot be fetched is in `rejected` and is judged neither valid nor invalid. So is a region of an account without a
 * valid digest, and a place without any files: missing digests never mean that all is well.
 *
 * Throws what the store throws when the place cannot be listed, and what `keys` throws.
 */
export async function verifyLogs(request: VerifyRequest, ports: VerifyPorts): Promise<Verified> {
  const { period, now, prefix, folder } = request;
  const files = trailFiles(request, ports);
  const { nameOf, bucket } = files;
  const listed = await listFiles(request, ports);
  const digests = await fetchDigests(files, listed.digests);
  const keys = digests.results.length === 0 ? [] : await ports.keys(keysFor(digests.results, now));
  const chain = verifyDigests(digests.results, { keys, ...expectationOf(request) });
  const inPeriod = limitedTo(period, chain);
  const logs = await checkLogs(files, expectedLogs(inPeriod), listed.logs);
  const present = listed.logs.map((key) => (folder === undefined ? { bucket, key } : { key }));
  const checks = [...inPeriod.checks, ...logs.results, ...findUndigested(present, chain)].map((check) => ({
    ...check,
    object: nameOf(check.object),
  }));
  const rejected = [...digests.rejected, ...logs.rejected];
  const unreadable = new Set(rejected.map(({ path }) => path));
  // A digest that exists but cannot be read leaves a gap in its chain. That gap is ours, not the trail's.
  const judged = checks.filter(({ object, status }) => status !== 'missing' || !unreadable.has(object));
  const found = listed.digests.length + listed.logs.length;
  const faults = [...rejected, ...unproven(judged, nameOf(prefix))];
  return { files: found, checks: judged, rejected: faults, isGone: goneIn(request, listed.logs, { nameOf, faults }) };
}

function goneIn(
  { prefix, period: { since, until }, regions, accounts }: VerifyRequest,
  keys: readonly string[],
  { nameOf, faults }: Pick<TrailFiles, 'nameOf'> & { readonly faults: readonly Rejected[] },
): Verified['isGone'] {
  const present = new Set(keys);
  const start = nameOf('');
  const unproven = new Set(faults.map(({ path }) => path));
  return (object) => {
    const key = object.slice(start.length);
    const { kind, region = '', accountId = '', deliveredAt } = readLogKey(key);
    const wasListed = object.startsWith(start) && key.startsWith(prefix) && kind === 'log';
    if (!wasListed || present.has(key) || unproven.has(`${accountId} ${region}`)) return false;
    if (regions?.includes(region) === false || accounts?.includes(accountId) === false) return false;
    return deliveredAt !== undefined && mayBeBetween(deliveredAt, since, until);
  };
}

function trailFiles({ bucket, folder, maxLogBytes }: VerifyRequest, { logs, onProgress }: VerifyPorts): TrailFiles {
  const place = folder ?? `s3://${bucket}`;
  const nameOf = (object: string): string => (object.startsWith('s3://') ? object : `${place}/${object}`);
  return { store: logs, bucket, isCopy: folder !== undefined, maxLogBytes, nameOf, onProgress };
}

/** The keys of the digests and log files of the period, in the accounts and regions requested. */
async function listFiles(
  { bucket, prefix, period: { since, until }, regions, accounts }: VerifyRequest,
  { logs: store }: VerifyPorts,
): Promise<{ readonly digests: readonly string[]; readonly logs: readonly string[] }> {
  // The digest after the last one of the period records that one's signature and hash.
  const lastDigest = until === undefined ? undefined : new Date(until.getTime() + DIGEST_DUE_MS);
  const firstDigest = since === undefined ? undefined : new Date(since.getTime() + 1);
  const digests: string[] = [];
  const logs: string[] = [];
  const search = { prefix, kinds: ['log', 'digest', 'backfill-digest'], since, until: lastDigest } as const;
  for await (const listed of listObjects(store, bucket, search)) {
    if ('fault' in listed) throw listed.fault;
    const { kind, region = '', accountId = '', deliveredAt } = readLogKey(listed.key, listed.size);
    if (regions?.includes(region) === false || accounts?.includes(accountId) === false) continue;
    const isDigest = kind === 'digest' || kind === 'backfill-digest';
    if (isDigest && mayBeBetween(deliveredAt, firstDigest, lastDigest)) digests.push(listed.key);
    if (kind === 'log' && mayBeBetween(deliveredAt, since, until)) logs.push(listed.key);
  }
  return { digests, logs };
}

/** True also for an unknown time. */
function mayBeBetween(time: Date | undefined, since: Date | undefined, until: Date | undefined): boolean {
  return time === undefined || ((since === undefined || time >= since) && (until === undefined || time < until));
}

/** The time for which there should be digests: until the end of the period, but not after the present. */
function expectationOf({ period, folder, now }: VerifyRequest): Omit<ChainOptions, 'keys'> {
  const end = period.until ?? (folder === undefined ? now : undefined);
  const until = end !== undefined && end > now ? now : end;
  return { offline: folder !== undefined, since: period.since, until };
}

/** The keys for the times in the digests' names and the times at which backfill digests were signed. */
function keysFor(found: readonly FoundDigest[], now: Date): KeysNeeded {
  const named = found.map(({ key, generatedAt }) => ({ ...readLogKey(key), generatedAt }));
  const times = named.flatMap(({ deliveredAt, generatedAt }) => [deliveredAt, generatedAt]);
  const known = times.flatMap((time) => (time === undefined ? [] : [time.getTime()]));
  const regions = named.flatMap(({ region }) => (region === undefined ? [] : [region]));
  const [oldest, newest] = known.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [now.getTime(), 0],
  );
  return {
    regions: [...new Set(regions)].toSorted(),
    since: new Date(oldest - HOUR_MS),
    until: new Date((newest === 0 ? now.getTime() : newest) + DIGEST_DUE_MS),
  };
}

/** Leaves out the digests after the period, which were read only for what they record of earlier ones. */
function limitedTo({ until }: Period, { checks, digests }: ChainReport): ChainReport {
  if (until === undefined) return { checks, digests };
  return {
    checks: checks.filter(({ from }) => from === undefined || from < until),
    digests: digests.filter(({ digest }) => digest.start < until),
  };
}

/** The accounts and regions without a valid digest; the place itself if it has no files. */
function unproven(checks: readonly IntegrityCheck[], place: string): readonly Rejected[] {
  if (checks.length === 0)
    return [{ path: place, reason: 'there are no digests and no log files here: nothing was verified' }];
  const byRegion = groupBy(checks, ({ accountId = 'no account', region = 'no region' }) => `${accountId} ${region}`);
  return [...byRegion]
    .filter(([, own]) => !own.some(({ type, status }) => type !== 'log' && status === 'valid'))
    .map(([path, own]) => ({ path, reason: unprovenReason(own) }));
}

function unprovenReason(checks: readonly IntegrityCheck[]): string {
  const digests = checks.filter(({ type }) => type !== 'log').length;
  const logs = checks.length - digests;
  const unprovenLogs = `${plural(logs, 'log file')} ${logs === 1 ? 'is' : 'are'} unproven`;
  return digests === 0
    ? `there are no digests (log file validation is off, or they are elsewhere): ${unprovenLogs}`
    : `none of its digests is valid: ${unprovenLogs}`;
}
