/** Sets of small numbers as words of bits, which keeps thousands of sources times hundreds of targets fast. */

/** A set of small whole numbers. */
export type BitSet = Uint32Array;

/** An empty set for numbers below `size`. */
export function bitSet(size: number): BitSet {
  return new Uint32Array(Math.max(1, Math.ceil(size / 32)));
}

/** Adds a number, which must be below the size that the set was made for. */
export function addBit(set: BitSet, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31));
}

/** True when the set has the number. */
export function hasBit(set: BitSet, index: number): boolean {
  return ((set[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0;
}

/** How many numbers the set has. */
export function countBits(set: BitSet): number {
  let count = 0;
  for (const word of set) for (let bits = word; bits !== 0; bits &= bits - 1) count += 1;
  return count;
}

/** Calls `visit` with each number of `set` that is not in `except`, in ascending order. `except` may grow during the walk. */
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

/** A text that is equal for two sets of the same size exactly when they have the same numbers. */
export function bitKey(set: BitSet): string {
  return String.fromCharCode(...new Uint16Array(set.buffer, set.byteOffset, set.length * 2));
}
