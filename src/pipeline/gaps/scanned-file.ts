/** What is kept of a scanned file: its line in the manifest, and what of it could not be read. */

import type { InputManifestEntry } from '../../ledger/ledger.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { FileEnd } from '../objects/file-end.ts';

const MAX_DAMAGE_CHARS = 300;

/** The file's line in the manifest of inputs, with what is wrong with it. */
export function manifestEntryOf(path: string, end: FileEnd): InputManifestEntry {
  const { sha256 = '', packedBytes, bytes, records, rejectedCount, damage } = end;
  return {
    path,
    sha256,
    bytes: packedBytes,
    records,
    inflatedBytes: bytes,
    ...(rejectedCount > 0 && { rejected: rejectedCount }),
    ...(damage !== undefined && { damage: damage.slice(0, MAX_DAMAGE_CHARS) }),
  };
}

/** The manifest's line for a file of zero bytes. Without it, someone who compares the list with the folder would miss a file. */
export function emptyFileEntry(path: string): InputManifestEntry {
  return { path, sha256: SHA256_OF_NOTHING, bytes: 0, records: 0, inflatedBytes: 0, skipped: 'empty' };
}

const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What could not be read of a file: values that are not records, and records that are missing. */
export function rejectedIn(path: string, { rejected, rejectedCount, damage }: FileEnd): readonly Rejected[] {
  const unnamed = rejectedCount - rejected.length;
  return [
    ...rejected.map(({ index, reason }) => ({ path: `${path}#${index}`, reason })),
    ...(unnamed > 0 ? [{ path, reason: `${unnamed} more values that are not records` }] : []),
    ...(damage === undefined ? [] : [{ path, reason: damage }]),
  ];
}
