/** A log file wherever it lies (a folder, an archive), and which file names are taken for one. */

import { viewOf } from './decompress.ts';
import { type LogKeyKind, readLogKey } from './log-key.ts';

/** A file that is taken for a log, not yet read. */
export interface LogFile {
  /** What a person calls it: a path, `archive.zip!/entry`. */
  readonly path: string;
  /** In bytes as it lies there. */
  readonly size: number;
  /**
   * Its bytes as they lie there, still compressed. Throws PipelineError `log-missing`, `log-too-large` when they are more than
   * `maxBytes`, `log-unreadable` (an archive's entry that is encrypted or damaged, too).
   */
  read(limits: { readonly maxBytes: number }): Promise<Buffer>;
}

/** Why a file is not read: a kind of CloudTrail's other files, or a file of nobody's concern. */
export type SkippedKind = Exclude<LogKeyKind, 'log' | 'other'> | 'not-a-log';

/** What was found at a place: a log, a file that is passed over and counted, or one that was asked for and cannot be had. */
export type FoundLog =
  | { readonly kind: 'log'; readonly file: LogFile }
  | { readonly kind: 'skipped'; readonly path: string; readonly why: SkippedKind }
  | { readonly kind: 'rejected'; readonly path: string; readonly reason: string };

/** Endings of files that may hold records. */
const LOG_NAME = /\.(?:json|jsonl|ndjson|log|gz)$/i;
const ARCHIVE_NAME = /\.zip$/i;

/**
 * What a file's name says it is. CloudTrail's other files (digests, insights) are told by their names and folders; any other file
 * with an ending that logs have is a log, whatever it is called. A file that was `named` by the user is one without such an ending, too.
 */
export function fileKindOf(
  path: string,
  { named, size }: { readonly named: boolean; readonly size?: number },
): 'log' | 'archive' | SkippedKind {
  const { kind } = readLogKey(path.replaceAll('\\', '/'), size);
  if (kind !== 'other' && kind !== 'log') return isLeftover(path) ? 'not-a-log' : kind;
  if (ARCHIVE_NAME.test(path)) return 'archive';
  return named || (LOG_NAME.test(path) && !isLeftover(path)) ? 'log' : 'not-a-log';
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
