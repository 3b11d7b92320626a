/** Sets of small numbers as words of bits: what makes walking thousands of sources over hundreds of targets cheap. */

export type BitSet = Uint32Array;

/** An empty set for numbers below `size`. */
export function bitSet(size: number): BitSet {
  return new Uint32Array(Math.max(1, Math.ceil(size / 32)));
}

/** Puts a number in; it must be below the size the set was made for. */
export function addBit(set: BitSet, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** True when the number is in. */
export function hasBit(set: BitSet, index: number): boolean {
  return ((set[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

/** How many numbers are in. */
export function countBits(set: BitSet): number {
  let count = 0;
  for (const word of set) for (let bits = word; bits !== 0; bits &= bits - 1) count += 1;
  return count;
}

/** Calls `visit` with each number of `set` that is not in `except`, ascending. `except` may grow while this runs. */
export function eachBit(set: BitSet, visit: (index: number) => void, except?: BitSet): void {
  for (let word = 0; word < set.length; word += 1) {
    let bits = (set[word] ?? 0) & ~(except?.[word] ?? 0);
    while (bits !== 0) {
      const lowest = bits & -bits;
      visit(word * 32 + 31 - Math.clz32(lowest));
      bits ^= lowest;
    }
  }
}

/** A text that two sets share exactly when they hold the same numbers. */
export function bitKey(set: BitSet): string {
  return String.fromCharCode(...new Uint16Array(set.buffer, set.byteOffset, set.length * 2));
}
