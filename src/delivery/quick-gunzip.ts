/** Inflates many small gzip files, one after another, with one kept inflater into one kept buffer. */

import { constants, createGunzip, gzipSync } from 'node:zlib';
import { declaredBytes, viewOf } from './decompress.ts';

/** A kept inflater. */
export interface QuickGunzip {
  /** What a file inflates to. Undefined for anything but a sound gzip that fits: `decompress` has to say what it is. */
  readonly inflate: (packed: Buffer) => Buffer | undefined;
  /**
   * Keeps the last result until the returned function is called: `inflate` gives nothing until then. Does nothing for bytes that are not
   * the last result.
   */
  readonly lend: (bytes: Buffer) => () => void;
}

/** The releases of Node in which `gunzipSync` itself works this way. In others a wrong call could end the process. */
const KNOWN_NODE = /^v(?:20|22|24)\./;

/** Room for most log files. */
const FIRST_BYTES = 1024 * 1024;
const GROWTH_BYTES = 4 * 1024 * 1024;

/** What Node's zlib streams have inside. It is not documented, so we try it before we rely on it. */
interface Inflater {
  readonly _handle?: {
    readonly reset: () => void;
    readonly writeSync: (
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ) => void;
    onerror?: (...fault: readonly unknown[]) => void;
  };
  /** After a call: how many bytes of the output and of the input are left. */
  readonly _writeState?: Uint32Array;
}

/**
 * A gunzip whose results are views of one buffer, which grows up to `mostBytes`: each is valid until the next call, unless it is lent. It takes about two
 * thirds of `gunzipSync`'s time for a file of 26 KB, and leaves nothing to collect. Undefined if this Node's zlib works differently inside.
 */
export function startQuickGunzip(mostBytes: number): QuickGunzip | undefined {
  if (!KNOWN_NODE.test(process.version)) return undefined;
  const { _handle: handle, _writeState: left } = createGunzip() as Inflater;
  if (typeof handle?.writeSync !== 'function' || typeof handle.reset !== 'function' || left?.length !== 2)
    return undefined;
  let output = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let failed = false;
  let isLent = false;
  handle.onerror = () => {
    failed = true;
  };
  const inflate: QuickGunzip['inflate'] = (packed) => {
    // One byte more, so a file that just fits does not look like one that does not.
    const needed = (declaredBytes(packed) ?? 0) + 1;
    if (isLent || needed > mostBytes) return undefined;
    if (needed > output.length)
      output = Buffer.allocUnsafeSlow(Math.min(Math.ceil(needed / GROWTH_BYTES) * GROWTH_BYTES, mostBytes));
    failed = false;
    handle.reset();
    handle.writeSync(constants.Z_FINISH, viewOf(packed), 0, packed.length, output, 0, output.length);
    const [outputLeft = 0, inputLeft = 0] = left;
    return failed || outputLeft === 0 || inputLeft > 0 ? undefined : output.subarray(0, output.length - outputLeft);
  };
  const lend: QuickGunzip['lend'] = (bytes) => {
    if (isLent || bytes.buffer !== output.buffer) return () => undefined;
    isLent = true;
    return () => {
      isLent = false;
    };
  };
  return works(inflate) ? { inflate, lend } : undefined;
}

/** True if a sound file comes out as it went in, and a damaged one, a cut-off one and one with something behind it do not. */
function works(inflate: QuickGunzip['inflate']): boolean {
  const content = Buffer.from('{"Records":[]}');
  const packed = gzipSync(content);
  const damaged = Buffer.from(packed);
  damaged.writeUInt32LE(~packed.readUInt32LE(packed.length - 8) >>> 0, packed.length - 8);
  const refused = [damaged, packed.subarray(0, -9), Buffer.concat([packed, Buffer.from('x')])];
  try {
    return refused.every((one) => inflate(one) === undefined) && inflate(packed)?.equals(content) === true;
  } catch {
    return false;
  }
}
