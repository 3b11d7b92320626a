#!/usr/bin/env node
/** The command line's entry: runs one command line and sets how the process ends. Commands load their modules when they run. */

import { CommanderError } from 'commander';
import { everyCommand } from './completion/every-command.ts';
import { CLEAN, FAILED } from './exit-codes.ts';
import { logError } from './log.ts';
import { program } from './program.ts';
import { sayWhenStopped } from './terminal/interrupt.ts';

/** Runs one command line. Commands set the exit code; an error is printed without a stack trace and exits with FAILED. */
export async function main(argv: readonly string[]): Promise<void> {
  const mirrorwatch = program();
  for (const command of everyCommand(mirrorwatch)) command.exitOverride();
  mirrorwatch.hook('preAction', (_, command) => sayWhenStopped(command));
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

// The SDK is pinned to a version that runs on this Node. What later versions need concerns maintainers, not users.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// A reader that has seen enough (`| head`) closes the pipe. That is not an error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(CLEAN);
    throw error;
  });
await main(process.argv);
