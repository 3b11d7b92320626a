/** The port through which plans and results are read and written: a folder, or a prefix in a bucket. */

/** A file below a store's place. */
export interface StoredFileInfo {
  /** Relative to the place, with `/` between folders. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** A place for the files of a plan or of a result. Every method throws PipelineError or AwsCallError when the place cannot be reached. */
export interface HistoryStore {
  /** For people: `s3://bucket/prefix` or a folder's path, without a `/` at its end. */
  readonly place: string;
  /** A file whole; undefined when there is none. */
  read(name: string): Promise<Buffer | undefined>;
  /** The bytes from `start` up to before `end`. Throws PipelineError `log-missing` when there is no such file. */
  readRange(name: string, start: number, end: number): Promise<Buffer>;
  /**
   * Writes a file whole: a reader sees all of it or none. With `once`, returns false and changes nothing when there is one already, also
   * when two write at the same time; otherwise replaces it and returns true.
   */
  write(name: string, bytes: Uint8Array, options?: { readonly once?: boolean | undefined }): Promise<boolean>;
  /** The files whose name begins with this, in the byte order of their names. */
  list(prefix: string): AsyncIterable<StoredFileInfo>;
}
