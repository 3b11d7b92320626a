/** Log files on this machine: files, folders and zips, found lazily and always in the same order. */

import { readFileSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { readArchive } from '../delivery/archive.ts';
import type { FoundLog, LogFile } from '../delivery/fetch-log.ts';
import { compareBytes, fileKindOf, HEAD_BYTES, kindOfHead } from '../delivery/log-file.ts';
import { messageOf, PipelineError } from '../errors.ts';

/**
 * The log files at the paths, in the order of the paths and, within a folder, in the byte order in which S3 would list it.
 *
 * A file named by its path is a log whatever its ending (unless its name says that it is another file of CloudTrail's); in folders
 * its ending decides, or how it begins. A path that is missing, a folder that may not be read, a zip that cannot be opened comes back as `rejected`
 * with its reason, never as an exception. Links are followed, but not into a folder that contains them.
 */
export async function* openLogs(paths: readonly string[]): AsyncGenerator<FoundLog, void, undefined> {
  for (const path of paths) {
    for await (const entry of walk(path)) yield* foundAt(entry, { named: entry.path === path });
  }
}

/** A file or a fault met on a walk; `stats` is absent with a fault. */
export type WalkEntry =
  | { readonly path: string; readonly stats: Stats }
  | { readonly path: string; readonly fault: unknown };

/**
 * Every file at or below a path, folders in place of their names with a `/` behind, so that the paths come in byte order. Faults are
 * entries of their own. A folder is entered only where `enter` allows it.
 */
export async function* walk(
  path: string,
  enter: (folder: string) => boolean = () => true,
  above: ReadonlySet<string> = new Set(),
): AsyncGenerator<WalkEntry, void, undefined> {
  const stats = statsOf(path);
  if (!isStats(stats)) yield stats;
  else if (!stats.isDirectory()) yield { path, stats };
  else if (above.has(identityOf(stats))) yield { path, fault: new Error('the link leads back to a folder above it') };
  else if (enter(path)) {
    const names = await namesIn(path);
    if (!Array.isArray(names)) yield names;
    else for (const name of names) yield* walk(join(path, name), enter, new Set([...above, identityOf(stats)]));
  }
}

type Fault = Extract<WalkEntry, { readonly fault: unknown }>;

/** Waits for the disk: a round through the thread pool costs several times what the answer does, for every file of a folder. */
function statsOf(path: string): Stats | Fault {
  try {
    return statSync(path);
  } catch (fault) {
    return { path, fault };
  }
}

const isStats = (value: Stats | Fault): value is Stats => !('fault' in value);

const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** The names in a folder, sorted as if those of folders ended in `/`: `a.json` comes before what is in `a`. */
async function namesIn(path: string): Promise<string[] | Fault> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const sortable = entries.map((entry) => {
      const folder = entry.isSymbolicLink() ? isFolder(join(path, entry.name)) : entry.isDirectory();
      return { name: entry.name, sortName: folder ? `${entry.name}/` : entry.name };
    });
    return sortable.toSorted((one, other) => compareBytes(one.sortName, other.sortName)).map(({ name }) => name);
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
  { named }: { readonly named: boolean },
): AsyncGenerator<FoundLog, void, undefined> {
  if ('fault' in entry) {
    yield { kind: 'rejected', path: entry.path, reason: reasonOf(entry.fault) };
    return;
  }
  const { path, stats } = entry;
  // A pipe or a device has no length; it is read when the user names it.
  if (!stats.isFile() && !named) {
    yield { kind: 'skipped', path, why: 'not-a-log' };
    return;
  }
  const kind = fileKindOf(resolve(path).split(sep).join('/'), stats.isFile() ? { named, size: stats.size } : { named });
  if (kind !== 'log' && kind !== 'archive' && kind !== 'by-content') yield { kind: 'skipped', path, why: kind };
  else if (stats.isFile() && (named || kind !== 'log')) yield* foundByContent(path, stats, kind === 'by-content');
  else yield { kind: 'log', file: fileAt(path, stats) };
}

/** A file that may be an archive, or not even a log: its first bytes decide. One called `.zip` that is none is read as a log. */
async function* foundByContent(
  path: string,
  stats: Stats,
  doubtful: boolean,
): AsyncGenerator<FoundLog, void, undefined> {
  try {
    const kind = kindOfHead(await headOf(path));
    if (kind === 'archive') yield* await readArchive(path);
    else if (kind === 'not-a-log' && doubtful) yield { kind: 'skipped', path, why: kind };
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
  return {
    path,
    size: stats.size,
    version: String(stats.mtimeMs),
    read: ({ maxBytes }) => readFileWithin(path, maxBytes),
  };
}

/**
 * A file's bytes. Throws PipelineError `log-missing`, `log-too-large` past `maxBytes` (a pipe is read no further either),
 * `log-unreadable` otherwise.
 */
export async function readFileWithin(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const known = statSync(path);
    if (known.isFile() && known.size <= Math.min(SMALL_BYTES, maxBytes)) return readFileSync(path);
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isFile() && stats.size > maxBytes) throw tooLong(path, stats.size, maxBytes);
    return stats.isFile() ? await file.readFile() : await readPipe(file, path, maxBytes);
  } catch (fault) {
    if (fault instanceof PipelineError) throw fault;
    const code = errnoOf(fault) === 'ENOENT' || errnoOf(fault) === 'ENOTDIR' ? 'log-missing' : 'log-unreadable';
    throw new PipelineError(code, `reading ${path}: ${reasonOf(fault)}`, { path, cause: fault });
  }
}

/** Files up to here are read at once, without the thread pool: see `statsOf`. */
const SMALL_BYTES = 4 * 1024 * 1024;

async function readPipe(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of file.createReadStream() as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > maxBytes) throw tooLong(path, length, maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

function tooLong(path: string, length: number, maxBytes: number): PipelineError {
  return new PipelineError(
    'log-too-large',
    `reading ${path}: ${length} bytes are more than the ${maxBytes} that are read`,
    { path },
  );
}

function errnoOf(fault: unknown): unknown {
  return fault instanceof Error && 'code' in fault ? fault.code : undefined;
}

/** A system's fault in words, its path left out since the reader has it already. */
function reasonOf(fault: unknown): string {
  switch (errnoOf(fault)) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'it may not be read (permission denied)';
    case 'ELOOP':
      return 'its links lead in a circle';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return messageOf(fault);
  }
}
