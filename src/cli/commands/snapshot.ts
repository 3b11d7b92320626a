/** `mirrorwatch snapshot`: writes the account's inventory to a file, to be judged by someone without access to the account. */

import type { Command } from 'commander';
import { messageOf, PipelineError } from '../../errors.ts';
import { type Inventory, scopeKey } from '../../inventory/inventory.ts';
import type { Rejected } from '../../report/report.ts';
import { checkRegions } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, withConfig, withRegions } from '../options.ts';
import { jsonText, print, writeOutput } from '../output.ts';
import { openWorld, scopesOf, type World } from '../world.ts';

interface SnapshotOptions extends Pick<CommonOptions, 'account' | 'config' | 'quiet' | 'jsonLogs' | 'now'> {
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
  withConfig(command)
    .addHelpText('after', '\nExample:\n  mirrorwatch snapshot account.json --regions eu-west-1')
    .action(run);
}

async function run(file: string | undefined, options: SnapshotOptions): Promise<void> {
  const log = openLog(options);
  checkRegions(options.regions, log);
  const config = await loadConfig(options, log);
  const world = await openWorld(options, config, connectionTo(config, options), log);
  // Dated at the beginning: a change during the read may be missing from it.
  const readAt = world.kind === 'aws' ? (options.now ?? new Date()) : world.readAt;
  const { inventories, rejected } = await readInventories(world, options.regions);
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
  const { toSnapshot } = await import('../../inventory/snapshot.ts');
  const text = jsonText(toSnapshot(inventories, readAt));
  if (file === undefined) await print(text);
  else await writeOutput(file, text, log);
  await world.close();
  process.exitCode = rejected.length > 0 ? INCOMPLETE : CLEAN;
}

async function readInventories(
  world: World,
  regions: readonly string[] | undefined,
): Promise<{ readonly inventories: readonly Inventory[]; readonly rejected: readonly Rejected[] }> {
  const { scopes, absent } = await scopesOf(world, regions);
  const rejected = [...world.problems, ...absent];
  const inventories: Inventory[] = [];
  for (const scope of scopes) {
    try {
      const inventory = await world.source.load(scope, { kind: 'all' }, { mirroring: true });
      inventories.push(inventory);
      for (const [list, reason] of Object.entries(inventory.unread ?? {}))
        rejected.push({ path: `${scopeKey(scope)} ${list}`, reason });
    } catch (error) {
      rejected.push({ path: scopeKey(scope), reason: messageOf(error) });
    }
  }
  return { inventories, rejected };
}
