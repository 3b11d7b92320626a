/** The port through which log objects are read. */

import type { LogObject } from './notification.ts';

/** A whole object as it lies in the bucket, still compressed. */
export interface FetchedLog {
  readonly bytes: Buffer;
  /** Lower-case user metadata (`signature`, `signature-algorithm` on digests). */
  readonly metadata: Readonly<Record<string, string>>;
  readonly eTag?: string;
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
