/** The HTML report's table of when each account and region spoke last. */

import { html } from '../escape.ts';
import { freshnessWords, habitWords } from '../freshness/freshness.ts';
import type { Report } from '../report.ts';
import { durationWords, minuteWords } from '../words.ts';
import { prose } from './prose.ts';
import { longTable, type Section } from './section.ts';

/** The silent ones first, then those whose newest record is the oldest. Null where the ledger heard of none. */
export function freshnessSection({ freshness }: Report): Section | null {
  if (freshness === undefined) return null;
  const rows = freshness.list.map(
    (row) =>
      html`<tr><th scope="row" class="mono">${prose(row.accountId)}</th><td class="mono">${prose(row.region)}</td><td>${row.state}</td><td>${prose(minuteWords(row.newestRecord))}</td><td>${prose(minuteWords(row.newestDelivery))}</td><td class="n">${durationWords(row.silentSeconds)}</td><td class="n">${habitWords(row)}</td></tr>`,
  );
  const head = html`<tr><th scope="col">Account</th><th scope="col">Region</th><th scope="col">State</th><th scope="col">Newest record</th><th scope="col">Newest delivery</th><th scope="col" class="n">Silent for</th><th scope="col" class="n">Habit</th></tr>`;
  return {
    id: 'fresh-h',
    title: 'Freshness',
    count: freshness.scopes,
    forWhom: 'For whoever answers for the trails: which accounts and regions still send logs, and which stopped.',
    body: html`<p>${freshnessWords(freshness)}</p>${longTable({ rowsAre: 'accounts and regions', head, rows })}`,
  };
}
