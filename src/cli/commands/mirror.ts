/** `mirrorwatch mirror plan | apply | explain | health`: the commands, and `plan` itself. */

import type { Command } from 'commander';
import { checkSourceId } from '../checks/request.ts';
import { INCOMPLETE } from '../exit-codes.ts';
import { applyMirrorPlan } from '../mirroring/mirror-apply.ts';
import { explainMirroring } from '../mirroring/mirror-explain.ts';
import { tellHealth } from '../mirroring/mirror-health.ts';
import {
  exitCodeOfPlan,
  type MirrorOptions,
  type MirrorRun,
  planContract,
  plansOf,
  runMirror,
} from '../mirroring/mirror-run.ts';
import { outputOption, readCount, readList, withAccount, withExitCode, withRegions, withSave } from '../options.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';

/** Adds `mirror plan`, `mirror apply`, `mirror explain` and `mirror health`. */
export function addMirror(program: Command): void {
  const mirror = program
    .command('mirror')
    .description('Plan, create, explain and measure traffic mirror sessions.')
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror plan --account account.json');
  withCommonOptions(
    withPlanOptions(mirror.command('plan').description('Show what would be done, without changing anything.')),
  )
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror plan --account account.json -o json')
    .action((options: MirrorOptions) => runMirror(options, printPlan));
  withCommonOptions(
    withSave(
      withPlanOptions(
        mirror.command('apply').description("Carry out the plan, without touching other people's sessions."),
      ),
    ),
  )
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch mirror apply --account account.json --ledger history.sqlite
  mirrorwatch mirror apply --account account.json --only i-0123456789abcdef0`,
    )
    .action((options: MirrorOptions) => runMirror(options, applyMirrorPlan, { createsLedger: true }));
  withCommonOptions(
    withRegions(
      mirror
        .command('explain')
        .description('Explain why an interface, instance or task goes to its target, check by check.')
        .argument('<id>', 'eni-…, i-… or the ARN of a task'),
    ),
  )
    .addHelpText('after', '\nExample:\n  mirrorwatch mirror explain i-0123456789abcdef0 --account account.json')
    .action(async (id: string, options: MirrorOptions) => {
      checkSourceId(id);
      await runMirror(options, (run) => explainMirroring(id, run));
    });
  withCommonOptions(
    withRegions(
      mirror
        .command('health')
        .description("Tell by AWS's own figures whether each session carries packets.")
        .argument('[id]', 'eni-…, i-… or the ARN of a task (default: every source)'),
    ),
    'exit with 3 if a source has an open finding of at least this severity about packets that are not mirrored',
  )
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch mirror health --account account.json
  mirrorwatch mirror health i-0123456789abcdef0 --account account.json -o json`,
    )
    .action(async (id: string | undefined, options: MirrorOptions) => {
      if (id !== undefined) checkSourceId(id);
      await runMirror(options, (run) => tellHealth(id, run), { metrics: true });
    });
}

function withPlanOptions(command: Command): Command {
  return withRegions(command)
    .option('--only <ids>', 'only the steps about these interfaces, instances, tasks or sessions', readList)
    .option('--cleanup', 'delete our own sessions that are orphans or duplicates')
    .option('--rebalance', 'move our own sessions from crowded targets to idle ones')
    .option('--max-moves <n>', 'the most sessions to move (default: 20)', readCount);
}

function withCommonOptions(
  command: Command,
  failOn = 'exit with 3 if a source that gets no working session has an open finding of at least this severity',
): Command {
  const output = command.optionsGroup('Output:').addOption(outputOption(['table', 'json'], 'table'));
  return withAccount(withExitCode(output, failOn));
}

async function printPlan(run: MirrorRun): Promise<number> {
  const [{ joinPlans }, { renderPlan }] = await Promise.all([
    import('../../remediation/plan-remediation.ts'),
    import('../../report/terminal/plan-table.ts'),
  ]);
  const joined = joinPlans((await plansOf(run)).map(({ plan }) => plan));
  await writeAnswer(
    outputsOf(run.options),
    {
      table: (path) => renderPlan(joined, { columns: path === undefined ? terminalColumns() : undefined }),
      json: () => jsonText(planContract(joined)),
    },
    run.log,
  );
  return run.incomplete ? INCOMPLETE : exitCodeOfPlan(joined.unplaced, run);
}
