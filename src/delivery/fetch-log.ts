/** The port through which log objects are read, and the one way to read one that a notification named. */

import { PipelineError } from '../errors.ts';
import type { LogKeyKind } from './log-key.ts';
import type { LogObject } from './log-object.ts';

/** A whole object as it lies in the bucket, still compressed. */
export interface FetchedLog {
  readonly bytes: Buffer;
  /** Lower-case user metadata (`signature`, `signature-algorithm` on digests). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly eTag?: string | undefined;
}

export interface LogStore {
  /**
   * One object. Throws PipelineError `log-missing` when it does not exist, `log-too-large` when it is longer than `maxBytes`
   * (before it is read whole), `log-unreadable` otherwise.
   */
  fetch(object: LogObject, options: { readonly maxBytes: number }): Promise<FetchedLog>;
  /** Keys under a prefix in byte order, after `startAfter`; pages are read as they are asked for. */
  list(bucket: string, prefix: string, options?: { readonly startAfter?: string }): AsyncIterable<LogObject>;
  /** The prefixes one level below `prefix` (`Delimiter: '/'`), in byte order. */
  folders(bucket: string, prefix: string): Promise<readonly string[]>;
}

/**
 * An object of a notification, under the key in the reading its sender uses or, where there is none, in the other reading. Throws
 * what the store throws, of the first key when neither exists.
 */
export async function fetchLog(
  store: Pick<LogStore, 'fetch'>,
  object: LogObject,
  options: { readonly maxBytes: number },
): Promise<FetchedLog> {
  try {
    return await store.fetch(object, options);
  } catch (fault) {
    if (object.alternativeKey === undefined || !isMissing(fault)) throw fault;
    try {
      return await store.fetch({ ...object, key: object.alternativeKey }, options);
    } catch (second) {
      throw isMissing(second) ? fault : second;
    }
  }
}

const isMissing = (fault: unknown): boolean => fault instanceof PipelineError && fault.code === 'log-missing';

/** A file that is taken for a log, not yet read. */
export interface LogFile {
  /** What a person calls it: a path, `archive.zip!/entry`. */
  readonly path: string;
  /** In bytes as it lies there. */
  readonly size: number;
  /** What changes when its content does (an ETag, a time of change, a checksum), where that is known without reading it. */
  readonly version?: string | undefined;
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
