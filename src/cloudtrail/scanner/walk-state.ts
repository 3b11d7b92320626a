/** The state of a walk over one log file: the bytes held, the position in them, and the list being walked. */

import { FLAG, resetKernel, type ScanKernel, setWanted } from './json-elements.ts';
import { USUAL_OPENING } from './log-damage.ts';
import type { Tally } from './scan-tally.ts';
import type { Wanted } from './wanted.ts';

/** The object whose `Records` list is being walked. */
export interface Container {
  /** Where the object starts in `data`, or -1 once that byte has been dropped. */
  readonly start: number;
  /** How many elements had been counted before its list. */
  readonly elementsBefore: number;
  /** Takes the list's records back out of the tally. False when some were handed out already. */
  readonly undoList: () => boolean;
}

/** One file's walk. Positions count from the start of `data`, except `fileOffset`. */
export interface WalkState {
  readonly kernel: ScanKernel;
  readonly tally: Tally;
  /** The bytes not yet dropped: what the kernel has still to walk, and the open value before it. */
  data: Buffer;
  /** Where the kernel resumes. */
  next: number;
  /** Where `data` starts in the file. */
  fileOffset: number;
  container: Container | undefined;
  /** True between a `Records` key and the first byte of its value. */
  awaitingList: boolean;
  /** True past damage, until the next record is found. */
  lost: boolean;
  /** How the records of this list begin, to find the next one past damage. */
  opening: Buffer;
  /** The first reason why records may be missing. */
  incomplete: string | undefined;
}

/** Starts a walk over one file. The kernel serves no other walk until this one has ended. */
export function createWalkState(kernel: ScanKernel, wanted: Wanted, tally: Tally): WalkState {
  resetKernel(kernel);
  setWanted(kernel, wanted.eventNames, wanted.eventSources);
  return {
    kernel,
    tally,
    data: Buffer.alloc(0),
    next: 0,
    fileOffset: 0,
    container: undefined,
    awaitingList: false,
    lost: false,
    opening: USUAL_OPENING,
    incomplete: undefined,
  };
}

/** True inside a list of records; false between the values of a file that has none. */
export function inList({ kernel }: WalkState): boolean {
  return kernel.inArray.value === 1;
}

/** True inside the object that holds a `Records` list, past that list. */
export function inContainer({ kernel }: WalkState): boolean {
  return (kernel.flags.value & FLAG.container) !== 0;
}

/** Records why records may be missing; the first reason wins. */
export function markIncomplete(walk: WalkState, reason: string): void {
  walk.incomplete ??= reason;
}

/** Records damage at a position of `data`. */
export function markDamaged(walk: WalkState, position: number, what: string): void {
  markIncomplete(walk, `damaged at byte ${walk.fileOffset + position}: ${what}`);
}

/** Resumes at a position between two values, in the same list. `first`: no element comes before it. */
export function resumeBetweenValues(walk: WalkState, position: number, first: boolean): void {
  const { kernel } = walk;
  const [count, inArray] = [kernel.count.value, kernel.inArray.value];
  resetKernel(kernel);
  kernel.count.value = count;
  kernel.inArray.value = inArray;
  kernel.lastEnd.value = position;
  kernel.first.value = first ? 1 : 0;
  walk.next = position;
}
