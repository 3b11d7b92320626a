/** How the pages of kept records are packed: with Node's own Zstandard, where it has one. */

import zlib from 'node:zlib';

/** How the pages of a Parquet file are packed. */
export interface Packing {
  readonly codec: 'ZSTD' | 'GZIP';
  readonly compress: (bytes: Uint8Array) => Uint8Array;
}

/** Packs and unpacks. */
export interface Zstd extends Packing {
  /** Throws for what is damaged, or not as long as it says. */
  readonly decompress: (bytes: Uint8Array, outputLength: number) => Uint8Array;
}

/** Node's, from 22.15 on. The types are those of the oldest Node that we run on. */
export interface NativeZstd {
  readonly zstdCompressSync?: (
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
  ) => Buffer;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
  readonly constants: Readonly<Record<string, number>>;
}

/** Zstandard's own default. */
export const LEVEL = 3;

/** Node's own; undefined before 22.15. */
export function nativeZstd(native: NativeZstd = zlib as unknown as NativeZstd): Zstd | undefined {
  const { zstdCompressSync, zstdDecompressSync, constants } = native;
  const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  if (level === undefined || checksum === undefined) return undefined;
  return {
    codec: 'ZSTD',
    compress: (bytes) => zstdCompressSync(bytes, { params: { [level]: LEVEL, [checksum]: 1 } }),
    decompress: (bytes, outputLength) =>
      exactly(zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, outputLength) }), outputLength),
  };
}

/** What every version of Node has, and every reader of Parquet knows. It packs less. */
export const GZIP: Packing = { codec: 'GZIP', compress: (bytes) => zlib.gzipSync(bytes) };

/** The bytes. Throws if they are not as long as was announced. */
export function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new Error(`unpacks to ${bytes.length} bytes, and ${length} were announced`);
  return bytes;
}
