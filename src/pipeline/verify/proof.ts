/** Proves files one by one: verifies the digests first, then judges each file as it is read, and at the end what is missing. */

import { DIGEST_DUE_MS, HOUR_MS } from '../../cloudtrail/digests/chain-gaps.ts';
import {
  type ChainReport,
  type FoundDigest,
  type IntegrityCheck,
  verifyDigests,
} from '../../cloudtrail/digests/digest-chain.ts';
import { type ExpectedLog, missingLog, type Need, startProving } from '../../cloudtrail/digests/log-integrity.ts';
import type { SigningKey } from '../../cloudtrail/digests/signing-keys.ts';
import type { FoundLog } from '../../delivery/fetch-log.ts';
import { LATE_DAYS, type LogKeyKind, type Period, readLogKey } from '../../delivery/log-key.ts';
import type { Rejected } from '../../report/report.ts';
import { contentOf, type ReadContent } from './content.ts';
import { fetchDigests } from './fetch-digests.ts';
import { listDigests, placeOfPath } from './list-digests.ts';
import { type RequestPace, requestPace } from './request-pace.ts';

/** What to prove. */
export interface ProofRequest {
  /** What the user named. */
  readonly paths: readonly string[];
  /** The period of the events. The files that may hold some are those that `scan` reads with the same period. */
  readonly period: Period;
  readonly regions?: readonly string[] | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly now: Date;
  /** The most that one log file may inflate to. One that inflates to more than `mostInflatedBytes` is not read either. */
  readonly maxLogBytes: number;
}

/** The public keys that are needed: those of these regions that were valid at any time in between. */
export interface KeysNeeded {
  readonly regions: readonly string[];
  readonly since: Date;
  readonly until: Date;
}

/** Where the files are. */
export interface ProofPorts {
  /** What is at the places, of these kinds at least, in the files of this period. */
  readonly list: (kinds: readonly LogKeyKind[], period: Period) => AsyncIterable<FoundLog>;
  readonly keys: (needed: KeysNeeded) => Promise<readonly SigningKey[]>;
  /** How many requests are made at the same time. @default a pace of its own */
  readonly pace?: RequestPace | undefined;
  /** Called after each digest. */
  readonly onDigest?: ((bytes: number) => void) | undefined;
}

/** The digests, verified, and how the log files are judged by them. */
export interface Proof {
  readonly chain: ChainReport;
  /** How many digests were found. */
  readonly digests: number;
  readonly rejected: readonly Rejected[];
  /** What decides about the file at this path besides its name. */
  readonly needs: (path: string) => Need;
  /** Judges a file by what was read of it. Returns the bytes that were hashed if it is proven. A file that is read again counts once. */
  readonly judge: (path: string, read: ReadContent) => Proven;
  /** The paths of the files that were judged so far. */
  readonly judged: ReadonlySet<string>;
  /** The entries of digests without a file, so far. */
  readonly unclaimed: () => readonly ExpectedLog[];
  /** The checks of the digests, of all files that were judged, and of the missing ones; not of `missing` that could not be looked for. */
  readonly finish: (missing: readonly ExpectedLog[]) => readonly IntegrityCheck[];
}

/** What was found out about a file. */
export interface Proven {
  /** Undefined where other files have to be known first. Such a file is not proven. */
  readonly check: IntegrityCheck | undefined;
  /** The inflated bytes that were hashed; undefined unless the file is valid. */
  readonly bytes?: Buffer | undefined;
  /** Why the file could not be read, which is not held against it. */
  readonly unread?: string | undefined;
}

const DAY_MS = 24 * HOUR_MS;

/** Verifies the digests. Throws what the listing throws, and what `keys` throws. */
export async function openProof(request: ProofRequest, ports: ProofPorts): Promise<Proof> {
  const { paths, period, now, maxLogBytes } = request;
  const window = windowOf(period);
  // The digest after the last one records that one's signature and hash.
  const listed = { since: window.since, until: window.until && new Date(window.until.getTime() + DIGEST_DUE_MS) };
  const isWanted = (key: string): boolean => isRequested(key, request) && mayBeIn(readLogKey(key).deliveredAt, listed);
  const { digests, rejected: unlisted } = await listDigests(
    ports.list(['digest', 'backfill-digest'], listed),
    paths,
    isWanted,
  );
  const { found, rejected } = await fetchDigests(digests, {
    pace: ports.pace ?? requestPace(),
    onFetched: ports.onDigest ?? (() => undefined),
  });
  const keys = found.length === 0 ? [] : await ports.keys(keysFor(found, now));
  const whole = verifyDigests(found, { keys, ...period, now });
  const chain = limitedTo(window.until, whole);
  const prover = startProving(whole, { period, now });
  const checks: IntegrityCheck[] = [...chain.checks];
  const judged = new Set<string>();
  return {
    chain,
    digests: found.length,
    rejected: [...unlisted, ...rejected],
    needs: (path) => prover.needs(placeOfPath(path, paths)),
    judge: (path, read) => {
      const { content, unread } = contentOf(read, maxLogBytes);
      const check = prover.judge(placeOfPath(path, paths), content);
      if (check !== undefined && !judged.has(path)) checks.push(check);
      judged.add(path);
      return {
        check,
        unread,
        bytes: check?.status === 'valid' && content?.kind === 'present' ? content.bytes : undefined,
      };
    },
    judged,
    unclaimed: prover.unclaimed,
    finish: (missing) => [...checks, ...prover.finish(), ...missing.map(missingLog)],
  };
}

/** True for a file of the accounts and regions that were asked for, as far as its path says whose it is. */
export function isRequested(path: string, { regions, accounts }: Pick<ProofRequest, 'regions' | 'accounts'>): boolean {
  const { region, accountId } = readLogKey(path);
  return (
    (regions === undefined || region === undefined || regions.includes(region)) &&
    (accounts === undefined || accountId === undefined || accounts.includes(accountId))
  );
}

/** The complete days of the files that may hold events of the period. */
export function windowOf({ since, until }: Period): Period {
  const dayOf = (time: Date): number => Math.floor(time.getTime() / DAY_MS) * DAY_MS;
  return {
    since: since && new Date(dayOf(since)),
    until: until && new Date(dayOf(until) + (LATE_DAYS + 1) * DAY_MS),
  };
}

/** True also for an unknown time. A digest's time is the end of its hour. */
function mayBeIn(end: Date | undefined, { since, until }: Period): boolean {
  return end === undefined || ((since === undefined || end > since) && (until === undefined || end < until));
}

/** The keys for the times in the digests' names and the times at which backfill digests were signed. */
function keysFor(found: readonly FoundDigest[], now: Date): KeysNeeded {
  const regions = new Set<string>();
  let oldest = now.getTime();
  let newest = 0;
  for (const { key, generatedAt } of found) {
    const { region, deliveredAt } = readLogKey(key);
    if (region !== undefined) regions.add(region);
    for (const time of [deliveredAt?.getTime(), generatedAt?.getTime()]) {
      if (time === undefined) continue;
      oldest = Math.min(oldest, time);
      newest = Math.max(newest, time);
    }
  }
  return {
    regions: [...regions].toSorted(),
    since: new Date(oldest - HOUR_MS),
    until: new Date((newest === 0 ? now.getTime() : newest) + DIGEST_DUE_MS),
  };
}

/** Leaves out the digests after the window, which were read only for what they record of earlier ones. */
function limitedTo(until: Date | undefined, { checks, digests }: ChainReport): ChainReport {
  if (until === undefined) return { checks, digests };
  return {
    checks: checks.filter(({ from }) => from === undefined || from < until),
    digests: digests.filter(({ digest }) => digest.start < until),
  };
}
