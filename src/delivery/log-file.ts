/** Decides which files of a folder or an archive are logs, by name or by first bytes. */

import { decompress, MAX_DEFLATE_RATIO, viewOf } from './decompress.ts';
import type { SkippedKind } from './fetch-log.ts';
import { formOf, isTar } from './forms/file-form.ts';
import { isOfOtherService } from './listing/log-tree.ts';
import { readLogKey } from './log-key.ts';
import { isZstd, packingOf } from './packing.ts';

/** Files with these endings are logs, unopened. If the content is something else, the scan says so. */
const LOG_NAME = /\.(?:json|jsonl|ndjson|log|gz|zst)$/i;
const TAR_NAME = /\.(?:tar|tar\.gz|tgz|tar\.zst|tzst)$/i;
const ARCHIVE_NAME = /\.zip$/i;

/** How many bytes of a file decide whether it is a log, when its name doesn't. */
export const HEAD_BYTES = 4096;

/**
 * What a file is, by its name. CloudTrail's other files (digests, insights) are known by their names and folders. Any other file with
 * a log's ending is a log, and so is any file the user `named`. For the rest the answer is `by-content`: ask `kindOfHead`.
 */
export function fileKindOf(
  path: string,
  { named, size }: { readonly named: boolean; readonly size?: number | undefined },
): 'log' | 'archive' | 'by-content' | SkippedKind {
  if (isLeftover(path) && !named) return 'not-a-log';
  const { kind } = readLogKey(path.replaceAll('\\', '/'), size);
  if (kind !== 'other' && kind !== 'log') return kind;
  if (ARCHIVE_NAME.test(path) || TAR_NAME.test(path)) return 'archive';
  return named || LOG_NAME.test(path) ? 'log' : 'by-content';
}

/**
 * What a file is, by its first `HEAD_BYTES`. JSON that starts with an object or a list of objects is a log, gzipped or not. So is a form
 * that we don't read but logs are kept in: the scan names it, and says what to do.
 */
export function kindOfHead(head: Buffer): 'log' | 'archive' | 'tar' | 'not-a-log' {
  if (packingOf(head) === 'zip') return 'archive';
  const content = contentOfHead(head);
  if (isTar(content)) return 'tar';
  const form = formOf(content);
  const mayBe = form.kind === 'parquet' || (form.kind === 'refused' && form.mayHoldLogs);
  return isReadable(head) || mayBe ? 'log' : 'not-a-log';
}

/** True for a file that is named as a tar archive packed with Zstandard and is so packed. Its first bytes show no more. */
export function isPackedTar(path: string, head: Buffer): boolean {
  return TAR_NAME.test(path) && isZstd(head);
}

const contentOfHead = (head: Buffer): Buffer => decompress(head, { maxBytes: HEAD_BYTES * MAX_DEFLATE_RATIO }).bytes;

/** True for content that the scan reads: JSON from the start, also after a time or a syslog header, or packed otherwise or twice. */
function isReadable(head: Buffer): boolean {
  const bytes = contentOfHead(head);
  const { kind } = formOf(bytes);
  if (kind === 'gzip' || kind === 'zstd' || kind === 'prefixed') return true;
  return /^\uFEFF?\s*(?:\[\s*)?\{\s*["}]/.test(bytes.subarray(0, HEAD_BYTES).toString('utf8'));
}

/**
 * True for a delivered object that is no log by its key or, if the key does not tell, by its content: buckets of trails are shared with
 * AWS Config, flow logs, access logs. A log's ending outside of another service's folder promises a log, whatever the content.
 */
export function isForeignFile(key: string, bytes: Buffer): boolean {
  if (isOfOtherService(key)) return true;
  const kind = fileKindOf(key, { named: false });
  if (kind !== 'by-content') return kind === 'not-a-log';
  const head = bytes.subarray(0, HEAD_BYTES);
  return packingOf(head) !== 'zip' && !isReadable(head);
}

/** macOS adds a metadata file beside each file it packs or copies: `__MACOSX/…`, `._name`. */
const isLeftover = (path: string): boolean => /(?:^|[/\\])(?:__MACOSX[/\\]|\._[^/\\]*$)/.test(path);

/**
 * Compares two names in byte order, as S3 lists keys: negative when `one` comes first. JavaScript's own comparison differs past
 * U+FFFF.
 */
export function compareBytes(one: string, other: string): number {
  return Buffer.compare(viewOf(Buffer.from(one)), viewOf(Buffer.from(other)));
}

/** Why an archive's name for a file must not be shown or used as a path; undefined for a good one. We never write a file under it. */
export function unsafeName(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name)) return 'leads out of the archive';
  if (/^[/\\]|^[A-Za-z]:/.test(name)) return 'is an absolute path';
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u.test(name) ? 'contains unprintable characters' : undefined;
}
