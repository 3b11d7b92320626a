/** `mirrorwatch doctor`: says what is missing for use on live AWS, each with its fix. It changes nothing. */

import type { Command } from 'commander';
import { uniqueBy } from '../../collections.ts';
import { believesOrganization } from '../../config/organization/policy.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { DoctorReads } from '../../pipeline/doctor/reads.ts';
import { checkRegions } from '../checks/request.ts';
import { loadConfig } from '../load-config.ts';
import { openLog } from '../log.ts';
import { type CommonOptions, outputOption, withConfig, withRegions } from '../options.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import { hasColours } from '../terminal/colours.ts';
import { openCounter } from '../terminal/progress.ts';

interface DoctorOptions extends Pick<CommonOptions, 'config' | 'ledger' | 'output' | 'quiet' | 'jsonLogs' | 'now'> {
  readonly regions?: readonly string[] | undefined;
  readonly queue?: string | undefined;
}

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Check what live AWS needs: credentials, permissions, trail, queue, targets. Changes nothing.');
  withRegions(command)
    .option('--queue <url>', 'the SQS queue that "mirrorwatch watch" reads')
    .option('--ledger <table>', 'the history in DynamoDB: dynamodb://TABLE')
    .optionsGroup('Output:')
    .addOption(outputOption(['table', 'json'], 'table'));
  withConfig(command)
    .addHelpText(
      'after',
      `
Exit codes:
  0  nothing failed
  3  something failed
  2  something couldn't be checked
  1  a usage error, or no credentials

Examples:
  mirrorwatch doctor --regions eu-west-1
  mirrorwatch doctor --queue "$QUEUE_URL" --ledger dynamodb://TABLE -o json`,
    )
    .action(run);
}

async function run(options: DoctorOptions): Promise<void> {
  const log = openLog(options);
  checkRegions(options.regions, log);
  const table = tableOf(options.ledger);
  const config = await loadConfig(options, log);
  const { hasCredentials } = await import('../../aws/credentials.ts');
  if (!(await hasCredentials()))
    throw new PipelineError(
      'usage',
      'there are no AWS credentials: set up a profile or the AWS_ variables, such as with "aws configure" or "aws sso login"',
    );
  const [{ openDoctor }, { checkIdentity, runChecks }, { renderDoctor, doctorDocument, exitCodeOfDoctor }] =
    await Promise.all([
      import('../../aws/doctor/open-doctor.ts'),
      import('../../pipeline/doctor/run-checks.ts'),
      import('../doctor/render.ts'),
    ]);
  const { reads, homeRegion } = await openDoctor(config, { pathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });
  const identity = await checkIdentity(reads);
  const caller = await reads.identity.caller();
  const progress = openCounter(process.stderr, options.quiet ?? false, () => Date.now());
  const rest =
    'fault' in caller
      ? { lines: [], leftOut: [] }
      : await runChecks(
          reads,
          {
            ...{ config, homeRegion, table, ownAccountId: caller.value.accountId, queueUrl: options.queue },
            accounts: await accountsOf(config, caller.value.accountId, reads),
            regions: options.regions ?? [homeRegion],
            now: options.now ?? new Date(),
          },
          (done, of) => progress.update(done, of, 'checks done'),
        );
  progress.done();
  const found = { lines: [...identity, ...rest.lines], leftOut: rest.leftOut };
  await writeAnswer(
    outputsOf(options),
    {
      table: (path) =>
        renderDoctor(
          found,
          path === undefined ? { columns: terminalColumns(), color: hasColours(process.stdout) } : {},
        ),
      json: () => jsonText(doctorDocument(found)),
    },
    log,
  );
  process.exitCode = exitCodeOfDoctor(found.lines);
}

/** The table of `dynamodb://TABLE`. Throws PipelineError `usage` for a file, which needs no AWS. */
function tableOf(ledger: string | undefined): string | undefined {
  if (ledger === undefined) return undefined;
  const table = /^dynamodb:\/\/(.+)$/.exec(ledger)?.[1];
  if (table !== undefined) return table;
  throw new PipelineError(
    'usage',
    '--ledger: doctor looks at a table of DynamoDB, dynamodb://TABLE; a file needs no AWS',
  );
}

/** Our own account and, if roles to assume there are configured, those of the trail and of the organization. The check of it says why it has none. */
async function accountsOf(config: Config, ownAccountId: string, { identity }: DoctorReads): Promise<readonly string[]> {
  if (config.assumeRole === undefined) return [ownAccountId];
  const listed = believesOrganization(config) ? [] : config.trail.accounts;
  const answer = await identity.organization?.();
  const members = answer !== undefined && 'value' in answer ? answer.value.accountIds : [];
  return uniqueBy([ownAccountId, ...listed, ...members], (accountId) => accountId);
}
