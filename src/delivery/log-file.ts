/** Which files of a folder or an archive are taken for logs, by their names or by how they begin. */

import { decompress, MAX_DEFLATE_RATIO, packingOf, viewOf } from './decompress.ts';
import type { SkippedKind } from './fetch-log.ts';
import { readLogKey } from './log-key.ts';

/** Endings of files that are taken for logs unseen; what is wrong with their content is for the scan to say. */
const LOG_NAME = /\.(?:json|jsonl|ndjson|log|gz)$/i;
const ARCHIVE_NAME = /\.zip$/i;

/** How much of a file decides whether it is a log where its name does not. */
export const HEAD_BYTES = 4096;

/**
 * What a file's name says it is. CloudTrail's other files (digests, insights) are told by their names and folders; any other file
 * with an ending that logs have is a log, whatever it is called, and so is any that was `named` by the user. For the rest the name
 * decides nothing: `by-content` asks `kindOfHead`.
 */
export function fileKindOf(
  path: string,
  { named, size }: { readonly named: boolean; readonly size?: number },
): 'log' | 'archive' | 'by-content' | SkippedKind {
  if (isLeftover(path) && !named) return 'not-a-log';
  const { kind } = readLogKey(path.replaceAll('\\', '/'), size);
  if (kind !== 'other' && kind !== 'log') return kind;
  if (ARCHIVE_NAME.test(path)) return 'archive';
  return named || LOG_NAME.test(path) ? 'log' : 'by-content';
}

/** What a file's first `HEAD_BYTES` say it is: JSON that begins with an object or a list of them, packed with gzip or not, is a log. */
export function kindOfHead(head: Buffer): 'log' | 'archive' | 'not-a-log' {
  const packing = packingOf(head);
  if (packing === 'zip') return 'archive';
  const { bytes } = decompress(head, { maxBytes: HEAD_BYTES * MAX_DEFLATE_RATIO });
  return /^\uFEFF?\s*(?:\[\s*)?\{\s*["}]/.test(bytes.subarray(0, HEAD_BYTES).toString('utf8')) ? 'log' : 'not-a-log';
}

/** macOS puts a twin of its own beside each file it packs or copies: `__MACOSX/…`, `._name`. */
const isLeftover = (path: string): boolean => /(?:^|[/\\])(?:__MACOSX[/\\]|\._[^/\\]*$)/.test(path);

/**
 * Byte order of two names, as S3 lists keys: negative when `one` comes first. JavaScript's own comparison differs from it beyond
 * U+FFFF.
 */
export function compareBytes(one: string, other: string): number {
  return Buffer.compare(viewOf(Buffer.from(one)), viewOf(Buffer.from(other)));
}
