/** Which world a command works in: a snapshot file, live AWS, or the records alone. */

import { access, readFile } from 'node:fs/promises';
import type { Publisher } from '../alert/send-alert.ts';
import type { AwsPorts } from '../aws/ports.ts';
import type { Config } from '../config.ts';
import { ConfigError, messageOf, PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MirrorWriter } from '../remediation/apply-plan.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import type { Rejected } from '../report/report.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';

/** The ports a command may need; what a world cannot do is absent. */
export interface World {
  readonly kind: 'snapshot' | 'aws' | 'records';
  readonly source: InventorySource;
  readonly writer?: MirrorWriter | undefined;
  readonly launcher?: SensorLauncher | undefined;
  /** What of the account could not be read when it was opened. */
  readonly problems: readonly Rejected[];
  /** Ends what the world holds open; changes are on disk afterwards. */
  close(): Promise<void>;
}

export interface WorldOptions extends Pick<CommonOptions, 'account'> {
  /** Where the changed copy of a snapshot goes; beside the snapshot when absent. */
  readonly save?: string | undefined;
}

/** The connection to live AWS: made by the first call, the same for every other of the command. */
export type Connect = () => Promise<AwsPorts>;

/** How a command reaches AWS; nothing is loaded or asked before it does. `regions` are those that a sweep covers. */
export function connectionTo(
  config: Partial<Pick<Config, 'region' | 'assumeRole' | 'trail'>>,
  { regions }: { readonly regions?: readonly string[] | undefined } = {},
): Connect {
  let opened: Promise<AwsPorts> | undefined;
  return () => {
    opened ??= import('../aws/ports.ts').then(({ openAws }) =>
      openAws(
        { trail: { buckets: [], topics: [], accounts: [] }, ...config },
        { pathStyle: Boolean(process.env.AWS_ENDPOINT_URL), ...(regions && { regions }) },
      ),
    );
    return opened;
  };
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
export async function openWorld(options: WorldOptions, config: Config, connect: Connect, log: Log): Promise<World> {
  if (options.account === 'none') return recordsWorld();
  if (options.account !== undefined) return snapshotWorld(options.account, options, config, log);
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (!(await hasCredentials()))
    throw new PipelineError(
      'usage',
      'there are no AWS credentials: give --account SNAPSHOT.json to judge an account from a file, or set up credentials',
    );
  return liveWorld(connect);
}

/**
 * As `openWorld`, but a command that can do without an account does so, with a note, when there are no AWS credentials: an
 * auditor with logs and no access is its user too.
 */
export async function openWorldOrRecords(
  options: WorldOptions,
  config: Config,
  connect: Connect,
  log: Log,
): Promise<World> {
  if (options.account !== undefined) return openWorld(options, config, connect, log);
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (await hasCredentials()) return liveWorld(connect);
  log.note('no --account and no AWS credentials: the records alone decide, and mirroring is not judged');
  return recordsWorld();
}

/** The accounts and regions of a world, only those of `regions` where any are named. Throws PipelineError `usage` when none is left. */
export async function scopesOf({ source }: World, regions: readonly string[] | undefined): Promise<readonly Scope[]> {
  const all = await source.scopes();
  if (regions === undefined) return all;
  const wanted = all.filter(({ region }) => regions.includes(region));
  if (wanted.length > 0) return wanted;
  const known = [...new Set(all.map(({ region }) => region))].join(', ');
  throw new PipelineError('usage', `--regions ${regions.join(',')}: the account has ${known || 'no region'}`);
}

/** The configuration as it can be followed: the records alone say nothing about mirroring. */
export function followable(config: Config, { kind }: World): Config {
  return kind === 'records' ? { ...config, mirroring: null } : config;
}

async function liveWorld(connect: Connect): Promise<World> {
  const { inventory, writer, launcher } = await connect();
  return { kind: 'aws', source: inventory, writer, launcher, problems: [], close: async () => undefined };
}

async function recordsWorld(): Promise<World> {
  const { recordsAlone } = await import('../local/account/records-alone.ts');
  return { kind: 'records', source: recordsAlone(), problems: [], close: async () => undefined };
}

async function snapshotWorld(path: string, { save }: WorldOptions, config: Config, log: Log): Promise<World> {
  const { openSnapshotAccount } = await import('../local/account/snapshot-account.ts');
  const savePath = save ?? copyPathOf(path);
  const account = await openSnapshotAccount(path, { savePath });
  if (account.continued) log.note(`going on with ${savePath}, the copy of ${path} in which sessions were created`);
  const unread = account.problems.map(({ path: at, message }) => ({ path: `${path}: ${at}`, reason: message }));
  return {
    kind: 'snapshot',
    source: account.source,
    writer: account.writer,
    launcher: account.launcher,
    problems: [...unread, ...(await absentLists(path, account.source, config))],
    close: () => account.close(),
  };
}

/** Lists that judging mirroring may need, as a snapshot names them. Those of transit gateways and endpoints are for the few who have them. */
const MIRROR_LISTS = {
  networkInterfaces: 'NetworkInterfaces',
  securityGroups: 'SecurityGroups',
  networkAcls: 'NetworkAcls',
  subnets: 'Subnets',
  routeTables: 'RouteTables',
  vpcPeeringConnections: 'VpcPeeringConnections',
  prefixLists: 'PrefixLists',
  trafficMirrorTargets: 'TrafficMirrorTargets',
  trafficMirrorFilters: 'TrafficMirrorFilters',
  trafficMirrorSessions: 'TrafficMirrorSessions',
  loadBalancers: 'LoadBalancers',
  listeners: 'Listeners',
} as const;

/** What a snapshot leaves out and the configuration asks about: what depends on it is unknown, and that is said. */
async function absentLists(path: string, source: InventorySource, { mirroring }: Config): Promise<readonly Rejected[]> {
  const judged = mirroring !== null && mirroring.mode !== 'off';
  const wanted = { instances: 'Reservations', ...(judged && MIRROR_LISTS) } as const;
  const absent: Rejected[] = [];
  for (const scope of await source.scopes()) {
    const inventory = await source.load(scope, { kind: 'all' }, { mirroring: judged });
    for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
      // A list that is there and cannot be read has a reason of its own.
      if (inventory[name] !== undefined || inventory.unread?.[name] !== undefined) continue;
      const reason = 'is not in the file: what depends on it is unknown (an empty list says that there are none)';
      absent.push({ path: `${path}: ${scopeKey(scope)} ${wanted[name]}`, reason });
    }
  }
  return absent;
}

/** A ledger with what ends it. */
export type OpenLedger = Ledger & { close(): Promise<void> };

/** Opens the ledger that `--ledger` names: an SQLite file, made when it is missing unless it must be `existing`, or `dynamodb://TABLE`. */
export async function openLedger(
  location: string,
  connect: Connect,
  { existing = false }: { readonly existing?: boolean } = {},
): Promise<OpenLedger> {
  const table = /^dynamodb:\/\/(.+)$/.exec(location)?.[1];
  if (table !== undefined) return { ...(await connect()).ledger(table), close: async () => undefined };
  if (existing && !(await isThere(location))) {
    const message = `there is no ledger at ${location}; scan or audit with --ledger makes one`;
    throw new PipelineError('usage', message, { path: location });
  }
  const { openSqliteLedger } = await import('../local/sqlite-ledger.ts');
  const ledger = openSqliteLedger(location);
  return { ...ledger, close: async () => ledger.close() };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Where mail goes: a folder, or the configured topic where `folder` is empty. Throws when there is neither. */
export async function openPublisher(
  folder: string,
  { alertTopicArn }: Config,
  now: () => Date,
  connect: Connect,
): Promise<Publisher> {
  if (folder !== '') {
    const { mailFolder } = await import('../local/mail-folder.ts');
    return mailFolder(folder, now);
  }
  if (alertTopicArn === undefined)
    throw new PipelineError(
      'usage',
      'there is nowhere to send mail to: give --mail FOLDER, or alertTopicArn in the configuration',
    );
  return (await connect()).publisher(alertTopicArn);
}
