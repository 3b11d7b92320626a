/** The reference of the command line: every command with its arguments, options and examples, as its help has them. */

import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { everyCommand } from '../../src/cli/completion/every-command.ts';
import { program } from '../../src/cli/program.ts';
import { groupBy } from '../../src/collections.ts';
import { code, prose, table } from './markdown.ts';

/** A section for each command that runs something, in the order of the help. */
export function commandsReference(): string {
  const leaves = everyCommand(program()).filter(({ commands }) => commands.length === 0);
  return leaves.map(sectionOf).join('\n');
}

function sectionOf(command: Command): string {
  const help = command.createHelp();
  const args = help
    .visibleArguments(command)
    .map((argument) => [code(help.argumentTerm(argument)), sentence(argument.description)]);
  const own = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  return [
    `## ${nameOf(command).replace(/^mirrorwatch /, '')}\n`,
    `${prose(command.description())}\n`,
    `\`\`\`text\n${help.commandUsage(command)}\n\`\`\`\n`,
    table(['argument', 'is'], args),
    ...groupsOf(own).map(([heading, options]) => table([heading, 'does'], options.map(rowOf))),
    `\`\`\`text\n${helpNotes(command).trim()}\n\`\`\`\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** Options by the heading under which help lists them. */
function groupsOf(options: readonly Option[]): readonly (readonly [string, readonly Option[]])[] {
  const groups = groupBy(options, ({ helpGroupHeading }) => (helpGroupHeading ?? 'Options:').replace(/:$/, ''));
  return [...groups].map(([heading, own]) => [heading.toLowerCase(), own]);
}

function rowOf({ flags, description, argChoices, defaultValue, defaultValueDescription }: Option): readonly string[] {
  const shown = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
  return [
    code(flags),
    [
      sentence(description),
      ...(argChoices === undefined ? [] : [`One of ${argChoices.map(code).join(', ')}.`]),
      ...(shown === undefined ? [] : [`Default: ${code(shown)}.`]),
    ].join(' '),
  ];
}

/** A description as a sentence: help has them in lower case, without a stop. */
function sentence(description: string): string {
  return prose(`${description.charAt(0).toUpperCase()}${description.slice(1)}${/[.)]$/.test(description) ? '' : '.'}`);
}

/** What a command's help says below the options: notes, and an example. */
export function helpNotes(command: Command): string {
  const written: string[] = [];
  // A command is an EventEmitter, which its types leave out; commander's own help prints these notes the same way.
  const context = { error: false, command, write: (text: string) => written.push(text) };
  (command as unknown as EventEmitter).emit('afterHelp', context);
  return written.join('');
}
