/** Reads files in their order, some of them ahead, in bounded memory. */

import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { MOST_REQUESTS, type RequestPace, wasSlowed } from './request-pace.ts';

/** What was listed, and the bytes of a file or why they could not be read. Both are absent for one that need not be read. */
export interface ReadFile {
  readonly found: FoundLog;
  readonly packed?: Buffer | undefined;
  readonly fault?: unknown;
}

/** No more files are read ahead than these, nor files of more bytes in all, unless a single one is longer. */
const AHEAD = { files: MOST_REQUESTS, bytes: 32 * 1024 * 1024 } as const;

/** Everything that is listed, in order, with the stored bytes of the files that `needs` asks for. Never throws for a file. */
export async function* readAhead(
  listed: AsyncIterable<FoundLog>,
  needs: (file: LogFile) => boolean,
  { pace, maxBytes }: { readonly pace: RequestPace; readonly maxBytes: number },
): AsyncGenerator<ReadFile, void, undefined> {
  const line: { readonly size: number; readonly read: Promise<ReadFile> }[] = [];
  let bytes = 0;
  for await (const found of listed) {
    const file = found.kind === 'log' && needs(found.file) ? found.file : undefined;
    const size = file?.size ?? 0;
    while (line.length > 0 && (line.length >= AHEAD.files || bytes + size > AHEAD.bytes)) {
      const first = line.shift();
      if (first === undefined) break;
      bytes -= first.size;
      yield await first.read;
    }
    line.push({
      size,
      read: file === undefined ? Promise.resolve({ found }) : readOne(found, file, { pace, maxBytes }),
    });
    bytes += size;
  }
  for (const { read } of line) yield await read;
}

async function readOne(
  found: FoundLog,
  file: LogFile,
  { pace, maxBytes }: { readonly pace: RequestPace; readonly maxBytes: number },
): Promise<ReadFile> {
  try {
    const { fetch } = file;
    if (fetch !== undefined) return { found, packed: (await pace(() => fetch({ maxBytes }), wasSlowed)).bytes };
    return { found, packed: file.readNow?.({ maxBytes }) ?? (await pace(() => file.read({ maxBytes }))) };
  } catch (fault) {
    return { found, fault };
  }
}
