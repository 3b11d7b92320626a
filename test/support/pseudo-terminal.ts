/** Runs the built command line on a pseudo-terminal, by `script` of util-linux. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { aTinyTerminal } from './tiny-terminal.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A command on a terminal. */
export interface OnTerminal {
  /** Everything it wrote. */
  written(): string;
  /** The lines on the screen now, and those that have scrolled off it. */
  lines(): readonly string[];
  press(keys: string): void;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts the command line in a folder, on a terminal of this size. */
export function onTerminal(
  folder: string,
  args: readonly string[],
  {
    columns,
    rows = 40,
    env = {},
  }: { readonly columns: number; readonly rows?: number; readonly env?: NodeJS.ProcessEnv },
): OnTerminal {
  const quoted = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const command = `stty cols ${columns} rows ${rows}; exec ${quoted}`;
  const { PATH } = process.env;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd: folder,
    env: {
      PATH,
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    written += piece;
  });
  return {
    written: () => written,
    lines() {
      const terminal = aTinyTerminal(columns, rows);
      terminal.write(written);
      return terminal.lines();
    },
    press: (keys) => void child.stdin.write(keys),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }),
  };
}
