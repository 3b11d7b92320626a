/** The port through which log objects are read, and how to read one that a notification names. */

import { PipelineError } from '../errors.ts';
import type { LogKeyKind } from './log-key.ts';
import type { LogObject } from './log-object.ts';

/** An object as stored in the bucket, still compressed. */
export interface FetchedLog {
  readonly bytes: Buffer;
  /** The length of the whole object, where `bytes` is only its beginning. */
  readonly cutFrom?: number | undefined;
  /** True where only logs are delivered, so that one in a form that we don't read is named and not taken for another service's file. */
  readonly foundAsLog?: boolean | undefined;
  /** Lower-case user metadata (`signature`, `signature-algorithm` on digests). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly eTag?: string | undefined;
  /** How many requests it took: more than one where the store was asked to slow down, or did not answer. Absent where that is not known. */
  readonly attempts?: number | undefined;
}

/** How much to fetch. */
export interface FetchOptions extends ReadLimits {
  /** Return the beginning of a longer object: its first `maxBytes`, but no more than `MOST_BEGINNING_BYTES`. @default false */
  readonly orBeginning?: boolean | undefined;
}

/** The longest log file that CloudTrail delivers has 50 MB. What is longer was put there by somebody else, and several are read at once. */
export const MOST_BEGINNING_BYTES: number = 64 * 1024 * 1024;

/** Where log objects are read from: S3, or a folder that stands in for a bucket. */
export interface LogStore {
  /**
   * Fetches one object. Throws PipelineError `log-missing` when it does not exist, `log-too-large` when it is longer than `maxBytes`
   * (before reading all of it) and `orBeginning` is not set, `log-unreadable` otherwise.
   */
  fetch(object: LogObject, options: FetchOptions): Promise<FetchedLog>;
  /** The objects under a prefix in the byte order of their keys, after `startAfter`. Pages are fetched on demand. */
  list(
    bucket: string,
    prefix: string,
    options?: { readonly startAfter?: string | undefined },
  ): AsyncIterable<LogObject>;
  /** The prefixes one level below `prefix` (`Delimiter: '/'`), in byte order. */
  folders(bucket: string, prefix: string): Promise<readonly string[]>;
  /** The path of an object that is a local file, by which people find it. @default every object is in S3 */
  readonly localPathOf?: ((object: LogObject) => string | undefined) | undefined;
}

/**
 * Fetches an object that a notification names. When nothing exists under its key, tries the alternative reading of the key. Throws
 * what the store throws; the error for the first key when neither exists.
 */
export async function fetchLog(
  store: Pick<LogStore, 'fetch'>,
  object: LogObject,
  options: FetchOptions,
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

/** A file that seems to be a log and hasn't been read. */
export interface LogFile {
  /** Its name for people: a path, `archive.zip!/entry`, `s3://bucket/key`. */
  readonly path: string;
  /** Its stored size in bytes. */
  readonly size: number;
  /** A value that changes with its content (an ETag, a modification time, a checksum), if known without reading it. */
  readonly version?: string | undefined;
  /** True for an archive that was asked for as one file. */
  readonly isArchive?: true | undefined;
  /**
   * Its stored bytes, still compressed. Throws PipelineError `log-missing`, `log-too-large` past `maxBytes`, or `log-unreadable`, also
   * for an encrypted or damaged archive entry.
   */
  read(limits: ReadLimits): Promise<Buffer>;
  /** The same with the metadata that the bucket keeps with it. Absent where files have none. */
  readonly fetch?: ((limits: ReadLimits) => Promise<FetchedLog>) | undefined;
  /** The same at once, for a small file on this machine: a promise would cost more than the read. Absent where reading can take long. */
  readonly readNow?: ((limits: ReadLimits) => Buffer) | undefined;
  /** Its stored bytes piece by piece, for a file that is too long to hold. Absent where only `read` is possible. */
  readonly readPieces?: ((limits: ReadLimits) => AsyncGenerator<Buffer, void, undefined>) | undefined;
}

/** The most stored bytes to read. */
export interface ReadLimits {
  readonly maxBytes: number;
}

/**
 * Why a file is skipped: it is one of CloudTrail's other kinds of files, or not a log; or a link is not followed, or leads to a folder that
 * was read already.
 */
export type SkippedKind =
  | Exclude<LogKeyKind, 'log' | 'other'>
  | 'not-a-log'
  | 'link'
  | 'repeated-folder'
  | 'repeated-file';

/** What was found at a path: a log, a file that is skipped and counted, or one that was asked for and cannot be read. */
export type FoundLog =
  | { readonly kind: 'log'; readonly file: LogFile }
  /** `file` is set for digests and the files with their metadata. */
  | { readonly kind: 'skipped'; readonly path: string; readonly why: SkippedKind; readonly file?: LogFile | undefined }
  | { readonly kind: 'rejected'; readonly path: string; readonly reason: string };
