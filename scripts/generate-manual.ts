/** Writes what the package has besides the program: the manual page and the completion scripts. Part of `npm run generate`. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { SHELLS } from '../src/cli/commands/completion.ts';
import { everyCommand } from '../src/cli/completion/every-command.ts';
import { grammarOf } from '../src/cli/completion/grammar.ts';
import { program } from '../src/cli/program.ts';
import type { GeneratedFile } from './generate-indexes.ts';
import { helpNotes } from './reference/commands.ts';
import { OF_COMMANDS } from './reference/environment.ts';
import { textIn } from './text-in.ts';

const COMPLETIONS = {
  bash: 'mirrorwatch.bash',
  zsh: '_mirrorwatch',
  fish: 'mirrorwatch.fish',
} as const satisfies Record<keyof typeof SHELLS, string>;

/** Every file with its text and the text that belongs there. */
export function packagedFiles(root: string): readonly GeneratedFile[] {
  const grammar = grammarOf(program());
  const texts = new Map([['man/mirrorwatch.1', manualPage()]]);
  for (const shell of Object.keys(COMPLETIONS) as (keyof typeof COMPLETIONS)[])
    texts.set(`completions/${COMPLETIONS[shell]}`, SHELLS[shell](grammar));
  return [...texts].map(([target, text]) => ({ target, before: textIn(resolve(root, target)), text }));
}

/**
 * The page for section 1. It names no version and no date, which would change it without a change of the program.
 *
 * @see https://man7.org/linux/man-pages/man7/groff_man.7.html
 */
export function manualPage(): string {
  const mirrorwatch = program();
  const leaves = everyCommand(mirrorwatch).filter(({ commands }) => commands.length === 0);
  const variables = Object.entries(OF_COMMANDS).flatMap(([name, means]) =>
    tagged(bold(name), means.replaceAll('`', '')),
  );
  return `${[
    '.TH MIRRORWATCH 1 "" mirrorwatch "User Commands"',
    '.SH NAME',
    `mirrorwatch \\- ${roff('find untagged and unmirrored EC2 instances in CloudTrail logs')}`,
    '.SH SYNOPSIS',
    '.B mirrorwatch',
    roff('COMMAND [options] [arguments]'),
    '.SH DESCRIPTION',
    roff(mirrorwatch.description()),
    '.PP',
    roff('Standard output carries the chosen output and nothing else. Every command has --help.'),
    '.SH COMMANDS',
    ...leaves.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...tagged('0', 'Nothing was found that counts.'),
    ...tagged('3', 'There are open findings at or above --fail-on.'),
    ...tagged('2', "It finished, but something couldn't be read or judged."),
    ...tagged('1', 'A usage, configuration or AWS error, or nothing that could be judged.'),
    '.SH ENVIRONMENT',
    ...variables,
    '.SH FILES',
    ...tagged('config.json', 'The configuration, read from the current folder unless --config names another file.'),
  ].join('\n')}\n`;
}

function commandLines(command: Command): readonly string[] {
  const help = command.createHelp();
  const name = help.commandUsage(command).replace(/^mirrorwatch /, '');
  return [
    `.SS ${roff(name)}`,
    roff(command.description()),
    ...help.visibleOptions(command).flatMap(({ flags, description }) => tagged(bold(flags), description)),
    '.PP',
    '.nf',
    ...helpNotes(command).trim().split('\n').map(roff),
    '.fi',
  ];
}

function tagged(tag: string, text: string): readonly string[] {
  return ['.TP', tag.startsWith('\\fB') ? tag : roff(tag), roff(text)];
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** A line of text: nothing in it is a request or an escape. */
function roff(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, '\\&');
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replaceAll('’', "'");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = resolve(import.meta.dirname, '..');
  const stale = packagedFiles(root).filter(({ before, text }) => before !== text);
  for (const { target, text } of stale) {
    mkdirSync(dirname(resolve(root, target)), { recursive: true });
    writeFileSync(resolve(root, target), text);
  }
  console.log(
    stale.length === 0 ? 'The manual is up to date.' : `Wrote ${stale.map(({ target }) => target).join(', ')}.`,
  );
}
