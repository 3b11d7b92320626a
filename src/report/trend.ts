/** How many findings were opened, resolved and open, day by day. */

import type { LedgerEntry, Period } from '../ledger/ledger.ts';

/** A UTC day: what was opened and resolved on it, and how many were open at its end. */
export interface TrendPoint {
  readonly day: string;
  readonly opened: number;
  readonly resolved: number;
  readonly open: number;
}

const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

/** From the first day of the period (or of the ledger) to its last; muted entries are no part of it. */
export function trendOf(
  entries: readonly LedgerEntry[],
  { period, generatedAt }: { readonly period?: Period; readonly generatedAt: Date },
): TrendPoint[] {
  const counted = entries.filter(({ finding }) => finding.status !== 'muted');
  if (counted.length === 0) return [];
  const dayOf = (time: number): number => Math.floor(time / DAY_MS);
  const last = dayOf(period === undefined ? generatedAt.getTime() : period.until.getTime() - 1);
  const oldest = counted.reduce((least, { openedAt }) => Math.min(least, openedAt.getTime()), Number.POSITIVE_INFINITY);
  const first = Math.max(dayOf(period?.since.getTime() ?? oldest), last - MOST_DAYS);
  const days = Array.from({ length: Math.max(0, last - first + 1) }, () => ({ opened: 0, resolved: 0 }));
  let open = 0;
  for (const { openedAt, resolvedAt } of counted) {
    const opened = dayOf(openedAt.getTime()) - first;
    const resolved = resolvedAt === null ? Number.POSITIVE_INFINITY : dayOf(resolvedAt.getTime()) - first;
    if (opened < 0 && resolved >= 0) open += 1;
    const openedDay = days[opened];
    const resolvedDay = days[resolved];
    if (openedDay !== undefined) openedDay.opened += 1;
    if (resolvedDay !== undefined) resolvedDay.resolved += 1;
  }
  return days.map(({ opened, resolved }, index) => {
    open += opened - resolved;
    return { day: new Date((first + index) * DAY_MS).toISOString().slice(0, 10), opened, resolved, open };
  });
}
