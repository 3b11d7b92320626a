/** Reads the configuration file that the options name. */

import { readFile } from 'node:fs/promises';
import { plural } from '../collections.ts';
import type { Config } from '../config.ts';
import { ConfigError, messageOf, type Problem } from '../errors.ts';
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
  const chosen = path ?? 'config.json';
  const text = await configTextAt(chosen, { optional: path === undefined });
  if (text === undefined) {
    log.note('no config.json here: no tag is required and mirroring is off; "mirrorwatch config init" writes one');
    return (await readConfig('{}', 'the defaults', now)).config();
  }
  const { config, doubts } = await readConfig(text, chosen, now);
  const read = config();
  if (doubts.length > 0)
    log.note(`${chosen}: ${plural(doubts.length, 'doubtful value')}; "mirrorwatch config validate" lists them`);
  return read;
}

/** The configuration's value as it is written, for what has to be kept of it; an empty object without a file. Throws ConfigError. */
export async function loadWrittenConfig({ config: path }: Pick<CommonOptions, 'config'>): Promise<unknown> {
  const chosen = path ?? 'config.json';
  const text = await configTextAt(chosen, { optional: path === undefined });
  if (text === undefined) return {};
  const { readConfigText } = await import('../config/config-text.ts');
  return readConfigText(text, chosen).value;
}

/** Reads the configuration and warns of every doubtful value, even if it cannot be used. Throws ConfigError with every problem. */
export async function validateConfig(path: string, now: Date, log: Log): Promise<Config> {
  const text = await configTextAt(path, { optional: false });
  const { config, doubts } = await readConfig(text ?? '', path, now);
  for (const { path: at, message } of doubts) log.warn(`${path}: ${at}: ${message}`);
  const read = config();
  const { doubtsOfRules, costsOfRules, deliveryOfRules } = await import('./rules/rule-notes.ts');
  for (const { path: at, message } of doubtsOfRules(read.watch)) log.warn(`${path}: ${at}: ${message}`);
  for (const { path: at, message } of [...costsOfRules(read.watch), ...deliveryOfRules(read.watch)])
    log.note(`${path}: ${at}: ${message}`);
  return read;
}

/** The doubts about a text, and the configuration in it; `config` throws ConfigError if it cannot be used. */
async function readConfig(
  text: string,
  source: string,
  now: Date,
): Promise<{ readonly config: () => Config; readonly doubts: readonly Problem[] }> {
  const [{ configOf }, { readConfigText }, { doubtsIn }] = await Promise.all([
    import('../config.ts'),
    import('../config/config-text.ts'),
    import('../config/doubts.ts'),
  ]);
  const read = readConfigText(text, source);
  return { config: () => configOf(read, source), doubts: doubtsIn(read.value, now) };
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
