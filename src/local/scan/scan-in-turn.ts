/** Scans files one after another, on this thread. */

import { setImmediate } from 'node:timers/promises';
import type { LogFile } from '../../delivery/fetch-log.ts';
import type { ScanSettings } from '../../pipeline/objects/file-end.ts';
import { readFiles } from './read-files.ts';
import { type FileScan, scanFile } from './scan-file.ts';

/** Reading from the network goes on at least this often. */
const TURN_BYTES = 4 * 1024 * 1024;

/**
 * The wanted records of the files, in the files' order. The `end` of an unreadable file says why; it never stops the others. Holds one file of
 * up to 8 MB as stored, or pieces of a longer one, besides what is read ahead.
 */
export async function* scanInTurn(
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  settings: ScanSettings,
): AsyncGenerator<FileScan, void, undefined> {
  let bytes = 0;
  for await (const file of readFiles(files, settings))
    for await (const scan of scanFile(file, settings)) {
      yield scan;
      bytes += scan.end?.bytes ?? TURN_BYTES;
      if (bytes < TURN_BYTES) continue;
      bytes = 0;
      await setImmediate();
    }
}
