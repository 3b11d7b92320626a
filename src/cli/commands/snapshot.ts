/** `mirrorwatch snapshot`: the account's inventory as a file, to be judged elsewhere without access to it. */

import type { Command } from 'commander';
import { messageOf } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, readList, withConfig } from '../options.ts';
import { print, writeOutput } from '../output.ts';
import { connectionTo, loadConfig, openWorld, scopesOf } from '../world.ts';

interface SnapshotOptions extends Pick<CommonOptions, 'account' | 'config' | 'quiet' | 'jsonLogs'> {
  readonly regions?: readonly string[] | undefined;
}

/** Adds `snapshot`. */
export function addSnapshot(program: Command): void {
  const command = program
    .command('snapshot')
    .description("Write the account's inventory to a file that --account takes.")
    .argument('[file]', 'where to; stdout when absent')
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--account <snapshot>', 'rewrite this snapshot in the canonical form, instead of reading live AWS');
  withConfig(command)
    .addHelpText('after', '\nExample:\n  mirrorwatch snapshot account.json --regions eu-west-1')
    .action(run);
}

async function run(file: string | undefined, options: SnapshotOptions): Promise<void> {
  const log = openLog(options);
  const config = await loadConfig(options, log);
  const world = await openWorld(options, config, connectionTo(config, options), log);
  const rejected = [...world.problems];
  const inventories = [];
  for (const scope of await scopesOf(world, options.regions)) {
    try {
      const inventory = await world.source.load(scope, { kind: 'all' }, { mirroring: true });
      inventories.push(inventory);
      for (const [list, reason] of Object.entries(inventory.unread ?? {}))
        rejected.push({ path: `${scopeKey(scope)} ${list}`, reason });
    } catch (error) {
      rejected.push({ path: scopeKey(scope), reason: messageOf(error) });
    }
  }
  for (const input of rejected) log.rejected(input);
  const { toSnapshot } = await import('../../inventory/snapshot.ts');
  const text = `${JSON.stringify(toSnapshot(inventories), null, 2)}\n`;
  if (file === undefined) await print(text);
  else await writeOutput(file, text, log);
  await world.close();
  process.exitCode = rejected.length > 0 ? INCOMPLETE : CLEAN;
}
