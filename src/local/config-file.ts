/** A configuration file as text: in the working directory for the command line, beside the program for a function. */

import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '../errors.ts';

/** The text of the file; undefined when there is none. Throws ConfigError with its path when it is there and cannot be read. */
export async function readConfigFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(path, [{ path: '', message: `cannot be read: ${messageOf(cause)}` }], { cause });
  }
}

/** As `readConfigFile`, but a file that is missing is a fault. */
export async function readNamedConfigFile(path: string): Promise<string> {
  const text = await readConfigFile(path);
  if (text === undefined) throw new ConfigError(path, [{ path: '', message: 'there is no such file' }]);
  return text;
}
