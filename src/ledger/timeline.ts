/** When a finding was open: the facts observed about it, ordered by the time each applies to. */

import type { FindingEvidence, FindingStatus } from '../audit/finding.ts';
import { type Attribution, atOnce, inTurn, sinceInOrder } from './attribution.ts';
import { isClosedByConfiguration, isClosedByTime } from './sight/closed.ts';
import {
  effectiveFacts,
  namedTogether,
  shownTogether,
  type TagFact,
  type TagTimes,
  wrongAfter,
} from './sight/tags-shown.ts';

/** `muted` is open but exempted. If two facts have the same time, the heavier one wins, so a finding that may be open stays open. */
const WEIGHT: Readonly<Record<FindingStatus, number>> = { resolved: 0, muted: 1, open: 2 };

/** True if of two facts of one moment the one with `state` counts. */
export function outweighs(state: FindingStatus, other: FindingStatus): boolean {
  return WEIGHT[state] > WEIGHT[other];
}

/** The finding's state at one moment. */
export interface Fact extends TagFact {
  /** The calls that are proven to have resolved it, oldest first. */
  readonly resolution?: readonly FindingEvidence[] | undefined;
  /** Who or what resolved it without a call: the configuration (`closed.ts`), or anybody in a row of an older version. */
  readonly by?: string | undefined;
  /** What the observation says about the cause. */
  readonly attribution?: Attribution | undefined;
  /** True for what a complete look said without naming the resource: it was in order, or not there. */
  readonly isImplied?: true | undefined;
}

/** Facts by time, at most one for each moment. `base` sums up older, dropped facts, and counting continues from it. */
export interface Timeline {
  readonly facts: readonly Fact[];
  readonly base?: Base;
}

/** A span that ended before the base: when it began and ended, and 1 if it was resolved, 2 if by time alone, 0 if it ended otherwise (`OpenSpan`). */
export type PastSpan = readonly [from: number, to: number, resolved: 0 | 1 | 2];

/** The state at the newest of the dropped facts. */
export interface Base extends FindingState {
  /** The time of that fact. */
  readonly until: number;
  /** The spans in which the finding was open before, oldest first, `MAX_PAST_SPANS` of them. Absent in rows of older versions. */
  readonly spans?: readonly PastSpan[] | undefined;
  /** The tags that were wrong, and when they were last found so. Absent if none was, and in rows of an older version. */
  readonly wrong?: TagTimes | undefined;
}

/**
 * Spans that are kept of the time before the base. With those of the facts, a finding's last 80 openings or so are known to the millisecond;
 * of earlier ones it is known how many there were.
 */
export const MAX_PAST_SPANS = 64;

/** The state that a timeline adds up to. Times are milliseconds since 1970. */
export interface FindingState {
  readonly state: FindingStatus;
  /** How often it was opened; 0 if never. */
  readonly generation: number;
  readonly firstOpenedAt: number | null;
  /** When it was last opened. */
  readonly openedAt: number | null;
  /** Null while it is open or muted, and if it was never open. */
  readonly resolvedAt: number | null;
  readonly resolvedBy?: string | undefined;
  /** The calls that are proven to have resolved it. Absent while it is open or muted. */
  readonly resolution?: readonly FindingEvidence[] | undefined;
  /** What all observations of this generation say about the cause. */
  readonly attribution?: Attribution | undefined;
  /** When it was last judged to be in order. Absent if it never was, and in the base of a row of an older version. */
  readonly inOrderAt?: number | undefined;
}

/**
 * The most facts a timeline keeps. Up to this number, the order in which facts arrive makes no difference. Beyond it, facts between
 * two others of the same state are dropped, and one that arrives late may open or resolve the finding at a neighbour's time.
 */
export const MAX_FACTS = 32;

export const EMPTY_TIMELINE: Timeline = { facts: [] };

/** The timeline with one more fact. Facts may be repeated and added in any order: the result is the same. */
export function withFact(timeline: Timeline, fact: Fact): Timeline {
  if (timeline.base !== undefined && fact.at <= timeline.base.until) return timeline;
  const { facts } = timeline;
  const index = facts.findLastIndex(({ at }) => at <= fact.at);
  const previous = facts[index];
  if (previous?.at !== fact.at) return thinned({ ...timeline, facts: facts.toSpliced(index + 1, 0, fact) });
  return { ...timeline, facts: facts.with(index, atSameMoment(previous, fact)) };
}

/** Two facts of one moment as one. The order of the arguments makes no difference. */
function atSameMoment(a: Fact, b: Fact): Fact {
  const attribution = atOnce(a.attribution, b.attribution);
  if (a.state !== b.state) return { ...(WEIGHT[a.state] > WEIGHT[b.state] ? a : b), attribution };
  return {
    at: a.at,
    state: a.state,
    resolution: lesserOf(a.resolution, b.resolution),
    by: lesserOf(a.by, b.by),
    attribution,
    isImplied: a.isImplied && b.isImplied,
    ...(a.state === 'resolved' ? { shown: shownTogether(a.shown, b.shown) } : { tags: namedTogether(a.tags, b.tags) }),
  };
}

/** The first of two values by their JSON; an absent one is never first. */
function lesserOf<Value>(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return JSON.stringify(a) <= JSON.stringify(b) ? a : b;
}

/** The state after all facts. Null without any. */
export function currentStateOf(timeline: Timeline): FindingState | null {
  return stateAt(timeline, Number.POSITIVE_INFINITY);
}

/** The state after the facts up to `until` (inclusive, in milliseconds since 1970). Null if nothing is known of that time. */
export function stateAt({ facts, base }: Timeline, until: number): FindingState | null {
  if (base !== undefined && until < base.until) return null;
  let current: FindingState | null = base ?? null;
  for (const fact of effectiveFacts(facts, base?.wrong)) {
    if (fact.at > until) break;
    current = stateAfter(current, fact);
  }
  return current;
}

/**
 * The state after one more fact. `open` or `muted` opens the finding if it was never open or is resolved. `open` also opens it again
 * if it was muted: the exemption has ended. What it is due to carries over then, since it was never resolved.
 */
function stateAfter(before: FindingState | null, fact: Fact): FindingState {
  const { at, state } = fact;
  const { generation = 0, firstOpenedAt = null, openedAt = null } = before ?? {};
  const inOrderAt = inOrderAtOf(fact) ?? before?.inOrderAt;
  const seen = sinceInOrder(fact.attribution, inOrderAt);
  const attribution = inTurn(before?.attribution, seen);
  if (state === 'resolved') {
    if (before?.state === 'resolved') return { ...before, attribution, inOrderAt };
    const resolvedAt = generation === 0 ? null : at;
    const { resolution } = fact;
    const resolvedBy = resolution === undefined ? fact.by : actorsOf(resolution);
    return { state, generation, firstOpenedAt, openedAt, resolvedAt, resolvedBy, resolution, attribution, inOrderAt };
  }
  const isFresh = before === null || before.state === 'resolved';
  if (!isFresh && (before.state !== 'muted' || state !== 'open'))
    return { state, generation, firstOpenedAt, openedAt, resolvedAt: null, attribution, inOrderAt };
  return {
    state,
    generation: generation + 1,
    firstOpenedAt: firstOpenedAt ?? at,
    openedAt: at,
    resolvedAt: null,
    attribution: isFresh ? seen : inTurn(before.attribution && { ...before.attribution, seenBecause: undefined }, seen),
    inOrderAt,
  };
}

/** When an all-clear was true. Undefined for one that nobody looked for, or that is no one's doing: nothing was judged. */
function inOrderAtOf({ at, state, by, shown, isImplied }: Fact): number | undefined {
  if (state !== 'resolved' || isImplied === true) return undefined;
  if (isClosedByConfiguration({ resolvedBy: by }) || isClosedByTime({ resolvedBy: by })) return undefined;
  return shown === undefined ? at : Math.min(...shown.map(([, time]) => time));
}

/** `erin`, or `dana and erin`. Undefined without a name. */
function actorsOf(resolution: readonly FindingEvidence[]): string | undefined {
  const actors = [...new Set(resolution.map(({ actor }) => actor).filter((actor) => actor !== ''))];
  return actors.length === 0 ? undefined : actors.join(' and ');
}

/** True when the finding was open or muted, or was resolved, at some time between `since` (inclusive) and `until` (exclusive). */
export function wasOpenIn({ facts, base }: Timeline, since: number, until: number): boolean {
  let current: FindingState | null = base ?? null;
  const past = base?.spans;
  if (past?.some(([from, to]) => from < until && to >= since)) return true;
  // Everything before the spans that are known counts as one.
  const first = past?.[0]?.[0] ?? base?.resolvedAt ?? base?.until;
  if (
    base?.firstOpenedAt != null &&
    first != null &&
    base.firstOpenedAt < first &&
    base.firstOpenedAt < until &&
    first >= since
  )
    return true;
  for (const fact of [
    ...effectiveFacts(facts, base?.wrong),
    { at: Number.POSITIVE_INFINITY, state: 'resolved' } as const,
  ]) {
    const wasOpen = current !== null && current.state !== 'resolved';
    const from = current?.openedAt ?? 0;
    if (wasOpen && from < until && fact.at >= since) return true;
    current = stateAfter(current, fact);
  }
  return false;
}

/**
 * Drops the oldest fact that lies between two of its own state; what it says about the cause goes to the one before, and the tags that were
 * wrong to the one after. If there is none,
 * merges the oldest fact into the base.
 */
function thinned(timeline: Timeline): Timeline {
  const { facts, base } = timeline;
  if (facts.length <= MAX_FACTS) return timeline;
  const redundant = facts.findIndex(
    (fact, index) => facts[index - 1]?.state === fact.state && facts[index + 1]?.state === fact.state,
  );
  const [kept, dropped, next] = redundant === -1 ? [] : facts.slice(redundant - 1, redundant + 2);
  if (kept !== undefined && dropped !== undefined && next !== undefined) {
    const both = { ...kept, attribution: inTurn(kept.attribution, dropped.attribution) };
    const wrong = dropped.tags === undefined ? next : { ...next, tags: namedTogether(dropped.tags, next.tags) };
    return { ...timeline, facts: facts.toSpliced(redundant - 1, 3, both, wrong) };
  }
  const [oldest, ...rest] = facts;
  if (oldest === undefined) return timeline;
  return { facts: rest, base: baseAfter(base, oldest) };
}

/** The base once it takes in one more fact. */
function baseAfter(base: Base | undefined, oldest: Fact): Base {
  const wrong = wrongAfter([oldest], base?.wrong);
  const isEffective = effectiveFacts([oldest], base?.wrong).length > 0;
  const state = base !== undefined && !isEffective ? base : stateAfter(base ?? null, oldest);
  const spans = isEffective ? pastSpans(base, oldest) : base?.spans;
  return { ...state, until: oldest.at, spans, wrong: wrong.length === 0 ? undefined : wrong };
}

/** The spans before the base once it takes in one more fact. */
function pastSpans(base: Base | undefined, { at, state, by }: Fact): readonly PastSpan[] {
  const before = base === undefined ? [] : (base.spans ?? spanOf(base));
  if (base?.state !== 'open' || base.openedAt === null || state === 'open') return before;
  return [...before, [base.openedAt, at, endOf(state, by)] as const].slice(-MAX_PAST_SPANS);
}

function endOf(state: FindingStatus, by: string | undefined): PastSpan[2] {
  if (state !== 'resolved' || isClosedByConfiguration({ resolvedBy: by })) return 0;
  return isClosedByTime({ resolvedBy: by }) ? 2 : 1;
}

/** The latest span, which is all that a base of an older version knows. */
function spanOf({ state, openedAt, resolvedAt }: Base): readonly PastSpan[] {
  return state === 'resolved' && openedAt !== null && resolvedAt !== null ? [[openedAt, resolvedAt, 1]] : [];
}

/** The spans that ended before the base, oldest first. */
export function pastSpansOf({ base }: Timeline): readonly PastSpan[] {
  return base === undefined ? [] : (base.spans ?? spanOf(base));
}
