/** What a command says when Ctrl-C or a signal stops it: what was done, and how to go on. */

import { constants } from 'node:os';
import type { Command } from 'commander';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Commands that stop in a way of their own: they finish or give back what they have begun. */
const OWN_WAY: ReadonlySet<string> = new Set(['watch', 'apply']);

/** When the process is stopped, says what becomes of the command's work, and ends with the signal's exit code (130 for Ctrl-C). */
export function sayWhenStopped(command: Command): void {
  if (OWN_WAY.has(command.name())) return;
  for (const name of SIGNALS)
    process.once(name, () => {
      // The line of progress, if there is one, is erased first.
      process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}stopped by ${name} ${wordsOf(command)}\n`);
      process.exit(128 + constants.signals[name]);
    });
}

/** Commands that keep what they have done so far, and what to do to go on. */
const GOES_ON: Readonly<Record<string, string>> = {
  'history run':
    'before it was finished. The shards that were scanned are kept: the same command goes on with the others.',
  'mirrorwatch verify --plan':
    'before it was finished. The shards that were hashed are kept: the same command goes on with the others.',
};

function wordsOf(command: Command): string {
  if (command.opts<{ readonly stateMachine?: string }>().stateMachine !== undefined)
    return 'before it was finished. An execution that was started goes on in AWS: the same command follows it.';
  const planned = command.opts<{ readonly plan?: string }>().plan === undefined ? '' : ' --plan';
  const goesOn = GOES_ON[`${command.parent?.name() ?? ''} ${command.name()}${planned}`];
  if (goesOn !== undefined) return goesOn;
  const { checkpoint } = command.opts<{ readonly checkpoint?: string }>();
  const takesCheckpoint = command.options.some(({ long }) => long === '--checkpoint');
  const before = 'before it was finished: nothing is printed, and files that it was writing may be incomplete.';
  if (checkpoint !== undefined)
    return `${before} ${checkpoint} keeps what was read; the same command goes on from there.`;
  return takesCheckpoint
    ? `${before} With --checkpoint FILE it could go on where it stopped.`
    : `${before} Run it again.`;
}
