/** Puts files together into batches, each enough work for a thread to be worth sending. */

import { declaredBytes } from '../../delivery/decompress.ts';
import { SHORT_BYTES } from '../../pipeline/objects/scan-short.ts';
import type { HeldFile, StoredFile } from './read-files.ts';

/** Files for one task; or one file that is scanned on the main thread in its turn: a long one, or one that could not be read. */
export type Batch =
  | { readonly files: readonly HeldFile[] /** What they inflate to, as they say. */; readonly bytes: number }
  | { readonly alone: StoredFile };

/** A batch ends at this many bytes of content, about 15 ms of work. Only a single file can be longer. */
export const BATCH_BYTES: number = 8 * 1024 * 1024;
const MOST_FILES = 512;

/** The files in batches, in their order. */
export async function* batchesOf(files: AsyncIterable<StoredFile>): AsyncGenerator<Batch, void, undefined> {
  let held: HeldFile[] = [];
  let bytes = 0;
  const batch = (): Batch => {
    const full = { files: held, bytes };
    held = [];
    bytes = 0;
    return full;
  };
  for await (const file of files) {
    const size = 'packed' in file ? (declaredBytes(file.packed) ?? file.packed.length) : 0;
    if (!('packed' in file) || size > SHORT_BYTES) {
      if (held.length > 0) yield batch();
      yield { alone: file };
      continue;
    }
    if (held.length > 0 && bytes + size > BATCH_BYTES) yield batch();
    held.push(file);
    bytes += size;
    if (held.length === MOST_FILES) yield batch();
  }
  if (held.length > 0) yield batch();
}
