/** Finds things of a simulated account by id. A run creates thousands of sessions in turn, and a search through each list costs as many. */

import type { TrafficMirrorSession } from '../../inventory/mirror.ts';

/** A list by key, the first item of each key. Lists are never changed in place, so each is indexed once. */
export type IndexOf = <T>(list: readonly T[] | undefined, keyOf: KeyOf<T>) => ReadonlyMap<string, T>;

/** The key of an item; an item without one is not indexed. The same function is used for all look-ups by that key. */
export type KeyOf<T> = (item: T) => string | undefined;

/** Indexes lists on demand. */
export function listIndex(): IndexOf {
  const known = new Map<unknown, WeakMap<object, ReadonlyMap<string, unknown>>>();
  return <T>(list: readonly T[] | undefined, keyOf: KeyOf<T>): ReadonlyMap<string, T> => {
    const byList = known.get(keyOf) ?? new WeakMap<object, ReadonlyMap<string, unknown>>();
    known.set(keyOf, byList);
    const items = list ?? NOTHING;
    const index = (byList.get(items) as ReadonlyMap<string, T> | undefined) ?? indexed<T>(items as readonly T[], keyOf);
    byList.set(items, index);
    return index;
  };
}

const NOTHING: readonly never[] = [];

function indexed<T>(list: readonly T[], keyOf: KeyOf<T>): ReadonlyMap<string, T> {
  const index = new Map<string, T>();
  for (const item of list) {
    const key = keyOf(item);
    if (key !== undefined && !index.has(key)) index.set(key, item);
  }
  return index;
}

/** The sessions of one list, counted as EC2's quotas do. */
export interface SessionCounts {
  readonly ids: Set<string>;
  readonly networkIds: Set<number>;
  readonly onInterface: Map<string, Set<TrafficMirrorSession>>;
  /** By target: how many sessions each source has to it. */
  readonly sources: Map<string, Map<string, number>>;
}

/** Counts the sessions of lists that follow from each other by one change. */
export interface SessionCounter {
  readonly of: (sessions: readonly TrafficMirrorSession[]) => SessionCounts;
  /** Says that `after` is `before` without `removed` and with `added`. The counts of `before` are lost. */
  readonly changed: (
    before: readonly TrafficMirrorSession[],
    after: readonly TrafficMirrorSession[],
    change: { readonly removed?: TrafficMirrorSession; readonly added?: TrafficMirrorSession },
  ) => void;
}

/** Counts each list once, and then only what changes. */
export function sessionCounter(): SessionCounter {
  const known = new WeakMap<readonly TrafficMirrorSession[], SessionCounts>();
  const of = (sessions: readonly TrafficMirrorSession[]): SessionCounts => {
    const counts = known.get(sessions) ?? counted(sessions);
    known.set(sessions, counts);
    return counts;
  };
  return {
    of,
    changed: (before, after, { removed, added }) => {
      const counts = of(before);
      known.delete(before);
      if (removed !== undefined) remove(counts, removed);
      if (added !== undefined) add(counts, added);
      known.set(after, counts);
    },
  };
}

function counted(sessions: readonly TrafficMirrorSession[]): SessionCounts {
  const counts = { ids: new Set<string>(), networkIds: new Set<number>(), onInterface: new Map(), sources: new Map() };
  for (const session of sessions) add(counts, session);
  return counts;
}

function add({ ids, networkIds, onInterface, sources }: SessionCounts, session: TrafficMirrorSession): void {
  const { trafficMirrorSessionId, virtualNetworkId, networkInterfaceId, trafficMirrorTargetId } = session;
  ids.add(trafficMirrorSessionId);
  if (virtualNetworkId !== undefined) networkIds.add(virtualNetworkId);
  const onSame = onInterface.get(networkInterfaceId) ?? new Set();
  onInterface.set(networkInterfaceId, onSame.add(session));
  const ofTarget = sources.get(trafficMirrorTargetId) ?? new Map<string, number>();
  sources.set(trafficMirrorTargetId, ofTarget.set(networkInterfaceId, (ofTarget.get(networkInterfaceId) ?? 0) + 1));
}

function remove({ ids, networkIds, onInterface, sources }: SessionCounts, session: TrafficMirrorSession): void {
  const { trafficMirrorSessionId, virtualNetworkId, networkInterfaceId, trafficMirrorTargetId } = session;
  ids.delete(trafficMirrorSessionId);
  if (virtualNetworkId !== undefined) networkIds.delete(virtualNetworkId);
  onInterface.get(networkInterfaceId)?.delete(session);
  const ofTarget = sources.get(trafficMirrorTargetId);
  const left = (ofTarget?.get(networkInterfaceId) ?? 0) - 1;
  if (left > 0) ofTarget?.set(networkInterfaceId, left);
  else ofTarget?.delete(networkInterfaceId);
}
