/** The times in which a finding was open, one by one: what trends and mean times are counted from. */

import type { LedgerEntry, OpenSpan } from './ledger.ts';
import type { Timeline } from './timeline.ts';

/**
 * The spans of an entry, the oldest first. Most findings are opened once and resolved once, and their entry says no more than
 * that; an exempted time is not open.
 */
export function openSpansOf({ openSpans, openedAt, resolvedAt, finding }: LedgerEntry): readonly OpenSpan[] {
  if (openSpans !== undefined) return openSpans;
  return finding.status === 'muted' ? [] : [{ from: openedAt, to: resolvedAt, resolved: resolvedAt !== null }];
}

/** The spans of a timeline, as far as it still has them: of what went into its base only the latest is known. */
export function spansOf({ facts, base }: Timeline): readonly OpenSpan[] {
  const spans: OpenSpan[] = [];
  let from = base?.state === 'open' ? base.openedAt : null;
  if (base?.state === 'resolved' && base.openedAt !== null && base.resolvedAt !== null)
    spans.push({ from: new Date(base.openedAt), to: new Date(base.resolvedAt), resolved: true });
  for (const { at, state } of facts) {
    if (state === 'open') from ??= at;
    else if (from !== null) {
      spans.push({ from: new Date(from), to: new Date(at), resolved: state === 'resolved' });
      from = null;
    }
  }
  if (from !== null) spans.push({ from: new Date(from), to: null, resolved: false });
  return spans;
}
