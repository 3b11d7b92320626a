/** Which world a command works in: a snapshot file, live AWS, or the records alone. */

import { readFile } from 'node:fs/promises';
import type { Publisher } from '../alert/send-alert.ts';
import type { Config } from '../config.ts';
import { ConfigError, messageOf, PipelineError } from '../errors.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MirrorWriter } from '../remediation/apply-plan.ts';
import type { Rejected } from '../report/report.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';

/** The ports a command may need; what a world cannot do is absent. */
export interface World {
  readonly kind: 'snapshot' | 'aws' | 'records';
  readonly source: InventorySource;
  readonly writer?: MirrorWriter;
  /** What of the account could not be read when it was opened. */
  readonly problems: readonly Rejected[];
  /** Ends what the world holds open; changes are on disk afterwards. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Where the changed copy of a snapshot goes; beside the snapshot when absent. */
  readonly save?: string;
}

/** The file in which `mirror apply` keeps the changed copy of a snapshot. */
export function copyPathOf(snapshotPath: string): string {
  return `${snapshotPath.replace(/\.json$/i, '')}.applied.json`;
}

/** Reads the configuration that the options name, or `config.json` here; without one, the defaults. Throws ConfigError. */
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

/** Opens the world that `--account` names. Throws when a snapshot cannot be used, or live AWS was asked for without credentials. */
export async function openWorld(options: CommonOptions & WorldOptions, config: Config, log: Log): Promise<World> {
  if (options.account === 'none') return recordsWorld();
  if (options.account !== undefined) return snapshotWorld(options.account, options, log);
  const { openAws } = await import('../aws/ports.ts');
  const aws = await openAws(config);
  return { kind: 'aws', source: aws.inventory, writer: aws.writer, problems: [], close: async () => undefined };
}

/**
 * As `openWorld`, but a command that can do without an account does so, with a note, when there are no AWS credentials: an
 * auditor with logs and no access is its user too.
 */
export async function openWorldOrRecords(
  options: CommonOptions & WorldOptions,
  config: Config,
  log: Log,
): Promise<World> {
  if (options.account !== undefined) return openWorld(options, config, log);
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (await hasCredentials()) return openWorld(options, config, log);
  log.note('no --account and no AWS credentials: the records alone decide, and mirroring is not judged');
  return recordsWorld();
}

async function recordsWorld(): Promise<World> {
  const { recordsAlone } = await import('../local/records-alone.ts');
  return { kind: 'records', source: recordsAlone(), problems: [], close: async () => undefined };
}

async function snapshotWorld(path: string, { save }: WorldOptions, log: Log): Promise<World> {
  const { openSnapshotAccount } = await import('../local/snapshot-account.ts');
  const savePath = save ?? copyPathOf(path);
  const account = await openSnapshotAccount(path, { savePath });
  if (account.continued) log.note(`going on with ${savePath}, the copy of ${path} in which sessions were created`);
  return {
    kind: 'snapshot',
    source: account.source,
    writer: account.writer,
    problems: account.problems.map(({ path: at, message }) => ({ path: `${path}: ${at}`, reason: message })),
    close: () => account.close(),
  };
}

/** A ledger with what ends it. */
export type OpenLedger = Ledger & { close(): Promise<void> };

/** Opens the ledger that `--ledger` names: an SQLite file, or `dynamodb://TABLE`. */
export async function openLedger(location: string, config: Config): Promise<OpenLedger> {
  const table = /^dynamodb:\/\/(.+)$/.exec(location)?.[1];
  if (table === undefined) {
    const { openSqliteLedger } = await import('../local/sqlite-ledger.ts');
    const ledger = openSqliteLedger(location);
    return { ...ledger, close: async () => ledger.close() };
  }
  const { openAws } = await import('../aws/ports.ts');
  const aws = await openAws(config);
  return { ...aws.ledger(table), close: async () => undefined };
}

/** Where mail goes: a folder, or the configured topic. Throws when there is neither. */
export async function openPublisher(folder: string | undefined, config: Config, now: () => Date): Promise<Publisher> {
  if (folder !== undefined) {
    const { mailFolder } = await import('../local/mail-folder.ts');
    return mailFolder(folder, now);
  }
  if (config.alertTopicArn === undefined)
    throw new PipelineError(
      'usage',
      'there is nowhere to send mail to: give --mail FOLDER, or alertTopicArn in the configuration',
    );
  const { openAws } = await import('../aws/ports.ts');
  const aws = await openAws(config);
  return aws.publisher(config.alertTopicArn);
}
