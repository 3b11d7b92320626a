/** What is kept of a scanned file: its line in the manifest, and what of it could not be read. */

import type { InputManifestEntry } from '../../ledger/ledger.ts';
import type { Rejected } from '../../ledger/reading.ts';
import type { FileEnd } from '../scan-packed.ts';

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

/** What could not be read of a file: values that are not records, and records that are missing. */
export function rejectedIn(path: string, { rejected, rejectedCount, damage }: FileEnd): readonly Rejected[] {
  const unnamed = rejectedCount - rejected.length;
  return [
    ...rejected.map(({ index, reason }) => ({ path: `${path}#${index}`, reason })),
    ...(unnamed > 0 ? [{ path, reason: `${unnamed} more values that are not records` }] : []),
    ...(damage === undefined ? [] : [{ path, reason: damage }]),
  ];
}
