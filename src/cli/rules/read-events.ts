/** The events of a file for `rules test`: JSON lines, one document, a list, or a CloudTrail log, packed or not. */

import { readFile } from 'node:fs/promises';
import { decompress } from '../../delivery/decompress.ts';
import { asList, asObject, parseJson } from '../../delivery/shape.ts';
import { PipelineError } from '../../errors.ts';
import { reasonOf } from '../../local/file-bytes.ts';

/** An event, or why a line is none. */
export type ReadEvent = { readonly event: unknown } | { readonly line: number; readonly fault: string };

/** The most that a packed file may hold: text of twice the length does not fit into a string. */
const MOST_BYTES = 256 * 1024 * 1024;

/** What stands for standard input where a file is named. */
export const STDIN = '-';

/** Everything that standard input has. Throws PipelineError `usage` if it is a terminal, or has more than is read of a file. */
export async function readStdin(): Promise<Buffer> {
  if (process.stdin.isTTY) throw new PipelineError('usage', 'standard input is a terminal; pipe something into it');
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin) {
    const bytes = Buffer.from(piece as Uint8Array);
    length += bytes.length;
    if (length > MOST_BYTES) throw new PipelineError('usage', `standard input has more than ${MOST_BYTES} bytes`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

/**
 * The events in a file, in their order. A list and a log's `Records` give one for each entry. Of lines, each is one; a line that is no
 * JSON does not stop the others. Throws PipelineError `usage` for a file that cannot be read or has no event.
 */
export async function readEvents(path: string): Promise<readonly ReadEvent[]> {
  const text = await textOf(path).catch((cause: unknown) => {
    throw new PipelineError('usage', `reading ${nameOf(path)}: ${reasonOf(cause)}`, { path, cause });
  });
  const events = eventsIn(text.replace(/^\uFEFF/, ''));
  if (events.length === 0) throw new PipelineError('usage', `${nameOf(path)} has no event: it is empty`, { path });
  return events;
}

async function textOf(path: string): Promise<string> {
  const { bytes, damage } = decompress(path === STDIN ? await readStdin() : await readFile(path), {
    maxBytes: MOST_BYTES,
  });
  if (damage !== undefined) throw new PipelineError('usage', damage);
  return bytes.toString('utf8');
}

function eventsIn(text: string): readonly ReadEvent[] {
  const whole = parseJson(text);
  if (whole !== undefined) return documentsIn(whole.value).map((event) => ({ event }));
  return text.split('\n').flatMap((line, index): readonly ReadEvent[] => {
    if (line.trim() === '') return [];
    const parsed = parseJson(line);
    return [parsed === undefined ? { line: index + 1, fault: 'is no JSON' } : { event: parsed.value }];
  });
}

function documentsIn(value: unknown): readonly unknown[] {
  const records = Object.keys(asObject(value) ?? {}).length === 1 ? asList(asObject(value)?.Records) : undefined;
  return asList(value) ?? records ?? [value];
}

/** What messages call a path. */
export function nameOf(path: string): string {
  return path === STDIN ? 'standard input' : path;
}
