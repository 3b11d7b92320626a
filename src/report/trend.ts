/** How many findings were opened, resolved and open on each day. */

import type { LedgerEntry, OpenSpan, Period } from '../ledger/ledger.ts';
import { isRemediated, openSpansOf } from '../ledger/open-spans.ts';

/** A UTC day: the findings opened, resolved and closed by time on it, and those open at its end. */
export interface TrendPoint {
  /** In a trend of more than 400 days, a point stands for several days, and this is the last of them. */
  readonly day: string;
  readonly opened: number;
  /** Without those that time alone closed. */
  readonly resolved: number;
  readonly closedByTime: number;
  readonly open: number;
}

const MOST_POINTS = 400;
const DAY_MS = 86_400_000;

/** The time a report is about, in milliseconds since 1970. `until` is excluded. Tiles and chart count by the same window. */
export interface Window {
  readonly since: number;
  readonly until: number;
}

/** The window of a report: its period, or from the first opening to now, or to the last change if that is later. */
export function windowOf(
  spans: readonly OpenSpan[],
  { period, generatedAt }: { readonly period?: Period | undefined; readonly generatedAt: Date },
): Window {
  if (period !== undefined) return { since: period.since.getTime(), until: period.until.getTime() };
  let since = generatedAt.getTime();
  let last = since;
  for (const { from, to } of spans) {
    since = Math.min(since, from.getTime());
    last = Math.max(last, from.getTime(), to?.getTime() ?? last);
  }
  return { since, until: last + 1 };
}

/** True if the time is in the window. */
export function isIn({ since, until }: Window, time: Date | null): boolean {
  return time !== null && time.getTime() >= since && time.getTime() < until;
}

/**
 * One point per day from the first day of the period (or of the ledger) to the last; above 400 days, one for each few days. A finding
 * that came back is opened and resolved each time. Exempted times do not count. The figures of all points add up to those of the
 * report, and the last point's open findings are those that are open at the end.
 */
export function trendOf(
  entries: readonly LedgerEntry[],
  source: { readonly period?: Period | undefined; readonly generatedAt: Date },
): TrendPoint[] {
  const spans = entries.flatMap(openSpansOf);
  if (spans.length === 0) return [];
  const window = windowOf(spans, source);
  const { first, last, step } = daysOf(spans, window);
  const points = Array.from({ length: Math.floor((last - first) / step) + 1 }, () => ({
    opened: 0,
    ended: 0,
    resolved: 0,
    closedByTime: 0,
  }));
  const pointAt = (time: Date | null): (typeof points)[number] | undefined =>
    time !== null && isIn(window, time) ? points[Math.floor((dayOf(time.getTime()) - first) / step)] : undefined;
  let open = 0;
  for (const span of spans) {
    const { from, to } = span;
    if (from.getTime() < window.since && (to === null || to.getTime() >= window.since)) open += 1;
    const opening = pointAt(from);
    const end = pointAt(to);
    if (opening !== undefined) opening.opened += 1;
    if (end === undefined) continue;
    end.ended += 1;
    if (isRemediated(span)) end.resolved += 1;
    else if (span.resolved) end.closedByTime += 1;
  }
  return points.map(({ opened, ended, resolved, closedByTime }, index) => {
    open += opened - ended;
    const day = Math.min(first + (index + 1) * step - 1, last);
    return { day: new Date(day * DAY_MS).toISOString().slice(0, 10), opened, resolved, closedByTime, open };
  });
}

/** The days of the chart, and how many of them a point stands for. A long window begins with the first opening in it. */
function daysOf(
  spans: readonly OpenSpan[],
  { since, until }: Window,
): { readonly first: number; readonly last: number; readonly step: number } {
  const last = dayOf(until - 1);
  const oldest = spans.reduce((least, { from }) => Math.min(least, from.getTime()), until - 1);
  const isLong = last - dayOf(since) >= MOST_POINTS;
  const first = isLong ? Math.max(dayOf(since), dayOf(oldest)) : dayOf(since);
  return { first, last, step: Math.max(1, Math.ceil((last - first + 1) / MOST_POINTS)) };
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
