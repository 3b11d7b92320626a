/** Reads the configuration file that the options name. */

import { readFile } from 'node:fs/promises';
import { plural } from '../collections.ts';
import type { Config } from '../config.ts';
import { ConfigError, messageOf } from '../errors.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';

/**
 * Reads the configuration that `--config` names, or `config.json` in this folder; the defaults if there is none. Notes how many
 * values are doubtful. Throws ConfigError.
 */
export async function loadConfig(
  { config: path, now = new Date() }: Pick<CommonOptions, 'config' | 'now'>,
  log: Log,
): Promise<Config> {
  const { parseConfig } = await import('../config.ts');
  const chosen = path ?? 'config.json';
  const text = await configTextAt(chosen, { optional: path === undefined });
  if (text === undefined) {
    log.note('no config.json here: no tag is required and mirroring is off; "mirrorwatch config init" writes one');
    return parseConfig('{}', 'the defaults');
  }
  const config = parseConfig(text, chosen);
  const doubts = await doubtsInText(text, chosen, now);
  if (doubts.length > 0)
    log.note(`${chosen}: ${plural(doubts.length, 'doubtful value')}; "mirrorwatch config validate" lists them`);
  return config;
}

/** Reads the configuration and warns of every doubtful value, even if it cannot be used. Throws ConfigError with every problem. */
export async function validateConfig(path: string, now: Date, log: Log): Promise<Config> {
  const { parseConfig } = await import('../config.ts');
  const text = (await configTextAt(path, { optional: false })) ?? '';
  for (const { path: at, message } of await doubtsInText(text, path, now)) log.warn(`${path}: ${at}: ${message}`);
  return parseConfig(text, path);
}

async function doubtsInText(text: string, source: string, now: Date): Promise<ConfigError['problems']> {
  const [{ readConfigText }, { doubtsIn }] = await Promise.all([
    import('../config/config-text.ts'),
    import('../config/doubts.ts'),
  ]);
  return doubtsIn(readConfigText(text, source).value, now);
}

/** The text of a file; undefined if it is missing and `optional`. Throws ConfigError. */
async function configTextAt(path: string, { optional }: { readonly optional: boolean }): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && optional) return undefined;
    throw new ConfigError(
      path,
      [{ path: '', message: missing ? 'there is no such file' : `cannot be read: ${messageOf(cause)}` }],
      { cause },
    );
  }
}
