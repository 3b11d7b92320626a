/** The world a command works in: a snapshot file, live AWS, or the records alone. */

import { uniqueBy } from '../collections.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { MirrorWriter } from '../remediation/apply-plan.ts';
import type { SensorLauncher } from '../remediation/sensors/sensor-launcher.ts';
import type { Rejected } from '../report/report.ts';
import { usableScopes } from './checks/snapshot-scopes.ts';
import type { Connect } from './connection.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';

interface OpenedWorld {
  readonly source: InventorySource;
  /** When a snapshot was read, if it says so; absent for live AWS, which is read as it is now. */
  readonly readAt?: Date | undefined;
  /** The parts of the account that could not be read on opening. */
  readonly problems: readonly Rejected[];
  /** Writes pending changes to disk and closes all files and connections. */
  close(): Promise<void>;
}

/** An account in which sessions and sensors can be created: a snapshot's copy, or live AWS. */
export interface AccountWorld extends OpenedWorld {
  readonly kind: 'snapshot' | 'aws';
  /** The file that a snapshot's changes go to; absent for live AWS. */
  readonly copyPath?: string | undefined;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
}

/** Log records without an account: nothing can be created, and mirroring can't be judged. */
export interface RecordsWorld extends OpenedWorld {
  readonly kind: 'records';
  readonly writer?: undefined;
  readonly launcher?: undefined;
}

/** What a command judges and, if there is an account, may change. */
export type World = AccountWorld | RecordsWorld;

export interface WorldOptions extends Pick<CommonOptions, 'account'> {
  /** Where to write the changed copy of a snapshot. @default beside the snapshot */
  readonly save?: string | undefined;
  /** Opens a snapshot as it is, without the changes that `mirror apply` simulated in its copy: no record shows them. */
  readonly original?: boolean | undefined;
}

/** The file in which `mirror apply` keeps the changed copy of a snapshot. */
function copyPathOf(snapshotPath: string): string {
  return `${snapshotPath.replace(/\.json$/i, '')}.applied.json`;
}

/**
 * Opens the account that `--account` names. Throws if the snapshot can't be used or describes no account, if live AWS is meant and
 * there are no credentials, and for `none`: without records there would be nothing to judge.
 */
export async function openWorld(
  options: WorldOptions,
  config: Config,
  connect: Connect,
  log: Log,
): Promise<AccountWorld> {
  if (options.account === 'none')
    throw new PipelineError(
      'usage',
      '--account none: this command needs an account; give --account SNAPSHOT.json, or leave it out for live AWS',
    );
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
 * Like `openWorld`, but falls back to the records, with a note, when there are no AWS credentials: an auditor may have the logs
 * and no access to the account.
 */
export async function openWorldOrRecords(
  options: WorldOptions,
  config: Config,
  connect: Connect,
  log: Log,
): Promise<World> {
  if (options.account === 'none') return recordsWorld();
  if (options.account !== undefined) return openWorld(options, config, connect, log);
  const { hasCredentials } = await import('../aws/credentials.ts');
  if (await hasCredentials()) return liveWorld(connect);
  log.note('no --account and no AWS credentials: judging by the records alone; mirroring is not judged');
  return recordsWorld();
}

/** When the account was read that changes are taken back from: now, if it is live. */
export function accountReadAt({ kind, readAt }: Pick<World, 'kind' | 'readAt'>, now: Date): Date | undefined {
  return kind === 'aws' ? now : readAt;
}

/** The accounts and regions to read. */
export interface ChosenScopes {
  readonly scopes: readonly Scope[];
  /** What was asked for and is not in the account, or could not be found out. */
  readonly absent: readonly Rejected[];
  /** What of the organization is not read because AWS lets nobody read it. */
  readonly notes: readonly string[];
}

/** The accounts and regions of a world, restricted to `regions` if given. Throws PipelineError `usage` when none is left. */
export async function scopesOf({ source }: World, regions: readonly string[] | undefined): Promise<ChosenScopes> {
  const all = await source.scopes();
  const leftOut = (await source.leftOut?.()) ?? [];
  const notes = leftOut.filter(({ unknown }) => !unknown).map(({ path, reason }) => `${path} ${reason}`);
  const notFound = leftOut
    .filter(({ unknown }) => unknown)
    .map(({ path, reason }): Rejected => ({ path, reason, of: 'account' }));
  if (regions === undefined) return { scopes: all, absent: notFound, notes };
  const wanted = all.filter(({ region }) => regions.includes(region));
  const known = uniqueBy(all, ({ region }) => region).map(({ region }) => region);
  const has = known.length === 0 ? 'no regions' : known.join(', ');
  if (wanted.length === 0)
    throw new PipelineError(
      'usage',
      `--regions ${regions.join(',')}: none of these is in the account, which has ${has}`,
    );
  const reason = `is not in the account, which has ${has}`;
  return {
    scopes: wanted,
    notes,
    absent: [
      ...notFound,
      ...regions.filter((region) => !known.includes(region)).map((region) => ({ path: `--regions ${region}`, reason })),
    ],
  };
}

/** The part of the configuration that can be judged in a world: records alone don't show mirroring. */
export function judgeableConfig(config: Config, { kind }: World): Config {
  return kind === 'records' ? { ...config, mirroring: null } : config;
}

async function liveWorld(connect: Connect): Promise<AccountWorld> {
  const { inventory, writer, launcher } = await connect();
  return { kind: 'aws', source: inventory, writer, launcher, problems: [], close: async () => undefined };
}

async function recordsWorld(): Promise<RecordsWorld> {
  const { recordsAlone } = await import('../local/account/records-alone.ts');
  return { kind: 'records', source: recordsAlone(), problems: [], close: async () => undefined };
}

async function snapshotWorld(
  path: string,
  { save, original = false }: WorldOptions,
  config: Config,
  log: Log,
): Promise<AccountWorld> {
  const { openSnapshotAccount } = await import('../local/account/snapshot-account.ts');
  const savePath = save ?? copyPathOf(path);
  const account = await openSnapshotAccount(path, { savePath: original ? undefined : savePath });
  if (account.continued) log.note(`resuming with ${savePath}, the copy of ${path} in which sessions were created`);
  const unread = account.problems.map(
    ({ path: at, message }): Rejected => ({ path: `${path}: ${at}`, reason: message, of: 'snapshot' }),
  );
  const { source, problems } = await usableScopes(path, account.source, log);
  if ((await source.scopes()).length === 0) {
    for (const problem of [...unread, ...problems]) log.rejected(problem);
    const message = `${path} describes no account and region, so nothing could be judged: its list "regions" has no usable entry`;
    throw new PipelineError('snapshot-invalid', message, { path });
  }
  return {
    kind: 'snapshot',
    copyPath: savePath,
    source,
    readAt: account.readAt,
    writer: account.writer,
    launcher: account.launcher,
    problems: [...unread, ...problems, ...(await absentLists(path, source, config))],
    close: () => account.close(),
  };
}

/** Lists needed to judge mirroring, with their names in a snapshot. Transit gateways and endpoints aren't listed: few accounts have them. */
const MIRROR_LISTS = [
  ['networkInterfaces', 'NetworkInterfaces'],
  ['securityGroups', 'SecurityGroups'],
  ['networkAcls', 'NetworkAcls'],
  ['subnets', 'Subnets'],
  ['routeTables', 'RouteTables'],
  ['vpcPeeringConnections', 'VpcPeeringConnections'],
  ['prefixLists', 'PrefixLists'],
  ['trafficMirrorTargets', 'TrafficMirrorTargets'],
  ['trafficMirrorFilters', 'TrafficMirrorFilters'],
  ['trafficMirrorSessions', 'TrafficMirrorSessions'],
  ['loadBalancers', 'LoadBalancers'],
  ['listeners', 'Listeners'],
] as const;

/** Lists that the configuration needs and the snapshot lacks. Whatever depends on them is unknown, so they are reported. */
async function absentLists(path: string, source: InventorySource, { mirroring }: Config): Promise<readonly Rejected[]> {
  const judged = mirroring !== null && mirroring.mode !== 'off';
  const needed = [['instances', 'Reservations'] as const, ...(judged ? MIRROR_LISTS : [])];
  const absent: Rejected[] = [];
  for (const scope of await source.scopes()) {
    const inventory = await source.load(scope, { kind: 'all' }, { mirroring: judged });
    for (const [list, snapshotName] of needed) {
      // A list that is there but unreadable is reported elsewhere, with its own reason.
      if (inventory[list] !== undefined || inventory.unread?.[list] !== undefined) continue;
      const reason = 'is not in the file, so whatever depends on it is unknown (an empty list means there are none)';
      absent.push({ path: `${path}: ${scopeKey(scope)} ${snapshotName}`, reason, of: 'snapshot' });
    }
  }
  return absent;
}
