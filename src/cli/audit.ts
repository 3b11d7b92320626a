/** `mirrorwatch audit`: the whole inventory against the policy, no logs. */

import type { Command } from 'commander';
import { openLog } from './log.ts';
import { type CommonOptions, readList, withAccount, withFindings } from './options.ts';
import { loadConfig, openWorld } from './world.ts';

/** Adds `audit`. */
export function addAudit(program: Command): void {
  withFindings(
    withAccount(
      program.command('audit').description('judge every instance and task of the account, without logs (a sweep)'),
    ),
  )
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--mail [folder]', 'mail what is due: into this folder, or to alertTopicArn; needs --ledger')
    .addHelpText('after', '\nExample:\n  mirrorwatch audit --account account.json -o html=report.html')
    .action(async (options: CommonOptions & { regions?: readonly string[]; mail?: string | true }) => {
      const { judge, NO_INPUT } = await import('./judge.ts');
      const log = openLog(options);
      const config = await loadConfig(options, log);
      const world = await openWorld(options, config, log);
      const { mail, regions, ...rest } = options;
      await judge(
        { sightings: [], scope: 'all', input: NO_INPUT, manifest: [], ...(regions && { regions }) },
        { ...rest, ...mailOption(mail) },
        world,
        config,
        log,
      );
      await world.close();
    });
}

/** `--mail` alone means the configured topic, which is told by an empty folder. */
export function mailOption(mail: string | true | undefined): { mail?: string } {
  return mail === undefined ? {} : { mail: mail === true ? '' : mail };
}
