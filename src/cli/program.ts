/** The command line as a tree of commands, without running anything: what runs, help, completions and the reference are made of. */

import { Command, type HelpConfiguration } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEvents } from './commands/events.ts';
import { addHistory } from './commands/history.ts';
import { addMirror } from './commands/mirror.ts';
import { addReport } from './commands/report.ts';
import { addRules } from './commands/rules.ts';
import { addScan } from './commands/scan.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addTimeline } from './commands/timeline.ts';
import { addVerify } from './commands/verify.ts';
import { addWatch } from './commands/watch.ts';
import { everyCommand } from './completion/every-command.ts';
import { toolVersion } from './version.ts';

const EXIT_CODES = `
Exit codes:
  0  nothing found that counts
  3  open findings (--fail-on)
  2  finished, but something couldn't be read or judged
  1  usage, configuration or AWS error, or nothing to judge`;

/** Help that fits a terminal of 60 columns: commands by their names alone, descriptions wrapped also where they are narrow. */
const HELP: HelpConfiguration = { subcommandTerm: (command) => command.name(), minWidthToWrap: 20 };

/** Builds the program with all its commands, without running anything. */
export function program(): Command {
  const mirrorwatch = new Command('mirrorwatch')
    .description(
      'Find untagged and unmirrored EC2 instances, open security groups and calls that you watch for in CloudTrail logs, create missing mirror sessions, and report it all.',
    )
    .version(toolVersion(), '-V, --version', 'show the version')
    .helpCommand('help [command]', 'show the help of a command')
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError('(--help shows the options)')
    .addHelpText(
      'after',
      `${EXIT_CODES}\n\nExample:\n  mirrorwatch scan logs/ --account account.json -o html=report.html`,
    );
  const commands = [
    addScan,
    addEvents,
    addAudit,
    addTimeline,
    addMirror,
    addWatch,
    addReport,
    addVerify,
    addHistory,
    addSnapshot,
    addDoctor,
    addRules,
    addConfig,
    addCompletion,
  ];
  for (const add of commands) add(mirrorwatch);
  for (const command of everyCommand(mirrorwatch)) command.configureHelp(HELP);
  return mirrorwatch;
}
