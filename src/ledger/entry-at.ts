/** A ledger entry as it was at the end of a period: what happened later is taken back. */

import type { LedgerEntry, OpenSpan } from './ledger.ts';
import { openSpansOf } from './open-spans.ts';

/**
 * The entry with the status it had just before `end`; spans, outcomes and mails from then on are left out. The content is that of the
 * newest observation. An entry that nothing happened to since is returned as it is. When it was open is exact; whether it was muted or
 * resolved in between is not, because an entry does not have the times of its exemptions.
 */
export function entryAt(entry: LedgerEntry, end: Date): LedgerEntry {
  const { finding, openedAt, resolvedAt, outcomes } = entry;
  const spans = openSpansOf(entry);
  const isLater = (time: Date | null): boolean => time !== null && time >= end;
  const changed =
    isLater(openedAt) || isLater(resolvedAt) || spans.some(({ from, to }) => isLater(from) || isLater(to));
  if (!changed) return entry;
  const before = spans
    .filter(({ from }) => from < end)
    .map((span): OpenSpan => (isLater(span.to) ? { from: span.from, to: null, resolved: false } : span));
  const last = before.at(-1);
  const status = statusAfter(last, entry, end);
  const { resolvedBy: _, ...rest } = entry;
  const endedAt = last?.to ?? resolvedAt ?? openedAt;
  return {
    ...rest,
    ...(status === 'resolved' &&
      entry.resolvedBy !== undefined &&
      !isLater(resolvedAt) && { resolvedBy: entry.resolvedBy }),
    finding: { ...finding, status },
    openedAt: last?.from ?? openedAt,
    resolvedAt: status === 'resolved' ? endedAt : null,
    generation: Math.max(1, before.length),
    openSpans: before,
    outcomes: outcomes.filter(({ at }) => at < end),
  };
}

/** A finding that was in the ledger and not open yet was muted from the start, or was muted and then resolved. */
function statusAfter(
  last: OpenSpan | undefined,
  { finding, resolvedAt }: LedgerEntry,
  end: Date,
): LedgerEntry['finding']['status'] {
  if (last === undefined)
    return finding.status === 'resolved' && resolvedAt !== null && resolvedAt < end ? 'resolved' : 'muted';
  if (last.to === null) return 'open';
  if (last.resolved) return 'resolved';
  // The exemption that ended this span may itself have been followed by a resolution.
  return finding.status === 'resolved' && resolvedAt !== null && resolvedAt < end ? 'resolved' : 'muted';
}
