/** Finds log files on this machine, in files, folders, zips and tar archives: lazily, and always in the same order. */

import type { Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { readArchive } from '../../delivery/archive.ts';
import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { fileKindOf, HEAD_BYTES, isPackedTar, kindOfHead } from '../../delivery/log-file.ts';
import { isDigestKind } from '../../delivery/log-key.ts';
import { readFilePieces, readFileWithin, readSmallFile, reasonOf, SMALL_BYTES } from '../file-bytes.ts';
import { isFolder, type WalkEntry, walk } from './walk.ts';

/**
 * The log files at the paths, in the order of the paths. Within a folder they come in byte order, as S3 lists them.
 *
 * A file that the user names is a log whatever its extension, unless its name marks it as another kind of CloudTrail file. In
 * folders the extension or the first bytes decide. A missing path, an unreadable folder or a broken zip is returned as `rejected`
 * with a reason, never thrown. A link that the user names is followed. One in a folder is skipped, or with `follow` followed, but no
 * folder is entered twice, and no file read twice: with `opened` not in further calls either.
 */
export async function* openLogs(
  paths: readonly string[],
  { tars = true, follow = false, asOne = false, opened = openingOf(paths) }: OpenOptions = {},
): AsyncGenerator<FoundLog, void, undefined> {
  for (const path of paths) {
    for await (const entry of walk(path, { follow, entered: opened.folders })) {
      const named = entry.path === path;
      if (isRepeated(entry, named, opened)) yield { kind: 'skipped', path: entry.path, why: 'repeated-file' };
      else {
        const found = foundAt(entry, named);
        if ('kind' in found) yield found;
        else yield* foundByContent(found, { tars, asOne });
      }
    }
  }
}

/** What was opened of the paths of a command, which may name a folder twice, or a file and its folder. */
export interface Opening {
  /** The identities of the folders that were entered. */
  readonly folders: Set<string>;
  /** The files that are named, which are read where they are named, and whether they were read. */
  readonly files: Map<string, boolean>;
}

/** Nothing is opened yet. `paths` are all that will be. */
export function openingOf(paths: readonly string[]): Opening {
  const files = paths.filter((path) => !isFolder(path));
  return { folders: new Set(), files: new Map(files.map((path) => [resolve(path), false])) };
}

/** True for a file that is named, where it is found in a folder or named again. */
function isRepeated(entry: WalkEntry, named: boolean, { files }: Opening): boolean {
  if (files.size === 0 || 'link' in entry) return false;
  const path = resolve(entry.path);
  const wasRead = files.get(path);
  if (wasRead === false && named) files.set(path, true);
  return wasRead === true || (wasRead === false && !named);
}

/** What to open. */
export interface OpenOptions {
  /** False rejects tar archives: unlike a zip, one has to be read completely to know what is in it. @default true */
  readonly tars?: boolean | undefined;
  /** Follow the links in folders, wherever they lead. @default false */
  readonly follow?: boolean | undefined;
  /** Archives are not opened: each is one file, marked as `isArchive`. @default false */
  readonly asOne?: boolean | undefined;
  /** What further calls for paths of the same command share. */
  readonly opened?: Opening | undefined;
}

/** A file that its first bytes have to tell. */
interface Unopened {
  readonly path: string;
  readonly stats: Stats;
  /** It may be anything; otherwise it is a log or an archive. */
  readonly mayBeOther: boolean;
}

/** What an entry is by its name. An answer at once: most files of a folder are logs by their names, and a promise for each costs as much as to look at it. */
function foundAt(entry: WalkEntry, named: boolean): FoundLog | Unopened {
  if ('fault' in entry) return { kind: 'rejected', path: entry.path, reason: reasonOf(entry.fault) };
  if ('link' in entry) return { kind: 'skipped', path: entry.path, why: entry.link };
  const { path, stats } = entry;
  // Pipes and devices have no length. They are read only if the user names them.
  if (!stats.isFile() && !named) return { kind: 'skipped', path, why: 'not-a-log' };
  const kind = fileKindOf(resolve(path).split(sep).join('/'), stats.isFile() ? { named, size: stats.size } : { named });
  if (kind !== 'log' && kind !== 'archive' && kind !== 'by-content')
    return { kind: 'skipped', path, why: kind, file: isDigestKind(kind) ? fileAt(path, stats) : undefined };
  if (stats.isFile() && (named || kind !== 'log')) return { path, stats, mayBeOther: kind === 'by-content' };
  return { kind: 'log', file: fileAt(path, stats) };
}

/** A file that may be an archive, or no log: its first bytes decide. A `.zip` that is not a zip is read as a log. */
async function* foundByContent(
  { path, stats, mayBeOther }: Unopened,
  { tars, asOne }: { readonly tars: boolean; readonly asOne: boolean },
): AsyncGenerator<FoundLog, void, undefined> {
  try {
    const head = await headOf(path);
    const kind = isPackedTar(path, head) ? 'tar' : kindOfHead(head);
    if (asOne && (kind === 'archive' || kind === 'tar'))
      yield { kind: 'log', file: { ...fileAt(path, stats), isArchive: true } };
    else if (kind === 'archive') yield* await readArchive(path);
    else if (kind === 'tar' && tars) yield* (await import('./tar-archive.ts')).readTar(path, stats);
    else if (kind === 'tar')
      yield { kind: 'rejected', path, reason: 'tar archives are not opened here: unpack it first, with tar xf' };
    else if (kind === 'not-a-log' && mayBeOther) yield { kind: 'skipped', path, why: kind };
    else yield { kind: 'log', file: fileAt(path, stats) };
  } catch (fault) {
    yield { kind: 'rejected', path, reason: reasonOf(fault) };
  }
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const bytes = new Uint8Array(HEAD_BYTES);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
  return Buffer.from(bytes.buffer, 0, bytesRead);
}

/** A file on this machine, as it was when it was looked at. */
export function fileAt(path: string, stats: Stats): LogFile {
  const isFile = stats.isFile();
  return {
    path,
    size: stats.size,
    version: String(stats.mtimeMs),
    read: ({ maxBytes }) => readFileWithin(path, maxBytes),
    readNow:
      isFile && stats.size <= SMALL_BYTES ? ({ maxBytes }) => readSmallFile(path, stats.size, maxBytes) : undefined,
    readPieces: isFile ? ({ maxBytes }) => readFilePieces(path, maxBytes) : undefined,
  };
}
