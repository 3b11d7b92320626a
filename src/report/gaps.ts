/** What could not be read or judged in a period, from the looks of its runs. */

import type { Gap, ScopeLook } from '../audit/gaps/gap.ts';
import { byText } from '../collections.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { LedgerRun } from '../ledger/ledger.ts';

/** A gap in one account and region, over all looks that had it. Times are ISO 8601 UTC. */
export interface ReportGap extends Scope, Gap {
  readonly first: string;
  readonly last: string;
  /** How many looks had it. */
  readonly looks: number;
  /** True if the newest complete look had it, or if there was no complete look since. */
  readonly still: boolean;
}

/** The gaps of a period, and how many runs and complete looks this rests on. */
export interface Gaps {
  readonly runs: number;
  /** Complete looks at an account and region, all together. */
  readonly looks: number;
  /** Runs of an older version, which did not record what they could not read. */
  readonly unrecorded: number;
  /** By account, region, kind and name. */
  readonly list: readonly ReportGap[];
  /** Accounts of which nothing can be read now, in at least one region. */
  readonly unreachedAccounts: number;
  /** Lists that cannot be read completely now, by account and region. */
  readonly unreadLists: number;
  /** Resources that cannot be judged now, by type. */
  readonly unjudged: ScopeLook['unjudged'];
}

/** The gaps of a report that no ledger contributes to. Its inputs and judgements say what is missing. */
export const NO_GAPS: Gaps = {
  runs: 0,
  looks: 0,
  unrecorded: 0,
  list: [],
  unreachedAccounts: 0,
  unreadLists: 0,
  unjudged: {},
};

/**
 * The gaps of these runs. A complete look ends the gaps that it does not have. It also settles what earlier looks at single resources
 * could not judge: those gaps are left out. `unjudged` counts by the newest complete look of each account and region; without one,
 * by the look at single resources that had the most.
 */
export function gapsOver(runs: readonly LedgerRun[]): Gaps {
  const scopes = new Map<string, ScopeState>();
  for (const { at, reading } of runs.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    for (const look of reading?.looks ?? []) {
      const key = scopeKey(look);
      scopes.set(key, stateAfter(scopes.get(key) ?? NEW_SCOPE, look, at.toISOString()));
    }
  }
  const states = [...scopes.values()];
  const list = states.flatMap(({ gaps }) => [...gaps.values()].map(({ gap }) => gap));
  const standing = list.filter(({ still }) => still);
  return {
    runs: runs.length,
    looks: states.reduce((sum, { looks }) => sum + looks, 0),
    unrecorded: runs.filter(({ reading }) => reading === undefined).length,
    list: list.toSorted(
      byText(({ accountId, region, kind, name, reason }) => [accountId, region, kind, name, reason].join('\n')),
    ),
    unreachedAccounts: new Set(standing.filter(({ kind }) => kind === 'account').map(({ accountId }) => accountId))
      .size,
    unreadLists: standing.filter(({ kind }) => kind === 'list').length,
    unjudged: states.reduce<ScopeLook['unjudged']>((sum, { unjudged }) => added(sum, unjudged), {}),
  };
}

/** What the looks so far say about one account and region. */
interface ScopeState {
  readonly looks: number;
  readonly gaps: ReadonlyMap<string, { readonly gap: ReportGap; readonly complete: boolean }>;
  readonly unjudged: ScopeLook['unjudged'];
}

const NEW_SCOPE: ScopeState = { looks: 0, gaps: new Map(), unjudged: {} };

function stateAfter(before: ScopeState, look: ScopeLook, at: string): ScopeState {
  const { complete, accountId, region } = look;
  // A look at a closed account proves nothing about what was seen in it before.
  const settles = complete && !look.gaps.some(({ kind }) => kind === 'account');
  const gaps = new Map(
    [...before.gaps].flatMap(([key, known]) => {
      if (!settles) return [[key, known] as const];
      return known.complete ? [[key, { ...known, gap: { ...known.gap, still: false } }] as const] : [];
    }),
  );
  for (const gap of look.gaps) {
    const key = gap.kind === 'rule' ? `rule\n${gap.name}\n${gap.reason}` : `${gap.kind}\n${gap.name}`;
    const known = gaps.get(key);
    gaps.set(key, {
      gap: merged(known?.gap, { ...gap, accountId, region }, at),
      complete: known?.complete || complete,
    });
  }
  return { looks: before.looks + (complete ? 1 : 0), gaps, unjudged: unjudgedAfter(before, look) };
}

function unjudgedAfter({ looks, unjudged }: ScopeState, look: ScopeLook): ScopeLook['unjudged'] {
  if (look.complete) return look.unjudged;
  return looks > 0 ? unjudged : most(unjudged, look.unjudged);
}

function merged(known: ReportGap | undefined, gap: Scope & Gap, at: string): ReportGap {
  if (known === undefined) return { ...gap, first: at, last: at, looks: 1, still: true };
  return { ...known, ...gap, last: at, looks: known.looks + 1, still: true };
}

function added(a: ScopeLook['unjudged'], b: ScopeLook['unjudged']): ScopeLook['unjudged'] {
  return combined(a, b, (one, other) => one + other);
}

function most(a: ScopeLook['unjudged'], b: ScopeLook['unjudged']): ScopeLook['unjudged'] {
  return combined(a, b, Math.max);
}

function combined(
  a: ScopeLook['unjudged'],
  b: ScopeLook['unjudged'],
  combine: (one: number, other: number) => number,
): ScopeLook['unjudged'] {
  const types = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...types].map((type) => [type, combine(a[type] ?? 0, b[type] ?? 0)]));
}
