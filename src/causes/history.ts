/** The recorded history of one account and region: each successful call with its effects, oldest first. */

import { isOwnCall } from '../sighting/own-calls.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { type AccountCells, currentValue } from './account-cells.ts';
import { ACCEPTED, type Cell, type CellKind, type CellValues, isSame } from './cells.ts';
import type { AnyEffect, Effects, Knowledge, Unplaced } from './effects/effect.ts';
import { effectsOf } from './effects/effects-of.ts';
import { forget, forgetValues } from './effects/forget.ts';
import { newKnowledge } from './effects/knowledge.ts';
import type { KnownValues } from './effects/known-values.ts';
import { tiesAmong } from './effects/ties.ts';
import { type Memories, memoriesOf } from './older/memories.ts';
import type { OlderAccount } from './older/older-account.ts';
import type { Unexplained } from './older/unexplained.ts';
import { type ChangingSighting, distinctCalls } from './order/distinct-calls.ts';
import { inOrderOf, orderInSeconds } from './order/in-one-second.ts';
import { type Relations, relationsOf } from './relations.ts';

/** What a history is read from. */
export interface HistoryInput {
  /** In any order. */
  readonly sightings: readonly ChangingSighting[];
  readonly account: AccountCells;
  /** The tags that a policy mentions. */
  readonly tagKeys: readonly string[];
  /** The account as it was read at earlier times, in any order. */
  readonly older?: readonly OlderAccount[] | undefined;
}

/** A successful call that changed something, or may have. */
export interface RecordedCall {
  /** Its place in the history. */
  readonly index: number;
  readonly evidence: Evidence;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly effects: readonly AnyEffect[];
  readonly unplaced: readonly Unplaced[];
  /** What the record lacks, to complete "the record …". */
  readonly lacks?: string | undefined;
  /** Set when another call of the same second changed the same thing: which came first is not known. */
  readonly isTied?: true | undefined;
}

/** The calls of one account and region, indexed by what they touched. */
export interface History {
  readonly account: AccountCells;
  readonly calls: readonly RecordedCall[];
  /** The indexes of the calls with an effect on a resource, oldest first. */
  readonly callsOn: ReadonlyMap<string, readonly number[]>;
  /** The places in a call's `effects` of those on a resource. One call may launch thousands, each of which is looked up. */
  readonly placesOn: (id: string, index: number) => readonly number[];
  /** The calls with something that can't be placed, or not taken back. */
  readonly unplacedCalls: readonly RecordedCall[];
  readonly relations: Relations;
  /** True if a record of a change, ours aside, was read: what we know of our own calls is no record of what others did. */
  readonly hasRecords: boolean;
  /** What the records tell of an account that was not read. */
  readonly known: Pick<KnownValues, 'get' | 'has'>;
  /** What older accounts show otherwise than the records and the account leave it, by resource: a change of it is in no record. */
  readonly unexplained: Unexplained;
}

/** Reads the history. Calls that repeated what was so already are left out: they changed nothing. */
export function historyOf({ sightings, account, tagKeys, older = [] }: HistoryInput): History {
  const distinct = distinctCalls(sightings);
  const seconds = orderInSeconds(distinct, account);
  const ordered = inOrderOf(distinct, seconds.before);
  const memories = memoriesOf({ older, account, tagKeys, ordered });
  const knowledge = newKnowledge({ account, tagKeys, ordered, older: memories.accounts });
  const calls = readCalls(ordered, { memories, knowledge, tied: seconds.tied });
  const callsOn = new Map<string, number[]>();
  for (const { effects, index } of calls) {
    for (const id of new Set(effects.map(({ cell }) => cell.id))) {
      const known = callsOn.get(id);
      if (known === undefined) callsOn.set(id, [index]);
      else known.push(index);
    }
  }
  return {
    ...{ account, calls, callsOn, placesOn: placesIn(calls) },
    unplacedCalls: calls.filter(({ unplaced }) => unplaced.length > 0),
    relations: relationsOf(calls),
    hasRecords: ordered.some(({ evidence }) => !isOwnCall(evidence)),
    known: knowledge.values,
    unexplained: memories.unexplainedBy(calls),
  };
}

/** The effects of a call on one resource, in the call's order. */
export function effectsOn(
  id: string,
  index: number,
  { calls, placesOn }: Pick<History, 'calls' | 'placesOn'>,
): readonly AnyEffect[] {
  return placesOn(id, index).flatMap((place) => calls[index]?.effects[place] ?? []);
}

/** Finds the places of effects, by an index of each call that is made when the call is first asked about. */
function placesIn(calls: readonly RecordedCall[]): History['placesOn'] {
  const known = new Map<number, ReadonlyMap<string, readonly number[]>>();
  return (id, index) => {
    let places = known.get(index);
    if (places === undefined) {
      places = placesOf(calls[index]?.effects ?? []);
      known.set(index, places);
    }
    return places.get(id) ?? [];
  };
}

function placesOf(effects: readonly AnyEffect[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [place, { cell }] of effects.entries()) {
    const known = places.get(cell.id);
    if (known === undefined) places.set(cell.id, [place]);
    else known.push(place);
  }
  return places;
}

interface Reading {
  readonly memories: Memories;
  readonly knowledge: Knowledge;
  /** The calls that made and ended the same thing in one second, in an order that nothing tells. */
  readonly tied: ReadonlySet<ChangingSighting>;
}

/** The calls in order, each by what is known before it. What calls of one second left is forgotten when the second is over. */
function readCalls(
  ordered: readonly ChangingSighting[],
  { memories, knowledge, tied: tiedBefore }: Reading,
): readonly RecordedCall[] {
  const { tied, unordered } = tiesAmong(ordered, knowledge.tagKeys);
  const unsettled: Effects[] = [];
  let unsettledSince = 0;
  return ordered
    .flatMap((sighting) => {
      const { eventTime, changes = [] } = sighting;
      if (eventTime.getTime() > unsettledSince) forgetValues(unsettled.splice(0), knowledge);
      memories.recallBefore(eventTime, knowledge);
      const done = changes.map((change) => effectsOf(change, knowledge));
      memories.add(sighting, done);
      if (unordered.has(sighting)) {
        unsettled.push(...done);
        unsettledSince = eventTime.getTime();
      }
      const isOfMany = tied.has(sighting) || tiedBefore.has(sighting);
      return callOf(sighting, done, knowledge).map((call) => (isOfMany ? { ...call, isTied } : call));
    })
    .map((call, index) => ({ ...call, index }));
}

const isTied = true as const;

function callOf(
  sighting: ChangingSighting,
  done: readonly Effects[],
  knowledge: Knowledge,
): readonly Omit<RecordedCall, 'index'>[] {
  forget(sighting.evidence.eventName, done, knowledge);
  const all = done.flatMap((one) => one.effects);
  // A tag call that changed one tag also sets or removes, on replay, what it named in vain.
  const isIdle = !all.some(changesSomething);
  const effects = isIdle ? [] : all.filter((effect) => mayRepeat(effect) || changesSomething(effect));
  const unplaced = done.flatMap((one) => one.unplaced);
  if (effects.length === 0 && unplaced.length === 0) return [];
  const lacks = done.find((one) => one.lacks !== undefined)?.lacks;
  return [{ evidence: sighting.evidence, at: sighting.eventTime.getTime(), effects, unplaced, lacks }];
}

/** True for an effect that may change something if other calls are left out, even where it repeated what was so already. */
export function mayRepeat({ cell, needs }: AnyEffect): boolean {
  return cell.kind === 'tag' || needs !== undefined;
}

/** False for an effect that repeated what was so already. */
function changesSomething({ cell, before, after }: AnyEffect): boolean {
  return before === undefined || !isSame<CellKind>(cell.kind, before, after);
}

/** The value of a cell in the account as it stands. Of an account whose instances were not read, as the records tell. */
export function valueNow<K extends CellKind>(
  cell: Cell<K>,
  { account, known }: Pick<History, 'account' | 'known'>,
): CellValues[K] {
  const isRead = account.inventory.instances !== undefined;
  if (isRead || !RECORDED.has(cell.kind)) return currentValue(cell, account);
  const value = known.get(cell.key);
  // A tag that no record mentions breaks no rule.
  return (value === undefined && cell.kind === 'tag' ? ACCEPTED : (value ?? null)) as CellValues[K];
}

/** The kinds of cells that records alone tell of. */
const RECORDED: ReadonlySet<CellKind> = new Set(['instance', 'state', 'tag', 'type']);
