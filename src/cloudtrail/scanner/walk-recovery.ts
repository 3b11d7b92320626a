/** What a walk does about damage: rejects the element it is in, and saves the complete records inside and after it. */

import { valueEnd } from './json-walk.ts';
import { completeRecords, nextOpening } from './log-damage.ts';
import { inContainer, inList, markDamaged, resumeBetweenValues, type WalkState } from './walk-state.ts';

/** How a record begins in a file without a list. */
const LINE_OPENING: Buffer = Buffer.from('{');

const openingIn = (walk: WalkState): Buffer => (inList(walk) ? walk.opening : LINE_OPENING);

/** Rejects an element that has been counted but is not JSON. */
export function rejectElement(walk: WalkState, index: number, from: number): void {
  walk.tally.lose(index, `damaged at byte ${walk.fileOffset + from}: not JSON`);
  markDamaged(walk, from, 'not JSON');
}

/** Takes the complete records within the bytes of a damaged element. */
export function salvageRecords(walk: WalkState, bytes: Buffer, index: number): void {
  for (const record of completeRecords(bytes, openingIn(walk))) walk.tally.find(record, index);
}

/**
 * Continues past bytes that cannot be JSON. The kernel reports damage per block of 64 bytes, so the element open where the block
 * begins may still be complete. If it isn't, the walk looks for the next record.
 */
export function recover(walk: WalkState): void {
  const { kernel, data } = walk;
  const isOpen = kernel.start.value >= 0 && !inContainer(walk);
  const begin = isOpen ? kernel.start.value : data.indexOf('{', kernel.lastEnd.value);
  const end = begin === -1 ? -1 : valueEnd(data, begin);
  const index = kernel.count.value;
  kernel.count.value += 1;
  if (end !== -1 && walk.tally.take(data.subarray(begin, end), index, false) === 'taken') {
    resumeBetweenValues(walk, end, false);
    return;
  }
  rejectElement(walk, index, begin === -1 ? kernel.lastEnd.value : begin);
  walk.lost = true;
  walk.next = begin === -1 ? data.length : begin + 1;
  findNextRecord(walk);
}

/** Looks for the next record past damage. Where there is none yet, keeps the bytes that may be the start of one. */
export function findNextRecord(walk: WalkState): void {
  const opening = openingIn(walk);
  const at = nextOpening(walk.data, walk.next, opening);
  const retryFrom = Math.max(walk.next, walk.data.length - opening.length);
  resumeBetweenValues(walk, at === -1 ? walk.data.length : at, true);
  if (at === -1) walk.next = retryFrom;
  else walk.lost = false;
}
