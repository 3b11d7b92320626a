/** When a finding was open: the facts that were observed of it, in the order of the times they speak of. */

/** `muted` is open but exempted. Higher ones win when two are told of the same moment: what might be open stays open. */
export type FactState = 'resolved' | 'muted' | 'open';

const WEIGHT: Readonly<Record<FactState, number>> = { resolved: 0, muted: 1, open: 2 };

/** At this time (milliseconds) it was so. */
export interface Fact {
  readonly at: number;
  readonly state: FactState;
  /** Who or what resolved it, where a record shows it. */
  readonly by?: string | undefined;
}

/**
 * Facts by time, one for each moment. `base` stands for facts that were older than all of these and were let go: what they came
 * to, so that counting goes on from there.
 */
export interface Timeline {
  readonly facts: readonly Fact[];
  readonly base?: CurrentState & { readonly until: number };
}

/** What a timeline comes to. Times are milliseconds; `openedAt` is that of the latest opening. */
export interface CurrentState {
  readonly state: FactState;
  /** 0 for what was never open. */
  readonly generation: number;
  readonly firstOpenedAt: number | null;
  readonly openedAt: number | null;
  /** Null while open or muted, and for what was never open. */
  readonly resolvedAt: number | null;
  readonly resolvedBy?: string | undefined;
}

/**
 * The most facts a timeline keeps. Up to here the order in which facts arrive makes no difference at all; beyond, facts between
 * two that say the same are let go, and one that arrives late may open or resolve at a neighbour's time.
 */
export const MAX_FACTS = 32;

export const EMPTY: Timeline = { facts: [] };

/** The timeline with one more fact. Adding the same again changes nothing, and the order of adding makes no difference. */
export function withFact(timeline: Timeline, fact: Fact): Timeline {
  if (timeline.base !== undefined && fact.at <= timeline.base.until) return timeline;
  const { facts } = timeline;
  let place = facts.length;
  while (place > 0 && (facts[place - 1] as Fact).at > fact.at) place -= 1;
  const same = facts[place - 1];
  if (same?.at !== fact.at)
    return thinned({ ...timeline, facts: [...facts.slice(0, place), fact, ...facts.slice(place)] });
  if (!outweighs(fact, same)) return timeline;
  return { ...timeline, facts: [...facts.slice(0, place - 1), fact, ...facts.slice(place)] };
}

function outweighs(fact: Fact, other: Fact): boolean {
  if (fact.state !== other.state) return WEIGHT[fact.state] > WEIGHT[other.state];
  return fact.by !== undefined && (other.by === undefined || fact.by < other.by);
}

/** What the facts come to, the oldest first. */
export function currentStateOf({ facts, base }: Timeline): CurrentState | null {
  let current: CurrentState | null = base ?? null;
  for (const fact of facts) current = after(current, fact);
  return current;
}

/** An opening is what is open or muted after nothing or a resolution, and what is open after an exemption has ended. */
function after(before: CurrentState | null, { at, state, by }: Fact): CurrentState {
  const { generation = 0, firstOpenedAt = null, openedAt = null } = before ?? {};
  if (state === 'resolved') {
    if (before?.state === 'resolved') return before;
    const resolved = { state, generation, firstOpenedAt, openedAt, resolvedAt: generation === 0 ? null : at };
    return by === undefined ? resolved : { ...resolved, resolvedBy: by };
  }
  const opens = before === null || before.state === 'resolved' || (before.state === 'muted' && state === 'open');
  if (!opens) return { state, generation, firstOpenedAt, openedAt, resolvedAt: null };
  return { state, generation: generation + 1, firstOpenedAt: firstOpenedAt ?? at, openedAt: at, resolvedAt: null };
}

/** True when it was open or muted at some time from `since` to before `until`. */
export function wasOpenIn({ facts, base }: Timeline, since: number, until: number): boolean {
  let current: CurrentState | null = base ?? null;
  // What was before the base is only known as one span.
  if (base?.firstOpenedAt != null && base.firstOpenedAt < until && (base.resolvedAt ?? base.until) > since) return true;
  for (const fact of [...facts, { at: Number.POSITIVE_INFINITY, state: 'resolved' } as const]) {
    const wasOpen = current !== null && current.state !== 'resolved';
    const from = current?.openedAt ?? 0;
    if (wasOpen && from < until && fact.at > since) return true;
    current = after(current, fact);
  }
  return false;
}

/** Lets go of the oldest fact that lies between two of its own kind; of none such, the oldest goes into the base. */
function thinned(timeline: Timeline): Timeline {
  const { facts, base } = timeline;
  if (facts.length <= MAX_FACTS) return timeline;
  const within = facts.findIndex(
    (fact, index) => facts[index - 1]?.state === fact.state && facts[index + 1]?.state === fact.state,
  );
  if (within !== -1) return { ...timeline, facts: facts.toSpliced(within, 1) };
  const [oldest, ...rest] = facts;
  if (oldest === undefined) return timeline;
  return { facts: rest, base: { ...after(base ?? null, oldest), until: oldest.at } };
}
