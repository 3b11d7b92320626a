/** Zstandard wherever it runs: Node's own, else the same library as WebAssembly. */

import { exactly, LEVEL, type NativeZstd, nativeZstd, type Zstd } from './packing.ts';

/** Opens it. The WebAssembly is only loaded where Node lacks its own. */
export async function openZstd(native?: NativeZstd): Promise<Zstd> {
  const own = nativeZstd(native);
  if (own !== undefined) return own;
  const { Zstd } = await import('@hpcc-js/wasm-zstd');
  const library = await Zstd.load();
  return {
    codec: 'ZSTD',
    compress: (bytes) => library.compress(bytes, LEVEL),
    decompress: (bytes, outputLength) => exactly(library.decompress(bytes), outputLength),
  };
}
