/** How long findings lasted that were remediated: from the call that is proven to have caused them, or at least since we saw them. */

import { provenCalls } from '../audit/cause.ts';
import { plural } from '../collections.ts';
import type { LedgerEntry, OpenSpan } from '../ledger/ledger.ts';
import { openSpansOf } from '../ledger/open-spans.ts';
import { durationWords } from './words.ts';

/** A mean over some of the remediated findings. `meanSeconds` is null when there is none. */
export interface MeanTime {
  readonly count: number;
  readonly meanSeconds: number | null;
}

/** The times of what was remediated. Those with a proven start and the others are not mixed. */
export interface TimeToRemediate {
  /** From the proven cause's newest call to the record or answer that shows the end, else to the look that found it over. */
  readonly measured: MeanTime;
  /** The others, from when they were first seen: a lower bound, since it is not proven when they began. */
  readonly atLeast: MeanTime;
}

interface Lasted {
  readonly ms: number;
  readonly isMeasured: boolean;
}

/** The times of the spans that ended with a remediation that `counts`. */
export function timeToRemediate(entries: readonly LedgerEntry[], counts: (span: OpenSpan) => boolean): TimeToRemediate {
  const all: Lasted[] = [];
  for (const entry of entries) {
    const spans = openSpansOf(entry);
    for (const [index, span] of spans.entries()) if (counts(span)) all.push(...lastedOf(span, index, spans, entry));
  }
  return {
    measured: meanOf(all.filter(({ isMeasured }) => isMeasured)),
    atLeast: meanOf(all.filter(({ isMeasured }) => !isMeasured)),
  };
}

function lastedOf(
  { from, to }: OpenSpan,
  index: number,
  spans: readonly OpenSpan[],
  { finding }: LedgerEntry,
): readonly Lasted[] {
  if (to === null) return [];
  const seen: Lasted = { ms: to.getTime() - from.getTime(), isMeasured: false };
  const before = spans[index - 1];
  // A ledger keeps the cause of the last time only. A time before an exemption belongs to the same cause, and does not count.
  if (index !== spans.length - 1 || before?.resolved === false) return [seen];
  const began = newestOf(provenCalls(finding.cause));
  if (began === null || began > to.getTime() || (before?.to != null && began < before.to.getTime())) return [seen];
  const ended = newestOf(finding.evidence.filter(({ role }) => role === 'resolution'));
  const isShown = ended !== null && ended >= began && ended <= to.getTime();
  return [{ ms: (isShown ? ended : to.getTime()) - began, isMeasured: true }];
}

/** In milliseconds since 1970; null without a readable time. */
function newestOf(calls: readonly { readonly eventTime: string }[]): number | null {
  const times = calls.map(({ eventTime }) => Date.parse(eventTime)).filter((time) => !Number.isNaN(time));
  return times.length === 0 ? null : Math.max(...times);
}

function meanOf(lasted: readonly Lasted[]): MeanTime {
  const total = lasted.reduce((sum, { ms }) => sum + ms, 0);
  return { count: lasted.length, meanSeconds: lasted.length === 0 ? null : Math.round(total / lasted.length / 1000) };
}

/** `3 h on average (4 findings with a proven start); at least 12 min for 9 others`; empty when nothing was remediated. */
export function remediationWords({ measured, atLeast }: TimeToRemediate): string {
  const mean = measured.meanSeconds;
  const bound = atLeast.meanSeconds;
  const atLeastWords = bound === null ? '' : `at least ${durationWords(bound)}`;
  if (mean === null)
    return bound === null
      ? ''
      : `${atLeastWords} on average (${plural(atLeast.count, 'finding')} whose start is not proven)`;
  const others = bound === null ? '' : `; ${atLeastWords} for ${plural(atLeast.count, 'other')}`;
  return `${durationWords(mean)} on average (${plural(measured.count, 'finding')} with a proven start)${others}`;
}
