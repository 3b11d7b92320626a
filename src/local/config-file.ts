/** Reads configuration files next to the program. */

import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '../errors.ts';

/** The file's text. Throws ConfigError, with the path, if the file is missing or cannot be read. */
export async function readNamedConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing ? 'there is no such file' : `cannot be read: ${messageOf(cause)}`;
    throw new ConfigError(path, [{ path: '', message }], { cause });
  }
}
