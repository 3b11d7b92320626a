/** Decides what AWS Security Hub has to be told of findings: what it does not have yet, what is over, and what it would forget. */

import { byUrgency } from '../../audit/finding.ts';
import type { LedgerEntry } from '../../ledger/ledger.ts';
import { isToArchive } from '../../ledger/sight/to-be-told.ts';
import { type DueAlert, isPending } from '../digest.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How often an open finding is imported again though nothing changed. Security Hub deletes findings that were not updated for 90 days, so one
 * or two that fail in between do no harm.
 *
 * @see https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings.html
 */
const REFRESH_DAYS = 30;

/**
 * What is due at `now`, the most urgent first, at most one for each entry. `entries` are the channel's: their notes tell what the hub was told.
 *
 * - `notified`: open, past its grace period, and not imported since it was opened. Findings of every severity are;
 * - `reminded-day`, `reminded-week`: open a day or a week after that, with what is known by then;
 * - `resolved`: it is resolved or muted, and active in the hub.
 */
export function dueImports(entries: readonly LedgerEntry[], now: Date): readonly DueAlert[] {
  return entries
    .toSorted((a, b) => byUrgency(a.finding, b.finding))
    .flatMap((entry) => {
      const stage = dueStage(entry, now);
      return stage === undefined ? [] : [{ entry, stage }];
    });
}

function dueStage(entry: LedgerEntry, now: Date): DueAlert['stage'] | undefined {
  const { finding, notified, resolvedAt } = entry;
  if (finding.status !== 'open' || resolvedAt !== null) return isToArchive(entry) ? 'resolved' : undefined;
  if (notified.notified === undefined) return isPending(finding.detail.pendingUntil, now) ? undefined : 'notified';
  const knownMs = now.getTime() - notified.notified.getTime();
  if (knownMs >= 7 * DAY_MS) return notified['reminded-week'] ? undefined : 'reminded-week';
  return knownMs >= DAY_MS && !notified['reminded-day'] ? 'reminded-day' : undefined;
}

/** Open entries that the hub has had for a multiple of `REFRESH_DAYS` since the last day: what a daily run imports again. */
export function toRefresh(entries: readonly LedgerEntry[], now: Date): readonly LedgerEntry[] {
  return entries.filter(({ finding, notified, resolvedAt }) => {
    if (finding.status !== 'open' || resolvedAt !== null || notified.notified === undefined) return false;
    const days = Math.floor((now.getTime() - notified.notified.getTime()) / DAY_MS);
    return days > 0 && days % REFRESH_DAYS === 0;
  });
}
