/** What a scan says about a file, apart from its records: counts, damage, checksum. */

import { createHash } from 'node:crypto';
import type { KnownKind, LogScan, Rejected, Wanted, WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import { type Inflated, viewOf } from '../../delivery/decompress.ts';
import { PipelineError } from '../../errors.ts';
import { newestEventIn } from './newest-event.ts';

/** The result of scanning a file, apart from its records. */
export interface FileEnd {
  /** The size as stored: compressed, if the file is. */
  readonly packedBytes: number;
  /** The size after decompression. */
  readonly bytes: number;
  readonly records: number;
  readonly skipped: Readonly<Partial<Record<KnownKind, number>>>;
  /** Values that are not records: the first hundred. `rejectedCount` counts all. */
  readonly rejected: readonly Rejected[];
  readonly rejectedCount: number;
  readonly warnings: readonly string[];
  /** Why records may be missing: the file is unreadable, cut off, damaged or too large. Its complete records were returned. */
  readonly damage?: string | undefined;
  /** True if nothing in it is a record or of a known kind, and its content is no cut-off or damaged log either. */
  readonly isForeign?: true | undefined;
  /** Of the stored bytes, in hex. Absent unless requested. */
  readonly sha256?: string | undefined;
  /** The newest `eventTime` in it, as `newestEventIn` finds it. Absent unless requested. */
  readonly newestEvent?: string | undefined;
}

/** How to scan. */
export interface ScanSettings {
  readonly wanted: Wanted;
  readonly maxLogBytes: number;
  readonly sha256: boolean;
  /** Whether to look for the newest `eventTime`, which takes up to a third as long again. @default false */
  readonly newestEvent?: boolean | undefined;
}

/** Some of a file's wanted records. The last piece has the end. */
export interface FilePiece {
  readonly wanted: readonly WantedRecord[];
  readonly end?: FileEnd | undefined;
}

/** What is known of a file's stored bytes. */
export type Stored = Pick<FileEnd, 'packedBytes' | 'sha256'>;

const isForeign = true as const;

/** For a form that is not a log's. */
export function foreignBy(fault: unknown): Pick<FileEnd, 'isForeign'> {
  return fault instanceof PipelineError && fault.code === 'not-a-log' ? { isForeign } : {};
}

/** True for content without a record or a known kind. Of a damaged log there is at least a word left that only logs have. */
function holdsNothing({ records, rejectedCount, skipped, incomplete }: LogScan, { bytes, damage }: Inflated): boolean {
  if (records > 0 || damage !== undefined || Object.keys(skipped).length > 0) return false;
  return incomplete === undefined ? rejectedCount > 0 : !WORDS.some((word) => bytes.includes(word));
}

const WORDS = ['"Records"', '"event'] as const;

/** The result for a file that could not be read. */
export function failedEnd(reason: string, packedBytes: number): FileEnd {
  return {
    packedBytes,
    bytes: 0,
    records: 0,
    skipped: {},
    rejected: [],
    rejectedCount: 0,
    warnings: [],
    damage: reason,
  };
}

/** The checksum of a file that is held, if the settings ask for it. */
export function checksumOf(packed: Buffer, { sha256 }: Pick<ScanSettings, 'sha256'>): Pick<FileEnd, 'sha256'> {
  return sha256 ? { sha256: createHash('sha256').update(viewOf(packed)).digest('hex') } : {};
}

/** The end of a file that was scanned whole. */
export function endOf(scan: LogScan, inflated: Inflated, stored: Stored, settings: ScanSettings): FileEnd {
  const foreign = holdsNothing(scan, inflated) ? { isForeign } : {};
  const newest = settings.newestEvent === true ? { newestEvent: newestEventIn(inflated.bytes) } : {};
  return { ...countsOf(scan, inflated.damage), ...foreign, bytes: inflated.bytes.length, ...stored, ...newest };
}

/** What a scan counted, and why records may be missing: the fault of the file before that of its content. */
export function countsOf(scan: LogScan, fault: string | undefined): Omit<FileEnd, 'packedBytes' | 'bytes' | 'sha256'> {
  const { wanted: _, incomplete, ...counts } = scan;
  const damage = fault ?? incomplete;
  return damage === undefined ? counts : { ...counts, damage };
}
