/** The commands of a tree as a list. */

import type { Command } from 'commander';

/** A command and every command below it, each before its own. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
