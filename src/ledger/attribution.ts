/** What a finding is due to, added up from all observations of one generation, in whatever order they arrive. */

import { type Cause, type CauseCall, isNotExamined, provenCalls } from '../audit/cause.ts';
import { type Finding, type FindingEvidence, newestFirst } from '../audit/finding.ts';
import { SETTLE_MS } from '../audit/subjects.ts';
import { uniqueBy } from '../collections.ts';
import type { LedgerEntry } from './ledger.ts';

/** What an observation adds to what is known of a finding's cause. An absent part adds nothing. */
export interface Attribution {
  readonly cause?: Cause | undefined;
  readonly launchedBy?: string | undefined;
  readonly seenBecause?: string | undefined;
}

/** The cause of a finding that was recorded before causes were. */
export const CAUSE_NOT_RECORDED: Cause = { kind: 'unknown', reason: 'it was recorded by an older version' };

/**
 * A stronger cause is never replaced by a weaker one within a generation. The configuration is a cause only while no record fits a call:
 * a possible one that is read later replaces it, as if it had been read before.
 */
const STRENGTH = { unknown: 0, configuration: 1, possible: 2, call: 3, calls: 3 } satisfies Record<
  Cause['kind'],
  number
>;

/**
 * What to keep of an observed finding. Undefined when it adds nothing. An unknown cause is kept only if the observation had records to
 * look at: a re-check or a sweep without any must not replace the reason that a scan gave.
 */
export function attributionOf({ cause, launchedBy, seenBecause, evidence }: Finding): Attribution | undefined {
  const says = cause.kind !== 'unknown' || (evidence.length > 0 && !isNotExamined(cause));
  if (!says && launchedBy === undefined && seenBecause === undefined) return undefined;
  return { cause: says ? cause : undefined, launchedBy, seenBecause };
}

/** What two observations of the same moment say together. The order of the arguments makes no difference. */
export function atOnce(a: Attribution | undefined, b: Attribution | undefined): Attribution | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    cause: strongerCause(a.cause, b.cause),
    launchedBy: firstText(a.launchedBy, b.launchedBy),
    seenBecause: firstText(a.seenBecause, b.seenBecause),
  };
}

/**
 * What is known after a later observation of the same generation: the strongest cause, of equally strong ones the latest, and who
 * launched the resource and what made us look as at the opening.
 */
export function inTurn(earlier: Attribution | undefined, later: Attribution | undefined): Attribution | undefined {
  if (earlier === undefined || later === undefined) return earlier ?? later;
  return {
    cause:
      earlier.cause === undefined || later.cause === undefined
        ? (earlier.cause ?? later.cause)
        : laterCause(earlier.cause, later.cause),
    launchedBy: earlier.launchedBy ?? later.launchedBy,
    seenBecause: earlier.seenBecause ?? later.seenBecause,
  };
}

/**
 * What is left of an attribution to calls, of a finding that was judged to be in order at `inOrderAt` (milliseconds since 1970): none of
 * the calls made well before that brought it about, whatever the records that were read show. `SETTLE_MS` is left for reads that lag.
 *
 * ```
 *   RunInstances without Owner ─── Owner is there ─── Owner is not     only DeleteTags was delivered, which without the
 *              0                         30                60          CreateTags changes nothing: the launch is no cause
 * ```
 */
export function sinceInOrder(
  attribution: Attribution | undefined,
  inOrderAt: number | undefined,
): Attribution | undefined {
  if (attribution?.cause === undefined || inOrderAt === undefined) return attribution;
  return { ...attribution, cause: causeSince(attribution.cause, inOrderAt) };
}

function causeSince(cause: Cause, inOrderAt: number): Cause {
  if (!('calls' in cause)) return cause;
  const isSince = ({ eventTime }: CauseCall): boolean => Date.parse(eventTime) > inOrderAt - SETTLE_MS;
  if (cause.kind !== 'possible' && cause.calls.some(isSince)) return cause;
  const calls = cause.calls.filter(isSince);
  if (calls.length === 0) return { kind: 'unknown', reason: IN_ORDER_SINCE };
  return calls.length === cause.calls.length ? cause : { ...cause, calls };
}

/** The reason of an unknown cause where the ledger knows better than the records that were read. */
const IN_ORDER_SINCE = 'it was in order after the calls that the records show, and none shows what changed since';

/** The cause to go by after a later look: the stronger one, of equally strong ones the later. */
export function laterCause(earlier: Cause, later: Cause): Cause {
  return STRENGTH[later.kind] >= STRENGTH[earlier.kind] ? later : earlier;
}

/**
 * A finding as it was seen now, with the older `firstSeen`, the cause, and the evidence of it that the ledger has. If the ledger has it
 * as resolved and it is open, or the other way round, that was another generation with a cause of its own.
 */
export function withKnownCause(
  seenNow: Finding,
  entry: Pick<LedgerEntry, 'finding' | 'inOrderAt'> | undefined,
): Finding {
  if (entry === undefined) return seenNow;
  const { finding: known, inOrderAt } = entry;
  // What is older than the all-clear was before it.
  const isSince = inOrderAt !== undefined && inOrderAt.toISOString() < seenNow.lastSeen;
  const finding = isSince ? { ...seenNow, cause: causeSince(seenNow.cause, inOrderAt.getTime()) } : seenNow;
  const firstSeen = known.firstSeen < finding.firstSeen ? known.firstSeen : finding.firstSeen;
  if ((known.status === 'resolved') !== (finding.status === 'resolved')) return { ...finding, firstSeen };
  const seen = attributionOf(finding)?.cause;
  const cause = seen === undefined ? known.cause : laterCause(known.cause, seen);
  const causes = new Set(provenCalls(cause).map(({ eventID }) => eventID));
  const evidence = uniqueBy([...finding.evidence, ...known.evidence], ({ eventID }) => eventID).map(
    (each): FindingEvidence =>
      each.role === 'resolution' ? each : { ...each, role: causes.has(each.eventID) ? 'cause' : 'context' },
  );
  return {
    ...finding,
    firstSeen,
    cause,
    launchedBy: known.launchedBy ?? finding.launchedBy,
    seenBecause: known.seenBecause ?? finding.seenBecause,
    evidence: evidence.toSorted(newestFirst),
  };
}

function strongerCause(a: Cause | undefined, b: Cause | undefined): Cause | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (STRENGTH[a.kind] !== STRENGTH[b.kind]) return STRENGTH[a.kind] > STRENGTH[b.kind] ? a : b;
  return JSON.stringify(a) <= JSON.stringify(b) ? a : b;
}

function firstText(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a <= b ? a : b;
}
