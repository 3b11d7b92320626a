/** How a stored file is packed, by its first bytes. */

/** How a file is packed. */
export type Packing = 'gzip' | 'zip' | 'plain';

/** How a file is packed, by its first bytes: S3 clients and proxies may already have unpacked a `.gz`. */
export function packingOf(bytes: Buffer): Packing {
  if (bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && isZipMark(bytes[2], bytes[3]) ? 'zip' : 'plain';
}

/** True for a file that starts with Zstandard's mark. */
export function isZstd(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === ZSTD_MARK;
}

/** True for a file that starts with Parquet's mark. */
export function isParquet(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === PARQUET_MARK;
}

const ZSTD_MARK = 0xfd2fb528;
/** `PAR1`. */
const PARQUET_MARK = 0x31524150;

/** `PK\3\4` starts an archive with files, `PK\5\6` an empty one. */
const isZipMark = (third: number | undefined, fourth: number | undefined): boolean =>
  (third === 3 && fourth === 4) || (third === 5 && fourth === 6);
