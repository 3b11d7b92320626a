/** The completion script for fish. */

import type { CompletedCommand, CompletedOption } from './grammar.ts';

/** A file for fish's folder of completions, with descriptions. */
export function fishCompletion(grammar: readonly CompletedCommand[]): string {
  const descriptions = new Map(grammar.map(({ path, description }) => [path.join(' '), description]));
  const lines = grammar.flatMap(({ path, subcommands, choices, options }) => {
    const here = conditionOf(path, subcommands);
    return [
      ...subcommands.map((name) => {
        const description = descriptions.get([...path, name].join(' ')) ?? '';
        return `complete -c mirrorwatch -f -n ${quoted(here)} -a ${quoted(name)} -d ${quoted(firstSentence(description))}`;
      }),
      ...choices.map((word) => `complete -c mirrorwatch -f -n ${quoted(here)} -a ${quoted(word)}`),
      ...options.map((option) => `complete -c mirrorwatch -n ${quoted(here)}${optionWords(option)}`),
    ];
  });
  return `# fish completion for mirrorwatch\n${lines.join('\n')}\n`;
}

/** When the command line is at this command, and at none below it. */
function conditionOf(path: readonly string[], subcommands: readonly string[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const below = subcommands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${subcommands.join(' ')}`];
  return [...seen, ...below].join('; and ');
}

function optionWords({ names, description, values, takesValue }: CompletedOption): string {
  const flags = names.map((name) => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  const what = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
  return `${flags.join('')}${what} -d ${quoted(description)}`;
}

function firstSentence(text: string): string {
  return text.split(/\.(?: |$)/)[0] ?? text;
}

/** In fish, a backslash escapes quotation marks and itself in single quotes. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
