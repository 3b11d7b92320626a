/** How findings ended, in words: the same in every report. */

import type { Finding, FindingResolution } from '../../audit/finding.ts';
import { grouped } from '../../collections.ts';
import { causeWords } from '../cause-words.ts';
import type { Summary } from '../summary.ts';
import { minuteWords } from '../words.ts';

const CLOSED: ReadonlySet<FindingResolution['kind']> = new Set(['time', 'configuration']);

/** `Resolved`, or `Closed` for what nobody is known to have fixed. */
export function endLabel({ kind }: FindingResolution): 'Resolved' | 'Closed' {
  return CLOSED.has(kind) ? 'Closed' : 'Resolved';
}

/**
 * Completes "resolved" or "closed":
 * - `by dana (StartLogging, 2026-03-17 12:30 UTC)`
 * - `2026-03-17 12:30 UTC by Mirrorwatch`
 * - `2026-03-17 12:30 UTC by a later look, no record says by whom`
 * - `2026-03-18 12:01 UTC by time alone, as no such call was recorded since`
 *
 * Undefined for a finding that did not end.
 */
export function endWords({ resolution, evidence }: Pick<Finding, 'resolution' | 'evidence'>): string | undefined {
  if (resolution === undefined) return undefined;
  const when = minuteWords(resolution.at);
  switch (resolution.kind) {
    case 'call': {
      const calls = evidence.filter(({ role }) => role === 'resolution').toReversed();
      return calls.length === 0
        ? `${when} by ${resolution.by ?? 'an unnamed caller'}`
        : causeWords({ kind: 'calls', calls });
    }
    case 'repair':
      return `${when} by Mirrorwatch`;
    case 'look':
      return `${when}, as a later look found; no record says by whom`;
    case 'time':
      return `${when} by time alone, as no such call was recorded since`;
    case 'configuration':
      return `${when} by our configuration, which no longer judges it`;
    case 'unknown':
      return `${when}; no record says by whom`;
  }
}

/** `3 resolved`, or `3 resolved (1 of them by time alone)`. */
export function resolvedCount({ resolved, closedByTime }: Pick<Summary, 'resolved' | 'closedByTime'>): string {
  const byTime =
    closedByTime === 0 ? '' : ` (${grouped(closedByTime)}${resolved === 1 ? '' : ' of them'} by time alone)`;
  return `${grouped(resolved)} resolved${byTime}`;
}

/** Findings that ended, the latest first; of the same moment, the most urgent first. */
export function endedFindings(findings: readonly Finding[]): readonly Finding[] {
  const ended = findings.filter(({ resolution }) => resolution !== undefined);
  return ended.toSorted((a, b) => timeOf(b) - timeOf(a));
}

/** `Resolved`, or `Resolved and closed` if nobody is known to have fixed some of them. */
export function endedTitle(ended: readonly Finding[]): string {
  const labels = new Set(ended.flatMap(({ resolution }) => (resolution === undefined ? [] : [endLabel(resolution)])));
  return labels.size > 1 ? 'Resolved and closed' : ([...labels][0] ?? 'Resolved');
}

function timeOf({ resolution }: Finding): number {
  return Date.parse(resolution?.at ?? '') || 0;
}
