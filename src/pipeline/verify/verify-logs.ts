/** A trail's digests and log files at a place, listed, fetched and held against one another. */

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
import type { LogStore } from '../../delivery/fetch-log.ts';
import { listObjects } from '../../delivery/fetch-log-tree.ts';
import { type Period, readLogKey } from '../../delivery/log-key.ts';
import type { Rejected } from '../../report/report.ts';
import { checkLogs, fetchDigests, type TrailFiles } from './fetch-files.ts';

/** What is to be verified. */
export interface VerifyRequest {
  readonly bucket: string;
  readonly prefix: string;
  /**
   * The folder that stands for the bucket, for a copy on this machine. Keys are then paths below it, which may lack the folders
   * above; signatures may be known from the next digest only; and nobody knows until when there should be digests.
   */
  readonly folder?: string | undefined;
  readonly period: Period;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly now: Date;
  readonly maxLogBytes: number;
}

/** Which public keys are needed: of these regions, valid at any time in between. */
export interface KeysAsked {
  readonly regions: readonly string[];
  readonly since: Date;
  readonly until: Date;
}

export interface VerifyPorts {
  readonly logs: LogStore;
  readonly keys: (asked: KeysAsked) => Promise<readonly SigningKey[]>;
  readonly onProgress?: NonNullable<TrailFiles['onProgress']> | undefined;
}

export interface Verified {
  /** Digests chain by chain, the newest first, then the log files. */
  readonly checks: readonly IntegrityCheck[];
  /** What could not be read, and accounts and regions of which nothing is proven. */
  readonly unread: readonly Rejected[];
}

const HOUR_MS = 3_600_000;

/**
 * Verifies what a trail left at a place: every chain of digests in the period, the log files that they name, and the log files that
 * lie there and no digest names. An object that cannot be fetched is named in `unread` and judged neither way; so is an account's
 * region without a digest that holds, and a place where nothing is: no digests never mean that all is well.
 *
 * Throws what the store throws when the place cannot be listed, and what `keys` throws.
 */
export async function verifyLogs(request: VerifyRequest, ports: VerifyPorts): Promise<Verified> {
  const { bucket, folder, period } = request;
  const nameOf = (object: string): string =>
    object.startsWith('s3://') ? object : folder === undefined ? `s3://${bucket}/${object}` : `${folder}/${object}`;
  const { onProgress, logs: store } = ports;
  const { maxLogBytes } = request;
  const files = { store, bucket, copied: folder !== undefined, maxLogBytes, nameOf, ...(onProgress && { onProgress }) };
  const unread: Rejected[] = [];
  const listed = await listPlace(request, ports);
  const found = await fetchDigests(files, listed.digests, unread);
  const keys = found.length === 0 ? [] : await ports.keys(keysFor(found, request.now));
  const chain = verifyDigests(found, { keys, ...expectationOf(request) });
  const spoken = within(chain, period);
  const present = listed.logs.map((key) => (folder === undefined ? { bucket, key } : { key }));
  const checks = [
    ...spoken.checks,
    ...(await checkLogs(files, expectedLogs(spoken), listed.logs, unread)),
    ...findUndigested(present, chain),
  ].map((check) => ({ ...check, object: nameOf(check.object) }));
  const unreadable = new Set(unread.map(({ path }) => path));
  // A digest that is there and cannot be read leaves a gap in its chain, which is not one of the trail's.
  const judged = checks.filter(({ object, status }) => status !== 'missing' || !unreadable.has(object));
  return { checks: judged, unread: [...unread, ...unproven(judged, nameOf(request.prefix))] };
}

async function listPlace(
  { bucket, prefix, period, regions, accounts }: VerifyRequest,
  { logs: store }: VerifyPorts,
): Promise<{ readonly digests: readonly string[]; readonly logs: readonly string[] }> {
  const { since, until } = period;
  // The digest after the last one of the period holds that one's signature and hash.
  const last = until === undefined ? undefined : new Date(until.getTime() + DIGEST_DUE_MS);
  const digests: string[] = [];
  const logs: string[] = [];
  const kinds = ['log', 'digest', 'backfill-digest'] as const;
  const search = { prefix, kinds, ...(since && { since }), ...(last && { until: last }) };
  for await (const one of listObjects(store, bucket, search)) {
    if ('fault' in one) throw one.fault;
    const { kind, region = '', accountId = '', deliveredAt: at } = readLogKey(one.key, one.size);
    if (regions?.includes(region) === false || accounts?.includes(accountId) === false) continue;
    if (kind === 'digest' || kind === 'backfill-digest') {
      if (isBetween(at, since && new Date(since.getTime() + 1), last)) digests.push(one.key);
    } else if (kind === 'log' && isBetween(at, since, until)) logs.push(one.key);
  }
  return { digests, logs };
}

/** Of a time that is not known, that it may be. */
function isBetween(at: Date | undefined, since: Date | undefined, until: Date | undefined): boolean {
  return at === undefined || ((since === undefined || at >= since) && (until === undefined || at < until));
}

function expectationOf({ period, folder, now }: VerifyRequest): Omit<ChainOptions, 'keys'> {
  const end = period.until ?? (folder === undefined ? now : undefined);
  const until = end !== undefined && end > now ? now : end;
  return { offline: folder !== undefined, ...(period.since && { since: period.since }), ...(until && { until }) };
}

/** Keys are asked for by the times in the digests' names, and those at which backfill digests were signed. */
function keysFor(found: readonly FoundDigest[], now: Date): KeysAsked {
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

/** Without the digests from behind the period, which were looked at for what they say of those before. */
function within({ checks, digests }: ChainReport, { until }: Period): ChainReport {
  if (until === undefined) return { checks, digests };
  return {
    checks: checks.filter(({ from }) => from === undefined || from < until),
    digests: digests.filter(({ digest }) => digest.start < until),
  };
}

function unproven(checks: readonly IntegrityCheck[], place: string): readonly Rejected[] {
  if (checks.length === 0)
    return [{ path: place, reason: 'there are no digests and no log files here: nothing was verified' }];
  const byPlace = new Map<string, IntegrityCheck[]>();
  for (const check of checks) {
    const name = `${check.accountId ?? 'no account'} ${check.region ?? 'no region'}`;
    const own = byPlace.get(name);
    if (own === undefined) byPlace.set(name, [check]);
    else own.push(check);
  }
  return [...byPlace]
    .filter(([, own]) => !own.some(({ type, status }) => type !== 'log' && status === 'valid'))
    .map(([path, own]) => ({ path, reason: unprovenReason(own) }));
}

function unprovenReason(own: readonly IntegrityCheck[]): string {
  const digests = own.filter(({ type }) => type !== 'log').length;
  const logs = `${own.length - digests} log files are unproven`;
  return digests === 0
    ? `there are no digests (log file validation is off, or they are elsewhere): ${logs}`
    : `none of its digests holds: ${logs}`;
}
