/** What can be completed: the command tree as data, which every shell's script is made of. */

import type { Command, Option } from 'commander';
import { everyCommand } from './every-command.ts';

/** An option, and what comes after it. */
export interface CompletedOption {
  /** How it can be written: `-o` and `--output`. */
  readonly names: readonly string[];
  readonly description: string;
  /** The values that it takes; empty where any text or a file may follow. */
  readonly values: readonly string[];
  readonly takesValue: boolean;
}

/** A command with the words that lead to it. */
export interface CompletedCommand {
  /** `mirror plan` is `['mirror', 'plan']`; the program itself has none. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly string[];
  /** The words that its argument may be; empty where any text or a file may stand. */
  readonly choices: readonly string[];
  readonly options: readonly CompletedOption[];
}

/** The program and every command below it, in the order of the help. */
export function grammarOf(program: Command): readonly CompletedCommand[] {
  return everyCommand(program).map((command) => {
    const help = command.createHelp();
    return {
      path: pathOf(command),
      description: command.description(),
      subcommands: help.visibleCommands(command).map((child) => child.name()),
      choices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
      options: help.visibleOptions(command).map(optionOf),
    };
  });
}

function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

function optionOf(option: Option): CompletedOption {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    values: option.argChoices ?? formatsIn(option),
    takesValue: option.required || option.optional,
  };
}

/** `-o` takes a format and a path in one, so its formats are no choices, but its description lists them. */
function formatsIn({ long, description }: Option): readonly string[] {
  const [, list = ''] = long === '--output' ? (/\(([a-z, ]+)\)$/.exec(description) ?? []) : [];
  return list.split(', ').filter((format) => format !== '');
}
