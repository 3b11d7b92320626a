/** `mirrorwatch audit`: judges the whole inventory against the policy, without logs. */

import { type Command, Option } from 'commander';
import { checkRegions, refuseToJudgeNothing } from '../checks/request.ts';
import { connectionTo } from '../connection.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, mailOf, withAccount, withFindings, withMail, withRegions } from '../options.ts';
import { openWorld, scopesOf } from '../world.ts';

interface AuditOptions extends CommonOptions {
  readonly regions?: readonly string[] | undefined;
  readonly mail?: string | true | undefined;
}

/** Adds `audit`. */
export function addAudit(program: Command): void {
  const command = program
    .command('audit')
    .description('Judge every instance and task of the account, without logs (a sweep).')
    .addOption(new Option('--live', 'the account of the AWS credentials (the default)').conflicts('account'));
  withAccount(withFindings(withMail(withRegions(command))))
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
  const [{ judgeAndReport }, { NOTHING_READ }] = await Promise.all([
    import('../judge-and-report.ts'),
    import('../../ledger/reading.ts'),
  ]);
  const log = openLog(options);
  const mail = mailOf(options);
  checkRegions(options.regions, log);
  const config = await loadConfig(options, log);
  const connect = connectionTo(config, options);
  const world = await openWorld(options, config, connect, log);
  refuseToJudgeNothing(config, world, { records: false });
  const { scopes, absent } = await scopesOf(world, options.regions);
  for (const input of absent) log.rejected(input);
  await judgeAndReport(
    { sightings: [], scope: 'all', scopes, input: { ...NOTHING_READ, rejected: absent }, manifest: [] },
    { options, mail, world, config, connect, log },
  );
  await world.close();
}
