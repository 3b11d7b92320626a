/** A record as a result keeps it: what can be asked about it, and the record itself. */

/**
 * A record that was asked for. Its fields are those of CloudTrail, except where said; undefined where the record lacks one or has something
 * else than text there.
 */
export interface KeptRecord {
  /** The account that it happened in, as findings say it; empty when neither the record nor its file says. */
  readonly accountId: string;
  /** `awsRegion`; empty when the record has none. */
  readonly region: string;
  /** Of `eventTime`, in UTC: `2026-11-23`; empty when that is no time. */
  readonly day: string;
  /** Milliseconds since 1970 in UTC; undefined when it is no time. */
  readonly eventTime: number | undefined;
  readonly eventID: string | undefined;
  readonly eventSource: string | undefined;
  readonly eventName: string | undefined;
  /** Who called, for people, as findings name callers. */
  readonly actor: string | undefined;
  /** `userIdentity.arn`. */
  readonly actorArn: string | undefined;
  /** Everything by which people may know who called: names, ARNs, sessions. */
  readonly callers: readonly string[];
  readonly sourceIPAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly errorCode: string | undefined;
  /** The ids (`i-…`) and ARNs that are values anywhere in the record, each once, in order of appearance. */
  readonly resources: readonly string[];
  /** The log file that it lies in, as `scan` names it. */
  readonly logFile: string;
  /** The place of that file among the files of its shard, from 0. */
  readonly fileIndex: number;
  /** Its position among the file's values, from 0. */
  readonly index: number;
  /** The record's own JSON on one line. */
  readonly json: string;
}
