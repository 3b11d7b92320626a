/** Finds log files on this machine, in files, folders, zips and tar archives: lazily, and always in the same order. */

import { type Stats, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { readArchive } from '../delivery/archive.ts';
import type { FoundLog, LogFile } from '../delivery/fetch-log.ts';
import { compareBytes, fileKindOf, HEAD_BYTES, isPackedTar, kindOfHead } from '../delivery/log-file.ts';
import { isDigestKind } from '../delivery/log-key.ts';
import { readFilePieces, readFileWithin, readSmallFile, reasonOf, SMALL_BYTES } from './file-bytes.ts';

/**
 * The log files at the paths, in the order of the paths. Within a folder they come in byte order, as S3 lists them.
 *
 * A file that the user names is a log whatever its extension, unless its name marks it as another kind of CloudTrail file. In
 * folders the extension or the first bytes decide. A missing path, an unreadable folder or a broken zip is returned as `rejected`
 * with a reason, never thrown. A link that the user names is followed. One in a folder is skipped, or with `follow` followed, but no
 * folder is entered twice.
 */
export async function* openLogs(
  paths: readonly string[],
  { tars = true, follow = false }: OpenOptions = {},
): AsyncGenerator<FoundLog, void, undefined> {
  for (const path of paths) {
    for await (const entry of walk(path, { follow })) yield* foundAt(entry, { named: entry.path === path, tars });
  }
}

/** What to open. */
export interface OpenOptions {
  /** False rejects tar archives: unlike a zip, one has to be read completely to know what is in it. @default true */
  readonly tars?: boolean | undefined;
  /** Follow the links in folders, wherever they lead. @default false */
  readonly follow?: boolean | undefined;
}

/** A file, a link that is not followed, or an error on the way to it. */
export type WalkEntry =
  | { readonly path: string; readonly stats: Stats }
  | { readonly path: string; readonly link: 'link' | 'repeated-folder' }
  | { readonly path: string; readonly fault: unknown };

/** How to walk. */
export interface WalkOptions {
  /** A folder is entered only if this allows it. @default every folder */
  readonly enter?: ((folder: string) => boolean) | undefined;
  /** Follow links below the path. @default false */
  readonly follow?: boolean | undefined;
}

/**
 * Every file at or below a path, in byte order: a folder sorts as its name with a trailing `/`. Errors are entries too, and links that
 * are not followed. No folder is entered twice: links could lead through the same folders again and again.
 */
export async function* walk(
  path: string,
  { enter = () => true, follow = false }: WalkOptions = {},
): AsyncGenerator<WalkEntry, void, undefined> {
  yield* walkBelow(path, { enter, follow, entered: new Set() }, false);
}

interface Walk {
  readonly enter: (folder: string) => boolean;
  readonly follow: boolean;
  /** The identities of the folders that were entered. */
  readonly entered: Set<string>;
}

async function* walkBelow(path: string, walking: Walk, isLink: boolean): AsyncGenerator<WalkEntry, void, undefined> {
  const { enter, follow, entered } = walking;
  if (isLink && !follow) {
    yield { path, link: 'link' };
    return;
  }
  const stats = statsOf(path);
  if (!isStats(stats)) yield stats;
  else if (!stats.isDirectory()) yield { path, stats };
  else if (entered.has(identityOf(stats))) yield { path, link: 'repeated-folder' };
  else if (enter(path)) {
    entered.add(identityOf(stats));
    const names = await namesIn(path, follow);
    if ('fault' in names) yield names;
    else for (const { name, isLink: isOne } of names) yield* walkBelow(join(path, name), walking, isOne);
  }
}

type Fault = Extract<WalkEntry, { readonly fault: unknown }>;

/** Synchronous, because a trip through the thread pool takes several times as long as the call, for every file of a folder. */
function statsOf(path: string): Stats | Fault {
  try {
    return statSync(path);
  } catch (fault) {
    return { path, fault };
  }
}

const isStats = (value: Stats | Fault): value is Stats => !('fault' in value);

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

interface NamedEntry {
  readonly name: string;
  readonly isLink: boolean;
}

/** The names in a folder, sorted as if folder names ended in `/`: `a.json` comes before the content of `a`. */
async function namesIn(path: string, follow: boolean): Promise<readonly NamedEntry[] | Fault> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const sortable = entries.map((entry) => {
      const isLink = entry.isSymbolicLink();
      const folder = isLink ? follow && isFolder(join(path, entry.name)) : entry.isDirectory();
      return { name: entry.name, isLink, sortName: folder ? `${entry.name}/` : entry.name };
    });
    return sortable.toSorted((one, other) => compareBytes(one.sortName, other.sortName));
  } catch (fault) {
    return { path, fault };
  }
}

function isFolder(path: string): boolean {
  const stats = statsOf(path);
  return isStats(stats) && stats.isDirectory();
}

async function* foundAt(
  entry: WalkEntry,
  { named, tars }: { readonly named: boolean; readonly tars: boolean },
): AsyncGenerator<FoundLog, void, undefined> {
  if ('fault' in entry) {
    yield { kind: 'rejected', path: entry.path, reason: reasonOf(entry.fault) };
    return;
  }
  if ('link' in entry) {
    yield { kind: 'skipped', path: entry.path, why: entry.link };
    return;
  }
  const { path, stats } = entry;
  // Pipes and devices have no length. They are read only if the user names them.
  if (!stats.isFile() && !named) {
    yield { kind: 'skipped', path, why: 'not-a-log' };
    return;
  }
  const kind = fileKindOf(resolve(path).split(sep).join('/'), stats.isFile() ? { named, size: stats.size } : { named });
  if (kind !== 'log' && kind !== 'archive' && kind !== 'by-content')
    yield { kind: 'skipped', path, why: kind, file: isDigestKind(kind) ? fileAt(path, stats) : undefined };
  else if (stats.isFile() && (named || kind !== 'log'))
    yield* foundByContent(path, stats, { mayBeOther: kind === 'by-content', tars });
  else yield { kind: 'log', file: fileAt(path, stats) };
}

/** A file that may be an archive, or no log: its first bytes decide. A `.zip` that is not a zip is read as a log. */
async function* foundByContent(
  path: string,
  stats: Stats,
  { mayBeOther, tars }: { readonly mayBeOther: boolean; readonly tars: boolean },
): AsyncGenerator<FoundLog, void, undefined> {
  try {
    const head = await headOf(path);
    const kind = isPackedTar(path, head) ? 'tar' : kindOfHead(head);
    if (kind === 'archive') yield* await readArchive(path);
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

function fileAt(path: string, stats: Stats): LogFile {
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
