/** Verifies a trail: its digests, every file that a scan would read, and the files that the digests name. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import type { ExpectedLog } from '../../cloudtrail/digests/log-integrity.ts';
import { groupBy, plural } from '../../collections.ts';
import type { FoundLog, LogFile, LogStore } from '../../delivery/fetch-log.ts';
import { mayHoldEventsOf, readLogKey } from '../../delivery/log-key.ts';
import { uriOf } from '../../delivery/log-object.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';
import type { KnownContent } from './content.ts';
import { isRequested, openProof, type Proof, type ProofPorts, type ProofRequest } from './proof.ts';
import { readAhead } from './read-ahead.ts';
import { type RequestPace, requestPace } from './request-pace.ts';

/** What to verify. */
export interface VerifyRequest extends ProofRequest {
  /** The buckets that may be read, besides those that the paths name: `trail.buckets`. */
  readonly buckets: readonly string[];
}

/** What a verification works with. */
export interface VerifyPorts extends Omit<ProofPorts, 'onDigest' | 'pace'> {
  /** Fetches an object in S3 that a digest names and the paths don't contain. */
  readonly fetch: LogStore['fetch'];
  /** What is known of a file from before. Undefined for one that was changed since, or never read: it is read then. */
  readonly known?: ((file: LogFile) => KnownContent | undefined) | undefined;
  /** Called with the inflated bytes of each file that is proven and was read: those that were hashed. */
  readonly onProven?: ((path: string, bytes: Buffer) => void) | undefined;
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far a verification has got. */
export interface VerifyProgress {
  readonly done: number;
  readonly bytes: number;
}

/** The result of a verification. */
export interface Verified {
  /** How many digests and log files were found, in the accounts and regions requested. */
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

/**
 * Verifies every chain of digests, the log files they name, and every other file that `scan` would read at the same paths in the same period.
 *
 * An object that cannot be fetched is in `rejected` and is judged neither valid nor invalid. So is a region of an account without a
 * valid digest, a region or account that was asked for and has no files, and a place without any: missing digests never mean that all is
 * well. Throws what the listing throws, and what `keys` throws.
 */
export async function verifyLogs(request: VerifyRequest, ports: VerifyPorts): Promise<Verified> {
  const progress = { done: 0, bytes: 0 };
  const advance = (bytes: number): void => {
    progress.done += 1;
    progress.bytes += bytes;
    ports.onProgress?.(progress);
  };
  const pace = requestPace();
  const proof = await openProof(request, { ...ports, pace, onDigest: advance });
  const unread = await judgeLogs(request, { ports, proof, pace, advance });
  const { missing, rejected: elsewhere } = await lookElsewhere(request, ports, proof);
  const checks = proof.finish(missing);
  const rejected = [...proof.rejected, ...unread, ...elsewhere];
  const faults = [...rejected, ...unprovenPlaces(checks, request.paths.join(', ')), ...absent(checks, request)];
  return {
    files: proof.digests + proof.judged.size,
    checks,
    rejected: faults,
    isGone: goneIn(request, proof.judged, faults),
  };
}

interface Run {
  readonly ports: VerifyPorts;
  readonly pace: RequestPace;
  readonly proof: Proof;
  readonly advance: (bytes: number) => void;
}

/** Judges the files that a scan would read. */
async function judgeLogs(request: VerifyRequest, { ports, proof, pace, advance }: Run): Promise<readonly Rejected[]> {
  const rejected: Rejected[] = [];
  const listed = ports.list(['log'], request.period);
  const knownOf = (file: LogFile): KnownContent | undefined =>
    proof.needs(file.path) === 'hash' ? ports.known?.(file) : undefined;
  const needs = (file: LogFile): boolean =>
    isJudged(file.path, request) && proof.needs(file.path) !== 'nothing' && knownOf(file) === undefined;
  for await (const { found, packed, fault } of readAhead(listed, needs, { pace, maxBytes: request.maxLogBytes })) {
    if (found.kind === 'rejected') rejected.push({ path: found.path, reason: found.reason });
    const path = pathOfLog(found);
    if (path === undefined || !isJudged(path, request)) continue;
    const read = found.kind === 'log' ? { packed, fault, known: knownOf(found.file) } : { packed: Buffer.alloc(0) };
    const { unread, bytes } = proof.judge(path, read);
    if (unread !== undefined) rejected.push({ path, reason: unread });
    if (bytes !== undefined) ports.onProven?.(path, bytes);
    advance(packed?.length ?? 0);
  }
  return rejected;
}

/** The path of a log, also of one that was emptied: it has its name still. */
function pathOfLog(found: FoundLog): string | undefined {
  if (found.kind === 'log') return found.file.path;
  const isEmptied = found.kind === 'skipped' && found.why === 'empty' && /\.json\.gz$/.test(found.path);
  return isEmptied && readLogKey(keyOf(found.path)).kind === 'log' ? found.path : undefined;
}

const keyOf = (path: string): string => path.replaceAll('\\', '/');

/** True for a file that `scan` reads with this period, in the accounts and regions that were asked for. */
function isJudged(path: string, request: VerifyRequest): boolean {
  return isRequested(keyOf(path), request) && mayHoldEventsOf(readLogKey(keyOf(path)), request.period);
}

/**
 * Looks for the files that proven digests in a bucket name outside the paths. Only the buckets of the paths and of the configuration are
 * read: a digest never leads into another one.
 */
async function lookElsewhere(
  { paths, buckets, maxLogBytes }: VerifyRequest,
  { fetch }: VerifyPorts,
  proof: Proof,
): Promise<{ readonly missing: readonly ExpectedLog[]; readonly rejected: readonly Rejected[] }> {
  const mayRead = (bucket: string): boolean =>
    buckets.includes(bucket) || paths.some((path) => path === `s3://${bucket}` || path.startsWith(`s3://${bucket}/`));
  const foreign = new Map<string, number>();
  const rejected: Rejected[] = [];
  for (const entry of proof.unclaimed().filter((one) => one.isProven && !isListed(one, paths))) {
    const { bucket } = entry.log;
    if (!mayRead(bucket)) foreign.set(bucket, (foreign.get(bucket) ?? 0) + 1);
    else rejected.push(...(await readElsewhere(entry, fetch, { proof, maxLogBytes })));
  }
  for (const [bucket, count] of foreign) {
    const reason = `${plural(count, 'log file')} that digests name ${count === 1 ? 'is' : 'are'} in this bucket, which was not read: add it to trail.buckets, or verify it as well`;
    rejected.push({ path: `s3://${bucket}`, reason });
  }
  return { missing: proof.unclaimed().filter(({ log }) => !foreign.has(log.bucket)), rejected };
}

/** True for an entry whose file would have been found at the paths. */
export function isListed({ log, digestIn }: ExpectedLog, paths: readonly string[]): boolean {
  return digestIn === undefined || paths.some((path) => uriOf(log).startsWith(path));
}

async function readElsewhere(
  { log }: ExpectedLog,
  fetch: LogStore['fetch'],
  { proof, maxLogBytes }: { readonly proof: Proof; readonly maxLogBytes: number },
): Promise<readonly Rejected[]> {
  const path = uriOf(log);
  try {
    const { bytes } = await fetch({ bucket: log.bucket, key: log.key }, { maxBytes: maxLogBytes });
    proof.judge(path, { packed: bytes });
    return [];
  } catch (fault) {
    if (fault instanceof PipelineError && fault.code === 'log-missing') return [];
    proof.judge(path, { fault });
    return [{ path, reason: messageOf(fault) }];
  }
}

function goneIn(request: VerifyRequest, seen: ReadonlySet<string>, faults: readonly Rejected[]): Verified['isGone'] {
  const unproven = new Set(faults.map(({ path }) => path));
  return (object) => {
    const { region = '', accountId = '' } = readLogKey(keyOf(object));
    const wasListed = request.paths.some((path) => isBelow(object, path));
    return wasListed && !seen.has(object) && isJudged(object, request) && !unproven.has(`${accountId} ${region}`);
  };
}

const isBelow = (object: string, path: string): boolean =>
  path.startsWith('s3://') ? object.startsWith(path) : object.startsWith(`${path.replace(/(?<=.)\/+$/, '')}/`);

/** The accounts and regions without a valid digest; the place itself if it has no files. */
export function unprovenPlaces(checks: readonly IntegrityCheck[], place: string): readonly Rejected[] {
  if (checks.length === 0)
    return [{ path: place, reason: 'there are no digests and no log files here: nothing was verified' }];
  const known = checks.filter(({ accountId, region }) => accountId !== undefined && region !== undefined);
  return [...groupBy(known, ({ accountId, region }) => `${accountId} ${region}`)]
    .filter(([, own]) => !own.some(({ type, status }) => type !== 'log' && status === 'valid'))
    .filter(([, own]) => own.some(({ status }) => status !== 'injected'))
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

/** The accounts and regions that were asked for and of which there is nothing. */
function absent(
  checks: readonly IntegrityCheck[],
  { regions = [], accounts = [] }: VerifyRequest,
): readonly Rejected[] {
  if (checks.length === 0) return [];
  const here = new Set(checks.flatMap(({ region, accountId }) => [region, accountId]));
  const reason = 'was asked for, but there are no digests and no log files of it: nothing about it is proven';
  return [...accounts, ...regions].filter((name) => !here.has(name)).map((path) => ({ path, reason }));
}
