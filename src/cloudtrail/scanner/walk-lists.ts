/** How a walk enters and leaves the lists that hold a file's records: under a `Records` key, or bare. */

import { parseJson } from '../../delivery/shape.ts';
import { FLAG, LOOKAHEAD_BYTES } from './json-elements.ts';
import { isSpace, skipSpace } from './json-walk.ts';
import { firstKeyOf, MOST_GAP_BYTES } from './log-damage.ts';
import { takeGap } from './walk-elements.ts';
import { inContainer, markDamaged, resumeBetweenValues, startRecovery, type WalkState } from './walk-state.ts';

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `"Records"` with every letter written as a `\u` escape. */
const LONGEST_KEY = 44;

/** Enters a bare list. The kernel has just passed its opening bracket. */
export function enterBareList(walk: WalkState): void {
  walk.container = undefined;
  enterList(walk, walk.next);
}

/**
 * Enters the list under a `Records` key. A value that is not a list makes the object an element, judged at its end. False when the
 * value has not arrived yet.
 */
export function enterRecords(walk: WalkState): boolean {
  const { kernel, data } = walk;
  const value = skipSpace(data, walk.next);
  if (value - walk.next > MOST_GAP_BYTES) {
    dropBlanks(walk, value);
    return enterRecords(walk);
  }
  if (value === data.length || (!walk.ended && value + LOOKAHEAD_BYTES > data.length)) return false;
  walk.awaitingList = false;
  if (inContainer(walk)) undoEarlierList(walk);
  if (data[value] !== OPEN_BRACKET) {
    kernel.flags.value = FLAG.odd;
    return true;
  }
  const [start, elementsBefore] = [kernel.start.value, kernel.count.value];
  walk.container = { start, elementsBefore, scalarsBefore: walk.scalars, undoList: walk.tally.mark() };
  enterList(walk, value + 1);
  return true;
}

/** Drops blanks, which mean nothing and may be too long to hold. What is behind them is read. */
function dropBlanks(walk: WalkState, to: number): void {
  markDamaged(walk, walk.next, `${MOST_GAP_BYTES} bytes without a record`);
  const { data, next } = walk;
  walk.data = Buffer.concat([data.subarray(0, next), data.subarray(to)]);
  walk.fileOffset += to - next;
}

/** A second `Records` in one object replaces the first, as in JSON.parse. */
function undoEarlierList(walk: WalkState): void {
  const { kernel, container } = walk;
  if (container === undefined) return;
  if (container.undoList()) {
    kernel.count.value = container.elementsBefore;
    walk.scalars = container.scalarsBefore;
  } else markDamaged(walk, walk.next, 'a second Records in one object');
}

function enterList(walk: WalkState, position: number): void {
  walk.tries += 1;
  walk.kernel.inArray.value = 1;
  walk.firstKey = firstKeyOf(walk.data.subarray(position, position + 256));
  resumeBetweenValues(walk, position, true);
}

/**
 * Leaves a list, back into its object if it has one. The kernel has just passed the closing bracket. Where that cannot be the list's,
 * recovery starts.
 */
export function leaveList(walk: WalkState): void {
  const { kernel, data, container, recovery } = walk;
  const bracket = walk.next - 1;
  takeGap(walk, kernel.lastEnd.value, bracket, kernel.count.value, { first: kernel.first.value === 1, last: true });
  if (walk.recovery !== recovery) return;
  if (data[bracket] !== CLOSE_BRACKET) {
    markDamaged(walk, bracket, 'a list closed by a brace');
    startRecovery(walk, 'lost', walk.next, walk.next);
    return;
  }
  kernel.inArray.value = 0;
  resumeBetweenValues(walk, walk.next, false);
  if (container === undefined) return;
  kernel.depth.value = 1;
  kernel.start.value = container.start;
  kernel.flags.value = FLAG.container;
}

/** True when the key whose colon the kernel just passed is `Records`, with or without escapes. */
export function isAtRecordsKey(walk: WalkState): boolean {
  const { data } = walk;
  let end = walk.next - 1;
  while (end > 0 && isSpace(data[end - 1])) end -= 1;
  if (data[end - 1] !== QUOTE) return false;
  for (let start = end - 2; start >= Math.max(0, end - LONGEST_KEY); start -= 1) {
    if (data[start] !== QUOTE || isEscaped(data, start)) continue;
    const key = parseJson(data.toString('utf8', start, end));
    if (key === undefined) markDamaged(walk, start, 'a key that is not JSON');
    return key?.value === 'Records';
  }
  return false;
}

function isEscaped(bytes: Buffer, position: number): boolean {
  let at = position;
  while (at > 0 && bytes[at - 1] === BACKSLASH) at -= 1;
  return (position - at) % 2 === 1;
}
