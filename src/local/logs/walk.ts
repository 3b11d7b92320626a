/** Walks folders on this machine, in the order in which S3 would list them. */

import { type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareBytes } from '../../delivery/log-file.ts';

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
  /** The identities of the folders that were entered already. They are not entered again. @default none */
  readonly entered?: Set<string> | undefined;
}

/**
 * Every file at or below a path, in byte order: a folder sorts as its name with a trailing `/`. Errors are entries too, and links that
 * are not followed. No folder is entered twice: links could lead through the same folders again and again.
 */
export async function* walk(
  path: string,
  { enter = () => true, follow = false, entered = new Set() }: WalkOptions = {},
): AsyncGenerator<WalkEntry, void, undefined> {
  // One generator with a stack of folders: a generator for each folder would pass every file on through all of them.
  const open: OpenFolder[] = [{ names: [{ name: path, kind: 'other' }], next: 0 }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const named = folder.names[folder.next];
    folder.next += 1;
    if (named === undefined) {
      open.pop();
      continue;
    }
    const { name, kind } = named;
    const at = folder.path === undefined ? name : join(folder.path, name);
    if (kind === 'link' && !follow) {
      yield { path: at, link: 'link' };
      continue;
    }
    const stats = statsOf(at);
    if (!isStats(stats)) yield stats;
    else if (kind === 'file' || !stats.isDirectory()) yield { path: at, stats };
    else if (entered.has(identityOf(stats))) yield { path: at, link: 'repeated-folder' };
    else if (enter(at)) {
      entered.add(identityOf(stats));
      const names = await namesIn(at, follow);
      if ('fault' in names) yield names;
      else open.push({ path: at, names, next: 0 });
    }
  }
}

/** A folder that is being walked. */
interface OpenFolder {
  /** Undefined for what is above the path itself. */
  readonly path?: string | undefined;
  readonly names: readonly NamedEntry[];
  next: number;
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
  readonly kind: 'file' | 'link' | 'other';
}

/** The names in a folder, sorted as if folder names ended in `/`: `a.json` comes before the content of `a`. */
async function namesIn(path: string, follow: boolean): Promise<readonly NamedEntry[] | Fault> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const sortable = entries.map((entry) => {
      const { name } = entry;
      if (entry.isFile()) return { name, kind: 'file', sortName: name } as const;
      const isLink = entry.isSymbolicLink();
      const folder = isLink ? follow && isFolder(join(path, name)) : entry.isDirectory();
      return { name, kind: isLink ? 'link' : 'other', sortName: folder ? `${name}/` : name } as const;
    });
    return sortable.toSorted((one, other) => compareBytes(one.sortName, other.sortName));
  } catch (fault) {
    return { path, fault };
  }
}

/** True for a folder, and for a link to one; false for anything else and for nothing. */
export function isFolder(path: string): boolean {
  const stats = statsOf(path);
  return isStats(stats) && stats.isDirectory();
}
