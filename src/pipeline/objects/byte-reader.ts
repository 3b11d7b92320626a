/** Reads a file that comes in pieces by lengths instead. */

/** A file's bytes, one piece after another. */
export type Bytes = AsyncIterable<Buffer>;

/** A position in a file. */
export interface ByteReader {
  /** The next bytes; fewer at the end of the file. */
  take(length: number): Promise<Buffer>;
  /** Leaves out the next bytes, or those up to the end of the file. */
  skip(length: number): Promise<void>;
  /** Ends the reading of the file where it is. */
  end(): Promise<void>;
}

/** Begins at the start of the file. Holds one piece, and what was asked for. */
export function byteReader(pieces: Bytes): ByteReader {
  const iterator = pieces[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  /** Up to `most` bytes of one piece; none at the end. */
  const some = async (most: number): Promise<Buffer> => {
    while (held.length === 0) {
      const { value, done } = await iterator.next();
      if (done === true) return held;
      held = value;
    }
    const part = held.subarray(0, most);
    held = held.subarray(part.length);
    return part;
  };
  return {
    async take(length) {
      if (held.length >= length) {
        const part = held.subarray(0, length);
        held = held.subarray(length);
        return part;
      }
      const parts: Buffer[] = [];
      for (let left = length; left > 0; ) {
        const part = await some(left);
        if (part.length === 0) break;
        parts.push(part);
        left -= part.length;
      }
      return Buffer.concat(parts);
    },
    async skip(length) {
      for (let left = length; left > 0; ) {
        const part = await some(left);
        if (part.length === 0) return;
        left -= part.length;
      }
    },
    async end() {
      await iterator.return?.();
    },
  };
}
