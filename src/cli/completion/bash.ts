/** The completion script for bash, and for zsh by its emulation of bash's. */

import type { CompletedCommand } from './grammar.ts';

/** A script to source. It completes commands, options and their values, and files elsewhere; nothing is run to complete. */
export function bashCompletion(grammar: readonly CompletedCommand[]): string {
  return `# bash completion for mirrorwatch
${functionOf(grammar)}
complete -o filenames -F _mirrorwatch mirrorwatch
`;
}

/**
 * A file for a folder in zsh's `fpath`. zsh runs bash's function. At the first Tab zsh runs the whole file in place of its function, so the
 * last line answers that Tab too; a file that is sourced has nothing to answer.
 */
export function zshCompletion(grammar: readonly CompletedCommand[]): string {
  return `#compdef mirrorwatch
autoload -U +X bashcompinit && bashcompinit
${functionOf(grammar)}
complete -o filenames -F _mirrorwatch mirrorwatch
[[ $funcstack[1] != _mirrorwatch ]] || _bash_complete -o filenames -F _mirrorwatch
`;
}

function functionOf(grammar: readonly CompletedCommand[]): string {
  const paths = grammar.filter(({ path }) => path.length > 0).map(({ path }) => path);
  const steps = paths.map((path) => quoted([path.slice(0, -1).join(' '), path.at(-1)].join(' ')));
  const values = grammar.flatMap(({ path, options }) =>
    options.flatMap((option) => {
      const patterns = option.names.map((name) => quoted(`${path.join(' ')} ${name}`)).join('|');
      if (option.values.length > 0) return [`    ${patterns}) ${words(option.values)}; return ;;`];
      return option.takesValue ? [`    ${patterns}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`] : [];
    }),
  );
  const names = grammar.map(
    ({ path, options }) => `      ${quoted(path.join(' '))}) ${words(options.flatMap((option) => option.names))} ;;`,
  );
  const children = grammar
    .map(({ path, subcommands, choices }) => ({ path, offered: [...subcommands, ...choices] }))
    .filter(({ offered }) => offered.length > 0)
    .map(({ path, offered }) => `    ${quoted(path.join(' '))}) ${words(offered)} ;;`);
  return `_mirrorwatch() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
    ${steps.join('|')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${values.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $path in
${names.join('\n')}
    esac
    return
  fi
  case $path in
${children.join('\n')}
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}`;
}

function words(list: readonly string[]): string {
  return `COMPREPLY=($(compgen -W ${quoted(list.join(' '))} -- "$cur"))`;
}

/** Only our own names are quoted, which have no quotation marks. */
function quoted(text: string): string {
  return `'${text}'`;
}
