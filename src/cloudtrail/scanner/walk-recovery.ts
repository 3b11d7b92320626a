/** Walks on past damage in linear time: from where the damaged value began until it has passed what the kernel had walked. */

// It looks at every byte a fixed number of times, however much is damaged, and what it finds does not depend on the chunks in which the
// file came.

import { MOST_RECORD_BYTES } from '../record.ts';
import { LOOKAHEAD_BYTES } from './json-elements.ts';
import { skipSpace } from './json-walk.ts';
import { MOST_GAP_BYTES } from './log-damage.ts';
import { type BrokenStructure, followValue } from './value-structure.ts';
import { takeGap } from './walk-elements.ts';
import { enterBareList, enterRecords, leaveList } from './walk-lists.ts';
import { findRecord } from './walk-lost.ts';
import {
  inContainer,
  inList,
  isHopeless,
  markDamaged,
  markIncomplete,
  type Recovery,
  rejectElement,
  resumeBetweenValues,
  startRecovery,
  type WalkState,
} from './walk-state.ts';

/** A longer value is not kept in memory until its end. A record in a list is far shorter (CloudTrail's limit is 256 KB); others may hold many. */
const MOST_VALUE_BYTES = { inList: 8 * 1024 * 1024, alone: 64 * 1024 * 1024 } as const;

/** How often all bytes so far may be read again behind damaged values that are too long. Keeps the time in proportion. */
const MOST_TIMES_AGAIN = 4;

const BRACKETS = new Set([0x7b, 0x5b, 0x7d, 0x5d]);
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const COMMA = 0x2c;

/** Each returns false when it needs more bytes. */
const STEPS: Readonly<Record<Recovery['place'], (walk: WalkState, recovery: Recovery) => boolean>> = {
  value: passValue,
  gap: passGap,
  container: passContainer,
  lost: findRecord,
};

/** Starts recovery where the kernel found a quote that cannot be one. The kernel stopped at the start of that block of 64 bytes. */
export function recoverBroken(walk: WalkState): void {
  const { kernel, next } = walk;
  // Past the whole block, or the kernel would stop there again.
  const until = next + 64;
  if (kernel.start.value >= 0 && !inContainer(walk)) {
    startRecovery(walk, 'value', kernel.start.value, until);
    return;
  }
  if (!inContainer(walk)) {
    startRecovery(walk, 'gap', kernel.lastEnd.value, until);
    return;
  }
  markDamaged(walk, next, 'not JSON');
  startRecovery(walk, 'lost', next, until);
}

/** Walks on past damage. True once the kernel can take over; false when that needs more bytes. */
export function continueRecovery(walk: WalkState): boolean {
  for (let recovery = walk.recovery; recovery !== undefined && !isHopeless(walk); recovery = walk.recovery) {
    if (!walk.ended && walk.data.length < recovery.needs) return false;
    if (STEPS[recovery.place](walk, recovery)) continue;
    // Twice as many bytes each time, so that looking at them again costs no more than looking at them once.
    const held = Math.min(2 * (walk.data.length - recovery.at), mostValueBytes(walk));
    recovery.needs = Math.max(walk.data.length + 1, recovery.at + held);
    return false;
  }
  return true;
}

const mostValueBytes = (walk: WalkState): number => (inList(walk) ? MOST_VALUE_BYTES.inList : MOST_VALUE_BYTES.alone);

function passValue(walk: WalkState, recovery: Recovery): boolean {
  const { kernel, data } = walk;
  const from = recovery.at;
  const lines = !inList(walk);
  const value = followValue(data, from, {
    limit: from + mostValueBytes(walk),
    linesEndStrings: lines,
    stopsAtRecords: lines,
  });
  walk.looked += value.reached - from;
  if (value.kind === 'cut' && !walk.ended) return false;
  const beyond = value.kind === 'cut' || value.kind === 'broken' ? beyondRecord(walk, from, value.reached) : undefined;
  if (value.kind === 'cut' && beyond === undefined) return endInside(walk, recovery, lines ? value.lineAt : undefined);
  if (value.kind === 'records') {
    kernel.start.value = from;
    return enterList(walk, recovery, value.reached);
  }
  const index = kernel.count.value;
  const isTaken =
    value.kind === 'complete' &&
    walk.tally.take(data.subarray(from, value.reached), index + walk.scalars, false) === 'taken';
  if (!isTaken) rejectElement(walk, index, from);
  kernel.count.value += 1;
  if (beyond !== undefined) walk.recovery = { ...recovery, place: 'lost', from, at: beyond, openLists: 0 };
  else if (value.kind === 'broken') lose(walk, recovery, value);
  else proceed(walk, recovery, 'gap', value.reached);
  return true;
}

/**
 * Where to look for records inside a damaged value of a list that reaches until `to`: behind the longest record. A record whose inner
 * list lost its end takes all records after it for that list's. Undefined if the value is not longer, or too much was read again.
 */
function beyondRecord(walk: WalkState, from: number, to: number): number | undefined {
  const beyond = from + MOST_RECORD_BYTES;
  if (!inList(walk) || to <= beyond) return undefined;
  const readAgain = walk.readAgain + to - beyond;
  if (readAgain > MOST_TIMES_AGAIN * (walk.fileOffset + to)) return undefined;
  walk.readAgain = readAgain;
  return beyond;
}

/** The file ends inside a value. `lineAt`: an object in it starts a line, and may be a value after one that was cut off. */
function endInside(walk: WalkState, recovery: Recovery, lineAt: number | undefined): boolean {
  markIncomplete(walk, `ends inside record ${walk.kernel.count.value + 1}`);
  if (lineAt !== undefined) {
    walk.recovery = { ...recovery, place: 'lost', from: recovery.at, at: lineAt, openLists: 0 };
    return true;
  }
  resumeBetweenValues(walk, walk.data.length, false);
  walk.recovery = undefined;
  return true;
}

/** Enters the list under `Records`, whose bracket is at `bracket`. */
function enterList(walk: WalkState, recovery: Recovery, bracket: number): boolean {
  walk.kernel.depth.value = 1;
  walk.next = bracket;
  if (!enterRecords(walk)) return false;
  recovery.place = 'gap';
  recovery.at = walk.next;
  return true;
}

/** Nothing before the contradiction is a record; what follows it may be. So may a line inside it, if lines are values. */
function lose(walk: WalkState, recovery: Recovery, { at, lineAt, openLists }: BrokenStructure): void {
  const next = inList(walk) ? at : (lineAt ?? at);
  walk.recovery = { ...recovery, place: 'lost', from: recovery.at, at: next, openLists };
}

function proceed(walk: WalkState, recovery: Recovery, place: Recovery['place'], at: number): void {
  resumeBetweenValues(walk, at, false);
  recovery.place = place;
  recovery.at = at;
}

function passGap(walk: WalkState, recovery: Recovery): boolean {
  const { kernel, data } = walk;
  const from = recovery.at;
  const isFirst = kernel.first.value === 1;
  if (from >= recovery.until) {
    walk.recovery = undefined;
    resumeBetweenValues(walk, from, isFirst);
    return true;
  }
  let to = from;
  while (to < data.length && !BRACKETS.has(data[to] ?? 0)) to += 1;
  walk.looked += to - from;
  if (to - from > MOST_GAP_BYTES) {
    markDamaged(walk, from, 'no record');
    startRecovery(walk, 'lost', from, to);
    return true;
  }
  if (to + LOOKAHEAD_BYTES >= data.length && !walk.ended) return false;
  walk.next = to + 1;
  if (to === data.length) {
    // The end of the file is judged by the walk.
    walk.recovery = undefined;
    resumeBetweenValues(walk, from, isFirst);
    walk.next = to;
  } else if (data[to] === OPEN_BRACE || data[to] === OPEN_BRACKET) passOpening(walk, recovery, to);
  else passClosing(walk, recovery, to);
  return true;
}

function passOpening(walk: WalkState, recovery: Recovery, to: number): void {
  const { kernel, data } = walk;
  const isFirst = kernel.first.value === 1;
  if (!isPlainGap(data, recovery.at, to, inList(walk) && !isFirst)) {
    takeGap(walk, recovery.at, to, kernel.count.value, { first: isFirst, last: false });
    if (walk.recovery !== recovery) return;
  }
  if (data[to] === OPEN_BRACKET && !inList(walk)) {
    enterBareList(walk);
    recovery.at = walk.next;
  } else {
    recovery.place = 'value';
    recovery.at = to;
  }
}

function passClosing(walk: WalkState, recovery: Recovery, to: number): void {
  walk.kernel.lastEnd.value = recovery.at;
  if (inList(walk)) leaveList(walk);
  else passStrayBracket(walk);
  if (walk.recovery !== recovery) return;
  recovery.place = inContainer(walk) ? 'container' : 'gap';
  recovery.at = to + 1;
}

/** Passes a closing bracket that closes nothing: what follows may be the inside of a record. */
export function passStrayBracket(walk: WalkState): void {
  markDamaged(walk, walk.next - 1, 'a bracket too many');
  startRecovery(walk, 'lost', walk.next, walk.next);
}

/** True for whitespace, with one comma if `comma`. */
function isPlainGap(bytes: Buffer, from: number, to: number, comma: boolean): boolean {
  const visible = skipSpace(bytes, from);
  return comma ? bytes[visible] === COMMA && skipSpace(bytes, visible + 1) === to : visible === to;
}

/** Passes the rest of the object that held the list. */
function passContainer(walk: WalkState, recovery: Recovery): boolean {
  const from = recovery.at;
  const rest = followValue(walk.data, from, {
    limit: from + MOST_VALUE_BYTES.alone,
    linesEndStrings: true,
    stopsAtRecords: true,
    startsInside: true,
  });
  walk.looked += rest.reached - from;
  if (rest.kind === 'records') return enterList(walk, recovery, rest.reached);
  if (rest.kind === 'complete') proceed(walk, recovery, 'gap', rest.reached);
  else if (rest.kind === 'broken') {
    markDamaged(walk, from, 'not JSON');
    resumeBetweenValues(walk, from, true);
    startRecovery(walk, 'lost', rest.at, recovery.until);
  } else if (walk.ended) {
    // The walk's end says that the list's object is not closed.
    walk.recovery = undefined;
    walk.next = walk.data.length;
  } else return false;
  return true;
}
