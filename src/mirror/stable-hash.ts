/** Breaks ties the same way in every process and for any order of input, but differently for each source, which spreads a burst. */

/** The 32-bit FNV-1a hash of a text. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * The rank of a target for a source, from the hashes of both ids; the lowest rank wins. This is rendezvous hashing with Murmur3's
 * finalizer.
 *
 * @see https://en.wikipedia.org/wiki/Rendezvous_hashing
 */
export function tieRank(sourceHash: number, targetHash: number): number {
  let mixed = sourceHash ^ Math.imul(targetHash, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
