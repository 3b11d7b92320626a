/** The periods in which a finding was open, from which trends and mean times are computed. */

import type { LedgerEntry, OpenSpan } from './ledger.ts';
import { isClosedByConfiguration, isClosedByTime } from './sight/closed.ts';
import { effectiveFacts } from './sight/tags-shown.ts';
import { pastSpansOf, type Timeline } from './timeline.ts';

/**
 * The spans of an entry, oldest first. The entry of a finding that was opened and resolved only once has no spans of its own; they
 * follow from its times. A finding is not open while it is exempted.
 */
export function openSpansOf({
  openSpans,
  openedAt,
  resolvedAt,
  resolvedBy,
  finding,
}: LedgerEntry): readonly OpenSpan[] {
  if (openSpans !== undefined) return openSpans;
  return finding.status === 'muted' ? [] : [{ from: openedAt, ...endOf(resolvedAt, resolvedBy) }];
}

/** True for a span at whose end somebody or something had remediated the finding. */
export function isRemediated({ resolved, inTime }: OpenSpan): boolean {
  return resolved && inTime !== true;
}

/** The end of a span, of which `resolvedBy` says by whom or what; null while it lasts. */
function endOf(to: Date | null, resolvedBy: string | undefined): Omit<OpenSpan, 'from'> {
  const resolved = to !== null && !isClosedByConfiguration({ resolvedBy });
  return { to, resolved, inTime: (resolved && isClosedByTime({ resolvedBy })) || undefined };
}

/** When the finding was resolved before it was last opened; undefined if it was opened only once, or was only exempted in between. */
export function resolvedBeforeAt(entry: LedgerEntry): Date | undefined {
  const before = openSpansOf(entry).slice(0, -1);
  return before.findLast(({ resolved }) => resolved)?.to ?? undefined;
}

/** The spans of a timeline, oldest first. Of the time before its base, the latest `MAX_PAST_SPANS` are known. */
export function spansOf(timeline: Timeline): readonly OpenSpan[] {
  const { facts, base } = timeline;
  const spans = pastSpansOf(timeline).map(
    ([from, to, end]): OpenSpan => ({
      ...{ from: new Date(from), to: new Date(to), resolved: end !== 0 },
      inTime: end === 2 || undefined,
    }),
  );
  let from = base?.state === 'open' ? base.openedAt : null;
  for (const { at, state, by } of effectiveFacts(facts, base?.wrong)) {
    if (state === 'open') from ??= at;
    else if (from !== null) {
      const to = new Date(at);
      const end = state === 'resolved' ? endOf(to, by) : { to, resolved: false };
      spans.push({ from: new Date(from), ...end });
      from = null;
    }
  }
  if (from !== null) spans.push({ from: new Date(from), to: null, resolved: false });
  return spans;
}
