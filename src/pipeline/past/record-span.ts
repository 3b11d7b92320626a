/** From when to when there are records of an account and region. Outside of it, nobody knows what was changed. */

import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';

/** The times of the oldest and the newest record of an account and region. Whether files between them are missing is not known. */
export interface RecordSpan extends Scope {
  readonly first: Date;
  readonly last: Date;
}

/** The spans by `scopeKey`. */
export type RecordSpans = ReadonlyMap<string, RecordSpan>;

/** Collects spans from records in any order. */
export interface SpanCollector {
  readonly spans: RecordSpans;
  /** Takes a record into account. One without a time, an account or a region is not. */
  add(record: CloudTrailRecord): void;
}

/** A collector without records. */
export function collectSpans(): SpanCollector {
  const spans = new Map<string, RecordSpan>();
  return {
    spans,
    add({ eventTime, awsRegion: region, recipientAccountId, userIdentity }) {
      const accountId = recipientAccountId ?? userIdentity?.accountId;
      const at = new Date(typeof eventTime === 'string' ? eventTime : Number.NaN);
      if (typeof accountId !== 'string' || typeof region !== 'string' || Number.isNaN(at.getTime())) return;
      const key = scopeKey({ accountId, region });
      const known = spans.get(key);
      if (known === undefined) spans.set(key, { accountId, region, first: at, last: at });
      else if (at < known.first) spans.set(key, { ...known, first: at });
      else if (at > known.last) spans.set(key, { ...known, last: at });
    },
  };
}

/** True if a time is within the span. CloudTrail's times are in whole seconds, so the last second counts in full. */
export function isWithinSpan(span: RecordSpan, at: Date): boolean {
  return at >= span.first && at.getTime() < span.last.getTime() + 1000;
}

/** Why nothing can be proven of a time; undefined if there are records from before it to after it. */
export function unprovableBecause(span: RecordSpan | undefined, at: Date): string | undefined {
  if (span === undefined) return 'the logs have no record of it, so what was changed since then is not known';
  if (at < span.first)
    return `its records begin at ${secondOf(span.first)}: what was changed before is not known, so that is the earliest time that can be judged`;
  if (isWithinSpan(span, at)) return undefined;
  return `its records end at ${secondOf(span.last)}: what was changed after ${secondOf(at)} is not known; give newer logs`;
}

/** `2026-03-17T09:05:22Z`. */
export function secondOf(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
