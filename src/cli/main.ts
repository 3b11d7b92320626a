#!/usr/bin/env node
/** The command line's entry: registers the commands and sets how the process ends. Commands load their modules when they run. */

import { Command, CommanderError } from 'commander';
import { addAudit } from './commands/audit.ts';
import { addConfig } from './commands/config.ts';
import { addEvents } from './commands/events.ts';
import { addMirror } from './commands/mirror.ts';
import { addReport } from './commands/report.ts';
import { addRules } from './commands/rules.ts';
import { addScan } from './commands/scan.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addTimeline } from './commands/timeline.ts';
import { addVerify } from './commands/verify.ts';
import { addWatch } from './commands/watch.ts';
import { CLEAN, FAILED } from './exit-codes.ts';
import { logError } from './log.ts';
import { toolVersion } from './version.ts';

const EXIT_CODES = `
Exit codes:
  0  nothing found that counts     2  finished, but something couldn't be read
  3  open findings (--fail-on)        or judged
                                   1  a usage, configuration or AWS error,
                                      or nothing that could be judged`;

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
    addSnapshot,
    addRules,
    addConfig,
  ];
  for (const add of commands) add(mirrorwatch);
  return mirrorwatch;
}

/** Runs one command line. Commands set the exit code; an error is printed without a stack trace and exits with FAILED. */
export async function main(argv: readonly string[]): Promise<void> {
  const mirrorwatch = program();
  for (const command of [mirrorwatch, ...descendants(mirrorwatch)]) command.exitOverride();
  try {
    await mirrorwatch.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? CLEAN : FAILED;
      return;
    }
    logError(error, argv.includes('--json-logs'));
    process.exitCode = FAILED;
  }
}

function descendants(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

// The SDK is pinned to a version that runs on this Node. What later versions need concerns maintainers, not users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that has seen enough (`| head`) closes the pipe. That is not an error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(CLEAN);
    throw error;
  });
await main(process.argv);
