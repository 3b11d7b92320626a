/** `mirrorwatch snapshot`: writes the account's inventory to a file, to be judged by someone without access to the account. */

import type { Command } from 'commander';
import pLimit from 'p-limit';
import { messageOf, PipelineError } from '../../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Rejected } from '../../report/report.ts';
import { checkRegions } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, withConfig, withRegions } from '../options.ts';
import { type OrganizationOption, organizationOption, withOrganization } from '../organization-members.ts';
import { jsonText, print, writeOutput } from '../output.ts';
import { openCounter } from '../terminal/progress.ts';
import { openWorld, scopesOf, type World } from '../world.ts';

interface SnapshotOptions
  extends Pick<CommonOptions, 'account' | 'config' | 'quiet' | 'jsonLogs' | 'now'>,
    OrganizationOption {
  readonly regions?: readonly string[] | undefined;
}

/** Adds `snapshot`. */
export function addSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description("Write the account's inventory to a file for --account.")
    .argument('[file]', 'the file to write (default: stdout)');
  withRegions(command).option(
    '--account <snapshot>',
    'rewrite this snapshot in canonical form, instead of reading live AWS',
  );
  command.addOption(organizationOption());
  withConfig(command)
    .addHelpText(
      'after',
      '\nExamples:\n  mirrorwatch snapshot account.json --regions eu-west-1\n  mirrorwatch snapshot organization.json --organization --config config.json',
    )
    .action(run);
}

async function run(file: string | undefined, options: SnapshotOptions): Promise<void> {
  const log = openLog(options);
  checkRegions(options.regions, log);
  const config = withOrganization(await loadConfig(options, log), options);
  const world = await openWorld(options, config, connectionTo(config, options), log);
  // Dated at the beginning: a change during the read may be missing from it.
  const readAt = world.kind === 'aws' ? (options.now ?? new Date()) : world.readAt;
  const progress = openCounter(process.stderr, options.quiet ?? false, () => Date.now());
  const { inventories, rejected, notes } = await readInventories(world, options.regions, (done, of) =>
    progress.update(done, of, 'regions read'),
  );
  progress.done();
  for (const line of notes) log.note(line);
  for (const input of rejected) log.rejected(input);
  // An empty list of regions would pass for an account with nothing in it.
  if (inventories.length === 0)
    throw new PipelineError(
      'inventory-unreadable',
      `${file ?? 'the snapshot'} was not written: no account and region could be read`,
    );
  for (const inventory of inventories)
    for (const [list, reason] of Object.entries(inventory.unreadForCauses ?? {}))
      log.note(`${scopeKey(inventory)} ${list} is not in it, so fewer causes can be proven: ${reason}`);
  for (const inventory of inventories)
    for (const reason of Object.values(inventory.unreadForHealth ?? {}))
      log.note(`${scopeKey(inventory)} Metrics is not in it, so whether sessions carry packets is unknown: ${reason}`);
  const { toSnapshot } = await import('../../inventory/snapshot.ts');
  const text = jsonText(toSnapshot(inventories, readAt));
  if (file === undefined) await print(text);
  else await writeOutput(file, text, log);
  await world.close();
  process.exitCode = rejected.length > 0 ? INCOMPLETE : CLEAN;
}

/** How many accounts and regions are read at the same time. */
const SCOPES_AT_ONCE = 8;

async function readInventories(
  world: World,
  regions: readonly string[] | undefined,
  onRead: (done: number, of: number) => void,
): Promise<{
  readonly inventories: readonly Inventory[];
  readonly rejected: readonly Rejected[];
  readonly notes: readonly string[];
}> {
  const { scopes, absent, notes } = await scopesOf(world, regions);
  const limit = pLimit(SCOPES_AT_ONCE);
  let done = 0;
  const read = await Promise.all(
    scopes.map((scope) =>
      limit(async () => {
        const one = await readScope(world, scope);
        done += 1;
        onRead(done, scopes.length);
        return one;
      }),
    ),
  );
  return {
    inventories: read.flatMap(({ inventory }) => inventory ?? []),
    rejected: [...world.problems, ...absent, ...read.flatMap(({ rejected }) => rejected)],
    notes,
  };
}

async function readScope(
  { source }: World,
  scope: Scope,
): Promise<{ readonly inventory?: Inventory; readonly rejected: readonly Rejected[] }> {
  try {
    const inventory = await source.load(scope, { kind: 'all' }, { mirroring: true, metrics: true });
    const unread = Object.entries(inventory.unread ?? {});
    return { inventory, rejected: unread.map(([list, reason]) => ({ path: `${scopeKey(scope)} ${list}`, reason })) };
  } catch (error) {
    return { rejected: [{ path: scopeKey(scope), reason: messageOf(error) }] };
  }
}
