/** Reads configuration files: in the working directory for the command line, next to the program for a Lambda function. */

import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '../errors.ts';

/** The file's text; undefined if there is no such file. Throws ConfigError if it exists and cannot be read. */
export async function readConfigFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(path, [{ path: '', message: `cannot be read: ${messageOf(cause)}` }], { cause });
  }
}

/** Like `readConfigFile`, but also throws ConfigError if the file is missing. */
export async function readNamedConfigFile(path: string): Promise<string> {
  const text = await readConfigFile(path);
  if (text === undefined) throw new ConfigError(path, [{ path: '', message: 'there is no such file' }]);
  return text;
}
