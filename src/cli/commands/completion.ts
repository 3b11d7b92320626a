/** `mirrorwatch completion`: prints the completion script of a shell. */

import { Argument, type Command } from 'commander';
import { bashCompletion, zshCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { type CompletedCommand, grammarOf } from '../completion/grammar.ts';
import { print } from '../output.ts';

/** The shells that have a script. */
export const SHELLS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Readonly<Record<string, (grammar: readonly CompletedCommand[]) => string>>;

/** Adds `completion`. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print the completion script of a shell: commands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
To install it for one user:
  bash  mirrorwatch completion bash >
        "$HOME/.local/share/bash-completion/completions/mirrorwatch"
  zsh   mirrorwatch completion zsh > FOLDER/_mirrorwatch, with FOLDER in fpath
        before compinit runs
  fish  mirrorwatch completion fish >
        "$HOME/.config/fish/completions/mirrorwatch.fish"

Example:
  mirrorwatch completion bash`,
    )
    .action(async (shell: keyof typeof SHELLS) => print(SHELLS[shell](grammarOf(program))));
}
