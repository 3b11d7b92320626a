/** Drives the kernel over a log file of any form, chunk by chunk: a list under `Records`, a bare list, or one value after another. */

import { MOST_RECORD_BYTES } from '../record.ts';
import { fillWindow, LOOKAHEAD_BYTES, type ScanKernel, STOP, type Stop, WINDOW_BYTES } from './json-elements.ts';
import { skipSpace } from './json-walk.ts';
import { MOST_GAP_BYTES } from './log-damage.ts';
import type { Tally } from './scan-tally.ts';
import { takeEntries, takeGap } from './walk-elements.ts';
import { enterBareList, enterRecords, isAtRecordsKey, leaveList } from './walk-lists.ts';
import { continueRecovery, passStrayBracket, recoverBroken } from './walk-recovery.ts';
import {
  createWalkState,
  inContainer,
  inList,
  isHopeless,
  MOST_FAULTS,
  markDamaged,
  markIncomplete,
  startRecovery,
  type WalkState,
} from './walk-state.ts';
import type { Wanted } from './wanted.ts';

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
  /**
   * How many bytes were looked at past damage, each as often as it was. In proportion to the file, whatever the damage: a test counts
   * on it.
   */
  readonly looked: () => number;
  /** True once the file has too many faults to be a log. The walk has ended then, wherever it is, and `incomplete` says so. */
  readonly isHopeless: () => boolean;
  /** How many bytes are held for what is still open. Bounded whatever the file: a test counts on it. */
  readonly held: () => number;
}

/** Starts a walk over one file. The kernel serves no other walk until `end`. */
export function startLogWalk(kernel: ScanKernel, wanted: Wanted, tally: Tally): LogWalk {
  const walk = createWalkState(kernel, wanted, tally);
  const append = startAppending();
  return {
    push: (chunk) => {
      if (isHopeless(walk)) return;
      if (walk.data.length > 0) dropWalked(walk);
      walk.data = append(walk.data, chunk);
      advance(walk);
    },
    end: () => {
      walk.ended = true;
      if (!isHopeless(walk)) advance(walk);
      if (isHopeless(walk)) giveUp(walk);
      else judgeEnd(walk);
    },
    elements: () => kernel.count.value,
    incomplete: () => walk.incomplete,
    looked: () => walk.looked,
    isHopeless: () => isHopeless(walk),
    held: () => walk.data.length,
  };
}

function giveUp(walk: WalkState): void {
  const before = walk.incomplete === undefined ? '' : `${walk.incomplete}; `;
  walk.incomplete = `${before}more than ${MOST_FAULTS} faults, so the rest was not read`;
}

/** Walks until more bytes are needed. */
function advance(walk: WalkState): void {
  if (walk.awaitingList && !enterRecords(walk)) return;
  while ((walk.recovery === undefined || continueRecovery(walk)) && !isHopeless(walk)) if (!walkWindow(walk)) return;
}

/**
 * Walks one window, copied into the kernel once however often the kernel stops in it. Windows end at fixed places of the file, so the walk
 * doesn't depend on the chunks. False when more bytes are needed.
 */
function walkWindow(walk: WalkState): boolean {
  const { kernel, data } = walk;
  const from = walk.next;
  const end = from + WINDOW_BYTES - ((walk.fileOffset + from) % WINDOW_BYTES);
  if (from >= data.length || (!walk.ended && end + LOOKAHEAD_BYTES > data.length)) return false;
  const to = Math.min(end, data.length);
  const lookahead = fillWindow(kernel, data, from, to);
  while (walk.next >= from && walk.next < to) {
    const stop = kernel.run(walk.next - from, to - from, lookahead, from);
    walk.next = from + kernel.at.value;
    takeEntries(walk);
    if (walk.recovery === undefined && !handleStop(walk, stop)) return false;
    if (walk.recovery !== undefined && !continueRecovery(walk)) return false;
  }
  boundOpenBytes(walk);
  return true;
}

/** Judges what is open for suspiciously long at the end of a window. */
function boundOpenBytes(walk: WalkState): void {
  const { kernel, next, data } = walk;
  if (inContainer(walk)) return;
  if (kernel.depth.value > 0) {
    if (next - kernel.start.value > MOST_RECORD_BYTES) startRecovery(walk, 'value', kernel.start.value, next);
    return;
  }
  // Whitespace after a value means nothing and can be long. Only up to `next`: each window would look at all of it again.
  const reached = skipSpace(data.subarray(0, next), kernel.lastEnd.value);
  walk.looked += Math.max(0, reached - kernel.lastEnd.value);
  kernel.lastEnd.value = Math.min(reached, next);
  if (next - kernel.lastEnd.value <= MOST_GAP_BYTES) return;
  markDamaged(walk, kernel.lastEnd.value, `${MOST_GAP_BYTES} bytes without a record`);
  startRecovery(walk, 'lost', kernel.lastEnd.value, next);
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
      recoverBroken(walk);
      return true;
  }
}

/** Drops the bytes already walked, except an open value, the gap before the next one, and what the kernel or a search may look back at. */
function dropWalked(walk: WalkState): void {
  const { kernel, recovery } = walk;
  // Recovery says where the kernel resumes, however far behind it the kernel stopped.
  const reached = recovery === undefined ? walk.next - LOOKAHEAD_BYTES : Number.POSITIVE_INFINITY;
  const keep = Math.max(0, Math.min(firstNeeded(walk), reached));
  walk.data = walk.data.subarray(keep);
  walk.next = Math.max(0, walk.next - keep);
  walk.fileOffset += keep;
  kernel.lastEnd.value -= keep;
  kernel.start.value = kernel.start.value >= keep ? kernel.start.value - keep : -1;
  if (walk.container !== undefined) walk.container = { ...walk.container, start: -1 };
  if (recovery === undefined) return;
  recovery.at -= keep;
  recovery.from -= keep;
  recovery.until -= keep;
  recovery.needs -= keep;
}

/** The first byte that is still needed: of the open value, of the gap before the next one, or before where recovery is. */
function firstNeeded(walk: WalkState): number {
  if (walk.recovery !== undefined) return walk.recovery.at - LOOKAHEAD_BYTES;
  if (inContainer(walk)) return walk.next;
  return walk.kernel.depth.value > 0 ? walk.kernel.start.value : walk.kernel.lastEnd.value;
}

/**
 * Joins chunks to the bytes still held, in a buffer with room to spare: a value that spans many chunks is not copied again with each.
 */
function startAppending(): (held: Buffer, chunk: Buffer) => Buffer {
  let store: Buffer = Buffer.alloc(0);
  return (held, chunk) => {
    if (held.length === 0) return chunk;
    const length = held.length + chunk.length;
    const start = held.byteOffset;
    if (held.buffer !== store.buffer || start + length > store.length) {
      store = Buffer.allocUnsafeSlow(Math.ceil(1.5 * length));
      held.copy(store);
      chunk.copy(store, held.length);
      return store.subarray(0, length);
    }
    chunk.copy(store, start + held.length);
    return store.subarray(start, start + length);
  };
}

/** Judges what is open at the end of the file. */
function judgeEnd(walk: WalkState): void {
  const { kernel } = walk;
  if (kernel.depth.value > 0 && !inContainer(walk)) {
    walk.awaitingList = false;
    startRecovery(walk, 'value', kernel.start.value, walk.data.length);
    advance(walk);
  }
  if (inList(walk) || kernel.depth.value > 0)
    markIncomplete(walk, `ends after record ${kernel.count.value}, before its list is closed`);
  else takeGap(walk, kernel.lastEnd.value, walk.data.length, kernel.count.value, { first: false, last: true });
}
