/** Drives the kernel over a log file of any form, chunk by chunk: a list under `Records`, a bare list, or one value after another. */

import { fillWindow, LOOKAHEAD_BYTES, type ScanKernel, STOP, type Stop, WINDOW_BYTES } from './json-elements.ts';
import { skipSpace } from './json-walk.ts';
import type { Tally } from './scan-tally.ts';
import { takeEntries, takeGap } from './walk-elements.ts';
import { enterBareList, enterRecords, isAtRecordsKey, leaveList } from './walk-lists.ts';
import { findNextRecord, recover, salvageRecords } from './walk-recovery.ts';
import {
  createWalkState,
  inContainer,
  inList,
  markDamaged,
  markIncomplete,
  resumeBetweenValues,
  type WalkState,
} from './walk-state.ts';
import type { Wanted } from './wanted.ts';

/** Records are far shorter (CloudTrail's limit is 256 KB). A longer value is not kept in memory until its end. */
const MOST_VALUE_BYTES = 64 * 1024 * 1024;
/** An open value longer than this at the end of the file is not a cut-off record: it has swallowed others. */
const MOST_RECORD_BYTES = 512 * 1024;

/** A walk over one file. */
export interface LogWalk {
  /** Takes the next bytes of the file, which must not change until the next call. */
  readonly push: (chunk: Buffer) => void;
  /** Ends the file and judges what is still open. */
  readonly end: () => void;
  /** How many values have been walked past, of any kind. */
  readonly elements: () => number;
  /** Why records may be missing, or undefined when none are. */
  readonly incomplete: () => string | undefined;
}

/** Starts a walk over one file. The kernel serves no other walk until `end`. */
export function startLogWalk(kernel: ScanKernel, wanted: Wanted, tally: Tally): LogWalk {
  const walk = createWalkState(kernel, wanted, tally);
  return {
    push: (chunk) => {
      if (walk.data.length > 0) dropWalked(walk);
      walk.data = walk.data.length === 0 ? chunk : Buffer.concat([walk.data, chunk]);
      advance(walk, walk.data.length - LOOKAHEAD_BYTES);
    },
    end: () => {
      advance(walk, walk.data.length);
      judgeEnd(walk);
    },
    elements: () => kernel.count.value,
    incomplete: () => walk.incomplete,
  };
}

/** Walks up to `limit`, or until more bytes are needed. */
function advance(walk: WalkState, limit: number): void {
  if (walk.awaitingList && !enterRecords(walk)) return;
  if (walk.lost) findNextRecord(walk);
  while (!walk.lost && walk.next < limit) if (!walkWindow(walk, limit)) return;
}

/** Walks one window, copied into the kernel once however often the kernel stops in it. False when more bytes are needed. */
function walkWindow(walk: WalkState, limit: number): boolean {
  const { kernel } = walk;
  const from = walk.next;
  const to = Math.min(limit, from + WINDOW_BYTES);
  const lookahead = fillWindow(kernel, walk.data, from, to);
  while (walk.next >= from && walk.next < to && !walk.lost) {
    const stop = kernel.run(walk.next - from, to - from, lookahead, from);
    walk.next = from + kernel.at.value;
    takeEntries(walk);
    if (!handleStop(walk, stop)) return false;
  }
  return true;
}

/** Handles what the kernel stopped for. False when more bytes are needed. */
function handleStop(walk: WalkState, stop: Stop): boolean {
  switch (stop) {
    case STOP.consumed:
    case STOP.outFull:
      return true;
    case STOP.arrayOpened:
      enterBareList(walk);
      return true;
    case STOP.recordsKey:
      walk.awaitingList = isAtRecordsKey(walk);
      return !walk.awaitingList || enterRecords(walk);
    case STOP.closed:
      if (inList(walk)) leaveList(walk);
      else passStrayBracket(walk);
      return true;
    case STOP.broken:
      recover(walk);
      return true;
  }
}

function passStrayBracket(walk: WalkState): void {
  markDamaged(walk, walk.next - 1, 'a bracket too many');
  resumeBetweenValues(walk, walk.next, false);
}

/** Drops the bytes already walked, except an open value, the gap before the next one, and the kernel's margin. */
function dropWalked(walk: WalkState): void {
  const { kernel } = walk;
  // Whitespace after a value means nothing and can be long.
  if (kernel.depth.value === 0 && !walk.lost)
    kernel.lastEnd.value = Math.min(skipSpace(walk.data, kernel.lastEnd.value), walk.next);
  const keep = Math.max(0, Math.min(firstNeeded(walk), walk.next - LOOKAHEAD_BYTES));
  if (walk.data.length - keep > MOST_VALUE_BYTES) {
    abandonValue(walk, keep);
    dropWalked(walk);
    return;
  }
  walk.data = walk.data.subarray(keep);
  walk.next -= keep;
  walk.fileOffset += keep;
  kernel.lastEnd.value -= keep;
  kernel.start.value = kernel.start.value >= keep ? kernel.start.value - keep : -1;
  if (walk.container !== undefined) walk.container = { ...walk.container, start: -1 };
}

/** The first byte that is still needed: of the open value, or of the gap before the next one. */
function firstNeeded(walk: WalkState): number {
  if (inContainer(walk)) return walk.next;
  return walk.kernel.depth.value > 0 ? walk.kernel.start.value : walk.kernel.lastEnd.value;
}

/** Gives up a value that is too long to hold, and looks for the next record. */
function abandonValue(walk: WalkState, from: number): void {
  const { kernel, tally } = walk;
  markDamaged(walk, from, `a value of more than ${MOST_VALUE_BYTES} bytes`);
  tally.lose(kernel.count.value, `longer than ${MOST_VALUE_BYTES} bytes`);
  kernel.count.value += 1;
  walk.lost = true;
  resumeBetweenValues(walk, walk.data.length, true);
}

/** Judges what is open at the end of the file. */
function judgeEnd(walk: WalkState): void {
  const { kernel, data } = walk;
  if (walk.lost) return;
  const inValue = kernel.depth.value > 0 && !inContainer(walk);
  if (inValue) {
    markIncomplete(walk, `ends inside record ${kernel.count.value + 1}`);
    const open = data.subarray(kernel.start.value + 1);
    if (hasSwallowedOthers(open)) salvageRecords(walk, open, kernel.count.value);
  } else if (inList(walk) || kernel.depth.value > 0)
    markIncomplete(walk, `ends after record ${kernel.count.value}, before its list is closed`);
  else takeGap(walk, kernel.lastEnd.value, data.length, kernel.count.value, { first: false, last: true });
}

/** True for an open value that is not the file's cut-off last record: too long, or it includes the end of the list. */
function hasSwallowedOthers(open: Buffer): boolean {
  const tail = open.toString('latin1', Math.max(0, open.length - 16));
  return open.length > MOST_RECORD_BYTES || /\]\s*\}\s*$/.test(tail);
}
