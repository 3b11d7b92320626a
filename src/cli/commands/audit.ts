/** `mirrorwatch audit`: the whole inventory against the policy, no logs. */

import { type Command, Option } from 'commander';
import { openLog } from '../log.ts';
import { type CommonOptions, mailOf, readList, withAccount, withFindings } from '../options.ts';
import { connectionTo, loadConfig, openWorld, scopesOf } from '../world.ts';

interface AuditOptions extends CommonOptions {
  readonly regions?: readonly string[] | undefined;
  readonly mail?: string | true | undefined;
}

/** Adds `audit`. */
export function addAudit(program: Command): void {
  const command = program
    .command('audit')
    .description('Judge every instance and task of the account, without logs (a sweep).')
    .addOption(new Option('--live', 'the account of the AWS credentials (the default)').conflicts('account'))
    .option('--regions <list>', 'only these regions, such as eu-west-1,us-east-1', readList)
    .option('--mail [folder]', 'mail what is due: into this folder, or to alertTopicArn; needs --ledger');
  withAccount(withFindings(command))
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch audit --account account.json -o html=report.html
  mirrorwatch audit --regions eu-west-1,us-east-1 --ledger history.sqlite`,
    )
    .action(run);
}

async function run(options: AuditOptions): Promise<void> {
  const { judge, NO_INPUT } = await import('../judge.ts');
  const log = openLog(options);
  const mail = mailOf(options);
  const config = await loadConfig(options, log);
  const connect = connectionTo(config, options);
  const world = await openWorld(options, config, connect, log);
  const scopes = await scopesOf(world, options.regions);
  await judge(
    { sightings: [], scope: 'all', scopes, input: NO_INPUT, manifest: [] },
    { options, mail, world, config, connect, log },
  );
  await world.close();
}
