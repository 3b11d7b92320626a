/** Zstandard for Parquet's pages: Node's own where it has one, else the same library as WebAssembly. */

import zlib from 'node:zlib';

/** Packs and unpacks. */
export interface Zstd {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** Throws for what is damaged, or not as long as it says. */
  readonly decompress: (bytes: Uint8Array, outputLength: number) => Uint8Array;
}

/** Node's, from 22.15 on. The types are those of the oldest Node that we run on. */
interface NativeZstd {
  readonly zstdCompressSync?: (
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ) => Buffer;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
  readonly constants: Readonly<Record<string, number>>;
}

const LEVEL = 3;

/** Opens it. The WebAssembly is only loaded where Node lacks its own. */
export async function openZstd(native: NativeZstd = zlib as unknown as NativeZstd): Promise<Zstd> {
  const { zstdCompressSync, zstdDecompressSync, constants } = native;
  const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants;
  if (
    zstdCompressSync !== undefined &&
    zstdDecompressSync !== undefined &&
    level !== undefined &&
    checksum !== undefined
  )
    return {
      compress: (bytes) => zstdCompressSync(bytes, { params: { [level]: LEVEL, [checksum]: 1 } }),
      decompress: (bytes, outputLength) =>
        exactly(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, outputLength) }), outputLength),
    };
  const { Zstd } = await import('@hpcc-js/wasm-zstd');
  const library = await Zstd.load();
  return {
    compress: (bytes) => library.compress(bytes, LEVEL),
    decompress: (bytes, outputLength) => exactly(library.decompress(bytes), outputLength),
  };
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new Error(`unpacks to ${bytes.length} bytes, and ${length} were announced`);
  return bytes;
}
