/** Finds the digests among listed files, each with the metadata that is kept with it or beside it. */

import type { CopiedFile } from '../../cloudtrail/digests/judge-digest.ts';
import { decompress } from '../../delivery/decompress.ts';
import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { readStoredPlace } from '../../delivery/listing/log-tree.ts';
import { isDigestKind, METADATA_ENDING, metadataOwner, readLogKey, SIGNATURE_ENDING } from '../../delivery/log-key.ts';
import { asObject, parseJson } from '../../delivery/shape.ts';
import { PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';
import type { DigestFile } from './fetch-digests.ts';

/** Where a file is: its bucket and key or, on this machine, its path with forward slashes, and the part of it below the path named. */
export interface FilePlace extends CopiedFile {
  readonly bucket?: string | undefined;
}

/** Where the file with this path is, which was found at one of `paths`. */
export function placeOfPath(path: string, paths: readonly string[]): FilePlace {
  const stored = readStoredPlace(path);
  if (stored !== undefined) return { bucket: stored.bucket, key: stored.prefix };
  const key = path.replaceAll('\\', '/');
  const named = paths.map((one) => one.replaceAll('\\', '/').replace(/\/+$/, ''));
  const root = named.find((one) => key.startsWith(`${one}/`) || key.startsWith(`${one}!/`));
  const below = root === undefined ? undefined : key.slice(root.length).replace(/^!?\//, '');
  return { key, below: below?.replace(/^.*!\//s, '') };
}

/** The digests that are wanted, in the order of the listing, and what of the listing failed. */
export async function listDigests(
  listed: AsyncIterable<FoundLog>,
  paths: readonly string[],
  isWanted: (key: string) => boolean,
): Promise<{ readonly digests: readonly DigestFile[]; readonly rejected: readonly Rejected[] }> {
  const files: LogFile[] = [];
  const beside = new Map<string, LogFile>();
  const rejected: Rejected[] = [];
  for await (const found of listed) {
    if (found.kind === 'rejected') rejected.push({ path: found.path, reason: found.reason });
    if (found.kind !== 'skipped' || found.file === undefined) continue;
    const { key } = placeOfPath(found.path, paths);
    if (metadataOwner(key) !== undefined) beside.set(found.path, found.file);
    else if (isDigestKind(readLogKey(key).kind) && isWanted(key)) files.push(found.file);
  }
  return { digests: files.map((file) => digestFile(file, placeOfPath(file.path, paths), beside)), rejected };
}

const MAX_METADATA_BYTES = 64 * 1024;

function digestFile(file: LogFile, place: FilePlace, beside: ReadonlyMap<string, LogFile>): DigestFile {
  if (file.fetch !== undefined) return { ...place, fetch: file.fetch };
  const metadata = beside.get(`${file.path}${METADATA_ENDING}`);
  const signature = beside.get(`${file.path}${SIGNATURE_ENDING}`);
  return {
    ...place,
    fetch: async (limits) => ({ bytes: await file.read(limits), metadata: await readMetadata(metadata, signature) }),
  };
}

async function readMetadata(
  metadata: LogFile | undefined,
  signature: LogFile | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (metadata !== undefined) return parseMetadata(await textOf(metadata), metadata.path);
  if (signature === undefined) return {};
  return { signature: (await textOf(signature)).trim(), 'signature-algorithm': 'SHA256withRSA' };
}

/** The text of a small file. An entry of a zip is read packed, as a gzip. Throws PipelineError `log-unreadable` for a damaged one. */
async function textOf(file: LogFile): Promise<string> {
  const limits = { maxBytes: MAX_METADATA_BYTES };
  const { bytes, damage } = decompress(await file.read(limits), limits);
  if (damage !== undefined)
    throw new PipelineError('log-unreadable', `reading ${file.path}: ${damage}`, { path: file.path });
  return bytes.toString('utf8');
}

/** An object's user metadata with lower-case names. Throws PipelineError `log-unreadable` for anything but a JSON object. */
export function parseMetadata(text: string, path: string): Readonly<Record<string, string>> {
  const fields = asObject(parseJson(text)?.value);
  if (fields === undefined)
    throw new PipelineError('log-unreadable', `${path} is not valid metadata: expected a JSON object`, { path });
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), String(value)]));
}
