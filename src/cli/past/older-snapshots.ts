/** Reads the files of `--older-snapshot`: the account as it was at earlier times. */

import { PipelineError } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { OlderSnapshot, UsableOlder } from '../../pipeline/past/older-accounts.ts';
import type { Rejected } from '../../report/report.ts';
import { accountReadAt, type World } from '../world.ts';
import type { ReadPast } from './read-past.ts';

/** What the files show, and their parts that could not be read or are of no use. */
export interface OlderSnapshots {
  readonly snapshots: readonly OlderSnapshot[];
  readonly problems: readonly Rejected[];
}

/** The account that the files are older than. */
export interface NewerAccount {
  readonly world: World;
  /** `--account`; undefined for a live account. */
  readonly path: string | undefined;
  readonly now: Date;
}

/**
 * Reads the files. Throws PipelineError `usage` for one that does not say when it was read, is not older than the account, or shows no account
 * and region of it, and `snapshot-invalid` for one that is no snapshot.
 */
export async function readOlderSnapshots(
  paths: readonly string[] | undefined,
  { world, path: accountPath, now }: NewerAccount,
): Promise<OlderSnapshots> {
  if (paths === undefined || paths.length === 0) return { snapshots: [], problems: [] };
  if (world.kind === 'records')
    throw new PipelineError(
      'usage',
      '--older-snapshot is compared with the account as it is now: give --account SNAPSHOT.json, or AWS credentials',
    );
  const newer = accountReadAt(world, now);
  if (newer === undefined)
    throw new PipelineError(
      'usage',
      `${accountPath} does not say when it was read ("readAt"), so it is not known whether --older-snapshot is older; "mirrorwatch snapshot" writes a file that does`,
    );
  const scopes = new Set((await world.source.scopes()).map(scopeKey));
  const read = await Promise.all(
    paths.map((path) => readOne(path, { newer, name: accountPath ?? 'the account', scopes })),
  );
  return { snapshots: read.flatMap(({ snapshots }) => snapshots), problems: read.flatMap(({ problems }) => problems) };
}

interface Newer {
  readonly newer: Date;
  readonly name: string;
  /** By `scopeKey`. */
  readonly scopes: ReadonlySet<string>;
}

async function readOne(path: string, { newer, name, scopes }: Newer): Promise<OlderSnapshots> {
  const { openSnapshotAccount } = await import('../../local/account/snapshot-account.ts');
  const { source, readAt, problems } = await openSnapshotAccount(path);
  const refuse = (reason: string): PipelineError =>
    new PipelineError('usage', `--older-snapshot ${path} ${reason}`, { path });
  if (readAt === undefined)
    throw refuse(
      'does not say when it was read ("readAt"), so it is not known which calls came after it; "mirrorwatch snapshot" writes a file that does',
    );
  if (readAt >= newer)
    throw refuse(`was read at ${readAt.toISOString()}, not before ${name}, which was read at ${newer.toISOString()}`);
  const shown = await source.scopes();
  const matching = shown.filter((scope) => scopes.has(scopeKey(scope)));
  const has = `${name} has ${[...scopes].toSorted().join(', ')}`;
  if (matching.length === 0)
    throw refuse(`is of another account: it shows ${shown.map(scopeKey).join(', ') || 'none'}, and ${has}`);
  const inventories = await Promise.all(
    matching.map((scope) => source.load(scope, { kind: 'all' }, { mirroring: true })),
  );
  return {
    snapshots: inventories.map((inventory) => ({ inventory, readAt, path })),
    problems: [
      ...problems.map(({ path: at, message }) => ({
        path: `${path}: ${at}`,
        reason: message,
        of: 'snapshot' as const,
      })),
      ...shown
        .filter((scope) => !matching.includes(scope))
        .map((scope) => ({
          path: `${path}: ${scopeKey(scope)}`,
          reason: `is not used, since ${has}`,
          of: 'snapshot' as const,
        })),
    ],
  };
}

/** The times of the records that were read. */
export type RecordedTimes = Pick<ReadPast, 'spans' | 'widenTo'>;

/** The snapshots that the logs, or what the ledger keeps, reach back behind. Reads the logs again if their calls alone do not show that. */
export async function olderWithin(
  snapshots: readonly OlderSnapshot[],
  {
    past,
    kept,
    now,
  }: { readonly past: RecordedTimes; readonly kept: Pick<Ledger, 'runs'> | undefined; readonly now: Date },
): Promise<UsableOlder> {
  const { recordedSince, usableOlder, lookBegins } = await import('../../pipeline/past/older-accounts.ts');
  if (snapshots.length > 0)
    await past.widenTo(
      lookBegins(snapshots),
      snapshots.map(({ inventory }) => inventory),
    );
  return usableOlder(snapshots, await recordedSince(past.spans, snapshots.length > 0 ? kept : undefined, now));
}
