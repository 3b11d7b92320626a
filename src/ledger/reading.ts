/** What a run read, skipped and rejected, and what it could not reach or judge, in a size that a ledger can keep. */

import type { ScopeLook } from '../audit/gaps/gap.ts';

/**
 * What could not be read or judged: an `input` of the log (a file, an object, a value in it), an `account` or one of its lists, a part
 * of a `snapshot`, `records` that were read and could not be judged, or the `past` of an account and region that no records cover.
 */
export type RejectedKind = 'input' | 'account' | 'snapshot' | 'records' | 'past';

/** Something that could not be read or judged. */
export interface Rejected {
  readonly path: string;
  readonly reason: string;
  /** @default 'input' */
  readonly of?: RejectedKind | undefined;
  /** How many records could not be judged; only for `records`. */
  readonly records?: number | undefined;
}

/** Counts of the input. Every format carries the same figures. */
export interface InputCounts {
  readonly files: number;
  readonly records: number;
  /** Bytes after decompression. */
  readonly bytes: number;
  readonly sightings: number;
  /** Successful launches. */
  readonly launches: number;
  /** Inputs of known kinds that are not judged (digest, insight, aggregated, folder, …), counted by kind. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly rejected: readonly Rejected[];
  /** Records that could not be judged because CloudTrail omitted parts of them, by call; `rejected` names them. @default none */
  readonly omitted?: Readonly<Record<string, number>> | undefined;
}

/** Which configuration a run judged by. */
export interface JudgedBy {
  /** `Config.hash`. */
  readonly hash: string;
  /** Since when it is the one in its place, ISO 8601 UTC: when it was stored, or where that is not known, when the function started. */
  readonly changedAt: string;
}

/** What one run read and did not read. */
export interface RunReading extends Omit<InputCounts, 'rejected'> {
  /** Absent for runs of the command line and of older versions. */
  readonly configuration?: JudgedBy | undefined;
  /** The first `MAX_REJECTED` of them, with long paths and reasons cut. */
  readonly rejected: readonly Rejected[];
  /** How many inputs were rejected, named or not. */
  readonly rejectedCount: number;
  /** The accounts and regions: those looked at completely, and those of which something could not be read or judged. */
  readonly looks: readonly ScopeLook[];
}

/** Rejected inputs that a ledger names for a run. More are counted. */
export const MAX_REJECTED = 100;
const MAX_PATH_CHARS = 1100;
const MAX_REASON_CHARS = 300;
const MAX_SKIPPED_KINDS = 50;

/** What a ledger keeps of a run. Undefined when the run read nothing and looked at nothing, so that there is nothing to keep. */
export function readingOf(
  input: InputCounts,
  looks: readonly ScopeLook[],
  configuration?: JudgedBy,
): RunReading | undefined {
  const kept = looks.filter(({ complete, gaps }) => complete || gaps.length > 0);
  const { rejected, skipped, omitted, ...counts } = input;
  const isEmpty =
    Object.values(counts).every((count) => count === 0) &&
    kept.length + rejected.length + Object.keys(skipped).length === 0;
  if (isEmpty) return undefined;
  return {
    ...(configuration !== undefined && { configuration }),
    ...counts,
    ...(omitted !== undefined && { omitted }),
    skipped: Object.fromEntries(Object.entries(skipped).slice(0, MAX_SKIPPED_KINDS)),
    rejected: rejected.slice(0, MAX_REJECTED).map((one) => ({
      ...one,
      path: cut(one.path, MAX_PATH_CHARS),
      reason: cut(one.reason, MAX_REASON_CHARS),
    })),
    rejectedCount: rejected.length,
    looks: kept,
  };
}

/** The counts of a run that read no logs. */
export const NOTHING_READ: InputCounts = {
  files: 0,
  records: 0,
  bytes: 0,
  sightings: 0,
  launches: 0,
  skipped: {},
  rejected: [],
};

/** The text with its middle left out if it is longer than `limit`: both ends of a path identify it. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
