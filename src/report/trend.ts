/** How many findings were opened, resolved and open on each day. */

import type { LedgerEntry, Period } from '../ledger/ledger.ts';
import { openSpansOf } from '../ledger/open-spans.ts';

/** A UTC day: the findings opened and resolved on it, and those open at its end. */
export interface TrendPoint {
  readonly day: string;
  readonly opened: number;
  readonly resolved: number;
  readonly open: number;
}

const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

/**
 * One point per day from the first day of the period (or of the ledger) to the last. A finding that came back is opened and
 * resolved each time. Exempted times do not count.
 */
export function trendOf(
  entries: readonly LedgerEntry[],
  { period, generatedAt }: { readonly period?: Period | undefined; readonly generatedAt: Date },
): TrendPoint[] {
  const spans = entries.flatMap(openSpansOf);
  if (spans.length === 0) return [];
  const dayOf = (time: number): number => Math.floor(time / DAY_MS);
  const last = dayOf(period === undefined ? generatedAt.getTime() : period.until.getTime() - 1);
  const oldest = spans.reduce((least, { from }) => Math.min(least, from.getTime()), Number.POSITIVE_INFINITY);
  const first = Math.max(dayOf(period?.since.getTime() ?? oldest), last - MOST_DAYS);
  const days = Array.from({ length: Math.max(0, last - first + 1) }, () => ({ opened: 0, ended: 0, resolved: 0 }));
  // The period may start and end in the middle of a day.
  const since = Math.max(period?.since.getTime() ?? Number.NEGATIVE_INFINITY, first * DAY_MS);
  const until = period?.until.getTime() ?? (last + 1) * DAY_MS;
  const dayAt = (time: number | undefined): (typeof days)[number] | undefined =>
    time === undefined || time < since || time >= until ? undefined : days[dayOf(time) - first];
  let open = 0;
  for (const { from, to, resolved } of spans) {
    if (from.getTime() < since && (to === null || to.getTime() >= since)) open += 1;
    const openedDay = dayAt(from.getTime());
    const endedDay = dayAt(to?.getTime());
    if (openedDay !== undefined) openedDay.opened += 1;
    if (endedDay === undefined) continue;
    endedDay.ended += 1;
    if (resolved) endedDay.resolved += 1;
  }
  return days.map(({ opened, ended, resolved }, index) => {
    open += opened - ended;
    return { day: new Date((first + index) * DAY_MS).toISOString().slice(0, 10), opened, resolved, open };
  });
}
