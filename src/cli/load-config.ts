/** Reads the configuration file that the options name. */

import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { ConfigError, messageOf } from '../errors.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';

/** Reads the configuration that `--config` names, or `config.json` in this folder; the defaults if there is none. Throws ConfigError. */
export async function loadConfig({ config: path }: Pick<CommonOptions, 'config'>, log: Log): Promise<Config> {
  const { parseConfig } = await import('../config.ts');
  const chosen = path ?? 'config.json';
  let text: string;
  try {
    text = await readFile(chosen, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (path === undefined && missing) {
      log.note('no config.json here: no tag is required and mirroring is off; "mirrorwatch config init" writes one');
      return parseConfig('{}', 'the defaults');
    }
    throw new ConfigError(
      chosen,
      [{ path: '', message: missing ? 'there is no such file' : `cannot be read: ${messageOf(cause)}` }],
      { cause },
    );
  }
  return parseConfig(text, chosen);
}
