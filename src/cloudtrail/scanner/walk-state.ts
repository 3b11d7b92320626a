/** The state of a walk over one log file: the bytes held, the position in them, and the list being walked. */

import { FLAG, resetKernel, type ScanKernel, setWanted } from './json-elements.ts';
import { USUAL_FIRST_KEY } from './log-damage.ts';
import type { Tally } from './scan-tally.ts';
import { type Wanted, wantedNames } from './wanted.ts';

/** The object whose `Records` list is being walked. */
export interface Container {
  /** Where the object starts in `data`, or -1 once that byte has been dropped. */
  readonly start: number;
  /** How many elements had been counted before its list. */
  readonly elementsBefore: number;
  /** How many of the values before its list were not objects. */
  readonly scalarsBefore: number;
  /** Takes the list's records back out of the tally. False when some were handed out already. */
  readonly undoList: () => boolean;
}

/** Where a walk past damage is. */
export interface Recovery {
  /**
   * What begins at `at`: a value; the gap after one; the rest of the object that held the list; or bytes in which a record has to be
   * found, because the value before is damaged.
   */
  place: 'value' | 'gap' | 'container' | 'lost';
  at: number;
  /** How far the kernel has walked. It takes over from there. */
  until: number;
  /** Where the damaged value began. May be negative, when those bytes have been dropped. */
  from: number;
  /** How many lists of the damaged value are open at `at`, as far as can be told. */
  openLists: number;
  /** Nothing more can be said until this many bytes are held. */
  needs: number;
}

/** One file's walk. Positions count from the start of `data`, except `fileOffset`. */
export interface WalkState {
  readonly kernel: ScanKernel;
  readonly tally: Tally;
  /** True if a record whose name or source is wanted needs none of the wanted texts. */
  readonly isBeside: boolean;
  /** The bytes not yet dropped: what the kernel has still to walk, and the open value before it. */
  data: Buffer;
  /** Where the kernel resumes. */
  next: number;
  /** Where `data` starts in the file. */
  fileOffset: number;
  container: Container | undefined;
  /** True between a `Records` key and the first byte of its value. */
  awaitingList: boolean;
  /** How many values were not objects: the kernel does not count them. */
  scalars: number;
  /** True once no more bytes will come. */
  ended: boolean;
  /** Set past damage, until the kernel takes over again. */
  recovery: Recovery | undefined;
  /** The first key of this list's first record, to find the next record past damage. */
  firstKey: Buffer;
  /** How many bytes recovery has looked at, each as often as it did. */
  looked: number;
  /** How often a list was entered, damage was met, or something was taken for a record that may be one. */
  tries: number;
  /** How many bytes are read again behind damaged values that are longer than a record. */
  readAgain: number;
  /** The first reason why records may be missing. */
  incomplete: string | undefined;
}

/** Starts a walk over one file. The kernel serves no other walk until this one has ended. */
export function createWalkState(kernel: ScanKernel, wanted: Wanted, tally: Tally): WalkState {
  resetKernel(kernel);
  setWanted(kernel, wantedNames(wanted));
  return {
    kernel,
    tally,
    isBeside: wanted.or !== undefined,
    data: Buffer.alloc(0),
    next: 0,
    fileOffset: 0,
    container: undefined,
    awaitingList: false,
    scalars: 0,
    ended: false,
    recovery: undefined,
    firstKey: USUAL_FIRST_KEY,
    looked: 0,
    tries: 0,
    readAgain: 0,
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

/** A file with more faults is not a log. Each costs some microseconds, and a few megabytes may hold millions. */
export const MOST_FAULTS = 100_000;

/** True once the file has too many faults: values that are not records, or places where a record had to be looked for. */
export function isHopeless({ tries, tally }: WalkState): boolean {
  return tries > MOST_FAULTS || tally.rejectedCount() > MOST_FAULTS;
}

/** Records why records may be missing; the first reason wins. */
export function markIncomplete(walk: WalkState, reason: string): void {
  walk.incomplete ??= reason;
}

/** Records damage at a position of `data`. */
export function markDamaged(walk: WalkState, position: number, what: string): void {
  markIncomplete(walk, `damaged at byte ${walk.fileOffset + position}: ${what}`);
}

/** Rejects an element that has been counted but is not JSON. */
export function rejectElement(walk: WalkState, index: number, from: number): void {
  walk.tally.lose(index + walk.scalars, `damaged at byte ${walk.fileOffset + from}: not JSON`);
  markDamaged(walk, from, 'not JSON');
}

/** Leaves the kernel's walk at a position, until what the kernel has walked (up to `until`) has been walked again with more care. */
export function startRecovery(walk: WalkState, place: Recovery['place'], from: number, until: number): void {
  walk.tries += 1;
  const reached = Math.max(until, walk.recovery?.until ?? until);
  walk.recovery = { place, at: from, until: reached, from, openLists: 0, needs: 0 };
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
