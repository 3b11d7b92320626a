/** The files of a plan or of a result in a folder. */

import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { compareBytes } from '../../delivery/log-file.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { HistoryStore, StoredFileInfo } from '../../history/history-store.ts';

/** Names that begin so are being written, or were left by a process that died while it wrote. */
const UNFINISHED = '.unfinished-';

/** A store in this folder, which is made when something is written. Names that lead out of it are refused as `usage`. */
export function historyFolder(path: string): HistoryStore {
  const place = path.replace(/(?<=[^/])\/+$/, '');
  // The folder stays the same when the process goes to another one.
  const folder = resolve(place);
  const within = (name: string): string => {
    const file = resolve(folder, name);
    if (name === '' || !file.startsWith(folder + sep))
      throw new PipelineError('usage', `${JSON.stringify(name)} is no name of a file in ${place}`, { path: place });
    return file;
  };
  return {
    place,
    async read(name) {
      try {
        return await readFile(within(name));
      } catch (fault) {
        if (codeOf(fault) === 'ENOENT') return undefined;
        throw unusable(`${place}/${name} could not be read`, fault);
      }
    },
    async readRange(name, start, end) {
      const file = within(name);
      try {
        await using handle = await open(file);
        const bytes = Buffer.alloc(Math.max(0, end - start));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      } catch (fault) {
        if (codeOf(fault) === 'ENOENT')
          throw new PipelineError('log-missing', `${place}/${name} does not exist`, { path: file, cause: fault });
        throw unusable(`${place}/${name} could not be read`, fault);
      }
    },
    async write(name, bytes, { once = false } = {}) {
      const file = within(name);
      const unfinished = join(dirname(file), `${UNFINISHED}${randomUUID()}`);
      try {
        await mkdir(dirname(file), { recursive: true });
        // On the disk before it has its name: else a file can be empty after a loss of power.
        await writeFile(unfinished, bytes, { flush: true });
        if (!once) {
          await rename(unfinished, file);
          return true;
        }
        // A link is made only where there is no file yet, also when two try at the same time; a rename would replace it.
        return await link(unfinished, file).then(
          () => true,
          (fault: unknown) => {
            if (codeOf(fault) === 'EEXIST') return false;
            throw fault;
          },
        );
      } catch (fault) {
        throw unusable(`${place}/${name} could not be written`, fault);
      } finally {
        // What is left here is no file of the store, and where nothing could be written nothing is left.
        await rm(unfinished, { force: true }).catch(() => undefined);
      }
    },
    list: (prefix) => filesBelow(folder, prefix),
  };
}

/** The files below a folder whose names begin with a prefix. A folder that is not there holds none. */
async function* filesBelow(place: string, prefix: string): AsyncGenerator<StoredFileInfo> {
  yield* walk('');
  async function* walk(folder: string): AsyncGenerator<StoredFileInfo> {
    const entries = await readdir(join(place, folder), { withFileTypes: true }).catch((fault: unknown) => {
      if (codeOf(fault) === 'ENOENT') return [];
      throw unusable(`${join(place, folder)} could not be listed`, fault);
    });
    const named = entries.map((entry) => ({
      isFolder: entry.isDirectory(),
      name: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
    }));
    for (const { isFolder, name } of named.toSorted((one, other) => compareBytes(one.name, other.name))) {
      if (isFolder && (name.startsWith(prefix) || prefix.startsWith(name))) yield* walk(name);
      if (isFolder || !name.startsWith(prefix) || isUnfinished(name)) continue;
      const found = await stat(join(place, name)).catch(() => undefined);
      if (found?.isFile()) yield { name, size: found.size };
    }
  }
}

function unusable(what: string, cause: unknown): PipelineError {
  return new PipelineError('output-failed', `${what}: ${messageOf(cause)}`, { cause });
}

const codeOf = (fault: unknown): unknown => (fault as NodeJS.ErrnoException).code;

const isUnfinished = (name: string): boolean => name.slice(name.lastIndexOf('/') + 1).startsWith(UNFINISHED);
