/** When each account and region spoke last, for reports and mails: the silent ones first, and no more than can be read. */

import { byText, grouped, plural } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { ScopeSpoken } from '../../ledger/freshness/freshness-log.ts';
import { type Silence, silenceAt } from '../../ledger/freshness/silence.ts';
import { durationWords } from '../words.ts';

/** An account and region. Times are ISO 8601 UTC. */
export interface FreshnessRow extends Scope {
  /** `unknown`: it is not known for long enough to say. */
  readonly state: Silence['verdict'];
  readonly newestRecord: string;
  readonly newestDelivery: string;
  /** How long the newest record is ago. */
  readonly silentSeconds: number;
  /** How long it may be silent by its habit; null if that is not known. */
  readonly habitSeconds: number | null;
}

/** When accounts and regions spoke last, by the log files that were delivered. */
export interface Freshness {
  /** How many ever spoke, and how many of them are in each state. */
  readonly scopes: number;
  readonly silent: number;
  readonly speaking: number;
  readonly unknown: number;
  /** Those that are silent, the longest first, then those of the others whose newest record is the oldest. */
  readonly list: readonly FreshnessRow[];
}

/** How many silent ones are listed, and how many others: an organization has 1,700. */
const MOST_SILENT = 500;
const STALEST = 20;

/** The freshness of these accounts and regions at `now`; undefined if none ever spoke. */
export function freshnessOf(all: readonly ScopeSpoken[], now: Date): Freshness | undefined {
  if (all.length === 0) return undefined;
  const rows = all
    .map((each) => rowOf(each, now))
    .toSorted(byText(scopeKey))
    .toSorted((one, other) => other.silentSeconds - one.silentSeconds);
  const of = (state: FreshnessRow['state']): readonly FreshnessRow[] => rows.filter((row) => row.state === state);
  const silent = of('silent');
  return {
    scopes: rows.length,
    silent: silent.length,
    speaking: of('speaking').length,
    unknown: of('unknown').length,
    list: [...silent.slice(0, MOST_SILENT), ...rows.filter(({ state }) => state !== 'silent').slice(0, STALEST)],
  };
}

function rowOf({ accountId, region, spoken }: ScopeSpoken, now: Date): FreshnessRow {
  const { verdict, silentMs, habitMs } = silenceAt(spoken, now);
  return {
    accountId,
    region,
    state: verdict,
    newestRecord: new Date(spoken.record).toISOString(),
    newestDelivery: new Date(spoken.delivery).toISOString(),
    silentSeconds: Math.round(silentMs / 1000),
    habitSeconds: habitMs === null ? null : Math.round(habitMs / 1000),
  };
}

/** `3 of 1,700 accounts and regions silent`. */
export function silentPhrase({ silent, scopes }: Pick<Freshness, 'silent' | 'scopes'>): string {
  return `${grouped(silent)} of ${grouped(scopes)} accounts and regions silent`;
}

/** How many of each there are, and how many are not listed; a sentence. */
export function freshnessWords({ silent, scopes, unknown, list }: Freshness): string {
  const left = scopes - list.length;
  const parts = [
    silentPhrase({ silent, scopes }),
    ...(unknown === 0 ? [] : [`${grouped(unknown)} not known for long enough to say`]),
    ...(left === 0
      ? []
      : [`${plural(left, 'more has', 'more have')} spoken since and ${left === 1 ? 'is' : 'are'} not listed`]),
  ];
  return `${parts.join('; ')}.`;
}

/** The habit of a row in words: `2 h`, or that it is unknown. */
export function habitWords({ habitSeconds }: FreshnessRow): string {
  return habitSeconds === null ? 'unknown' : durationWords(habitSeconds);
}
