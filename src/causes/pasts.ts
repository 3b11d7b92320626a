/** The pasts that a history may have begun with: every call is taken back, newest first, each way it can be. */

import { ACCEPTED, type CellKind, type CellValue, type CellValues, isSame } from './cells.ts';
import type { AnyEffect, Effect } from './effects/effect.ts';
import { mayRepeat, type RecordedCall } from './history.ts';
import { knownOrLost, type PastContext } from './lost/lost-values.ts';
import { cellValue, type Overlay, type ReplayedCall } from './replay.ts';

/** One past that fits the records and the account. */
export interface Past {
  readonly start: Overlay;
  /** The calls with the effects that agree with the account. One that doesn't was overtaken by a change that no record shows. */
  readonly calls: readonly ReplayedCall[];
}

/** The pasts of some calls; `isComplete` is false when there were too many to look at each. */
export interface Pasts {
  readonly pasts: readonly Past[];
  readonly isComplete: boolean;
}

/** With more pasts than this, the cause is no longer called proven. Each doubles the work. */
const MOST_PASTS = 512;

/** Takes the calls back, newest first. Where a record lacks the value before, there is a past for each value that makes a difference. */
export function pastsOf(calls: readonly RecordedCall[], context: PastContext): Pasts {
  let open: readonly Draft[] = [asItIs()];
  let isComplete = true;
  for (const call of calls.toReversed()) {
    const taken = open.flatMap((past) => withoutCall(call, past, context, (values) => values));
    isComplete &&= taken.length <= MOST_PASTS;
    open = taken.slice(0, MOST_PASTS);
  }
  return { pasts: open, isComplete };
}

/**
 * One past that fits, without trying the others: a lost value stays as it is now, and a lost tag is one that breaks no rule. For an
 * account as it was, whose doubtful answers are found out one by one.
 */
export function pastOf(calls: readonly RecordedCall[], context: PastContext): Past {
  const choose: Choose = (values) => (values.includes(ACCEPTED) ? [ACCEPTED] : values.slice(0, 1));
  return calls.toReversed().reduce((past, call) => withoutCall(call, past, context, choose)[0] ?? past, asItIs());
}

/** A past whose overlay is its own, so that it can be changed in place. */
interface Draft extends Past {
  readonly start: Map<string, CellValue>;
}

function asItIs(): Draft {
  return { start: new Map(), calls: [] };
}

/** Which of the values that a lost one may have been to look at. */
type Choose = (values: readonly CellValue[]) => readonly CellValue[];

interface Taken {
  readonly start: Map<string, CellValue>;
  /** Oldest first. */
  readonly effects: readonly AnyEffect[];
}

/** At most one past more than `MOST_PASTS` for each: that there are too many is then known. */
function withoutCall(
  { index, effects }: RecordedCall,
  { start, calls }: Draft,
  context: PastContext,
  choose: Choose,
): readonly Draft[] {
  let open: readonly Taken[] = [{ start, effects: [] }];
  for (const effect of effects.toReversed())
    open = open.flatMap((taken) => withoutEffect(effect, taken, context, choose)).slice(0, MOST_PASTS + 1);
  return open.map((taken) => ({ start: taken.start, calls: [...asCalls(index, taken.effects), ...calls] }));
}

/** Where an unrecorded change stands among the calls: after the one with this index, and before the next. */
const AFTER = 0.5;

/** The effects of a call, and after it what came after without a record: a call of its own, of which only the place is known. */
function asCalls(index: number, effects: readonly AnyEffect[]): readonly ReplayedCall[] {
  const recorded = effects.filter(({ isUnrecorded }) => isUnrecorded !== true);
  const unrecorded = effects.filter(({ isUnrecorded }) => isUnrecorded === true);
  return [
    // A call of which every effect is idle did nothing in this past.
    ...(recorded.every(({ isIdle }) => isIdle === true) ? [] : [{ index, effects: recorded }]),
    ...(unrecorded.length === 0 ? [] : [{ index: index + AFTER, effects: unrecorded }]),
  ];
}

function withoutEffect(
  effect: AnyEffect,
  { start, effects }: Taken,
  context: PastContext,
  choose: Choose,
): readonly Taken[] {
  if (effect.isPossible === true) return withoutPossible(effect, { start, effects }, context, choose);
  const before = valuesBefore(effect, start, context);
  const current = cellValue(effect.cell, start, context.history);
  if (before === undefined) {
    // The account is not as the call left it: something that no record shows came after.
    if (effect.operation === 'alter') return [{ start, effects }];
    const { cell, after } = effect;
    const unrecorded = { cell, operation: 'put', after: current, before: after, isUnrecorded: true } as AnyEffect;
    const earlier = choose(knownOrLost(effect, after, context));
    return earlier.map((value) => ({
      start: (earlier.length === 1 ? start : new Map(start)).set(cell.key, value),
      effects: [effect, unrecorded, ...effects],
    }));
  }
  // Each value once: pasts must not share an overlay.
  const chosen = choose(before).filter(
    (value, index, all) => all.findIndex((other) => isSame<CellKind>(effect.cell.kind, value, other)) === index,
  );
  return chosen.map((value) => {
    if (isSame<CellKind>(effect.cell.kind, value, current)) {
      const idle = mayRepeat(effect) ? [{ ...effect, isIdle: true } as AnyEffect] : [];
      return { start, effects: [...idle, ...effects] };
    }
    const own = chosen.length === 1 ? start : new Map(start);
    return { start: own.set(effect.cell.key, value), effects: [effect, ...effects] };
  });
}

/**
 * A call without parameters changed this cell or didn't. It may have if the cell has a value that such a call leads to; then the value
 * before was another. To repeat what was so already is no change.
 */
function withoutPossible(
  effect: AnyEffect,
  { start, effects }: Taken,
  context: PastContext,
  choose: Choose,
): readonly Taken[] {
  const { cell, operation } = effect;
  const current = cellValue(cell, start, context.history);
  const mayHaveLedHere = operation === 'drop' ? current === null : current !== null;
  const done = { ...effect, after: current } as AnyEffect;
  const taken = choose(knownOrLost(effect, current, context)).flatMap((value): readonly Taken[] => {
    if (isSame<CellKind>(cell.kind, value, current)) return [{ start, effects }];
    return mayHaveLedHere ? [{ start: new Map(start).set(cell.key, value), effects: [done, ...effects] }] : [];
  });
  return taken.length > 0 ? taken : [{ start, effects }];
}

/** The values that a cell may have had before; undefined when its value now is not the one that the call led to. */
function valuesBefore<K extends CellKind>(
  effect: Effect<K>,
  overlay: Overlay,
  context: PastContext,
): readonly CellValues[K][] | undefined {
  const { cell, operation, after, before, alter } = effect;
  const current = cellValue(cell, overlay, context.history);
  if (operation === 'alter') {
    if (current === null || alter === undefined || !isSame(cell.kind, alter(current), current)) return undefined;
  } else if (operation === 'create') {
    if (current === null || (cell.kind === 'attachment' && !isSame(cell.kind, current, after))) return undefined;
  } else if (operation === 'drop' && effect.onlyIf !== undefined) {
    if (current !== null && (current === effect.onlyIf || before !== undefined)) return undefined;
    // Another value than the named one was there, and stayed.
    if (current !== null) return [current];
  } else if (!isSame(cell.kind, current, after) && !(cell.kind === 'state' && current === null)) {
    return undefined;
  }
  return knownOrLost(effect, current, context);
}
