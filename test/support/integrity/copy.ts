/** A trail's objects as files in a folder. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StoredObject } from './scenario.ts';

/** Writes the objects under `folder`, each with its metadata beside it, and returns the folder. */
export async function writeCopy(folder: string, objects: readonly StoredObject[]): Promise<string> {
  for (const { key, bytes, metadata } of objects) {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), bytes);
    if (metadata) await writeFile(`${join(folder, key)}.metadata.json`, JSON.stringify(metadata));
  }
  return folder;
}
