/** Runs one command of the command line in this process. */

import { Command } from 'commander';
import { vi } from 'vitest';

/** A finished command. */
export interface RanInProcess {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  /** What it wrote as a table, where a test asked for that too. */
  readonly table?: string | undefined;
}

/** Runs the command that `add` adds, with these arguments. Rejects with what it throws. */
export function inProcess(
  add: (program: Command) => void,
  name: string,
): (...args: readonly string[]) => Promise<RanInProcess> {
  return async (...args) => {
    const written = { out: '', err: '' };
    const into = (stream: 'out' | 'err') => (text: unknown, done?: unknown) => {
      written[stream] += String(text);
      if (typeof done === 'function') done();
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out') as typeof process.stdout.write);
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err') as typeof process.stderr.write);
    const program = new Command().exitOverride();
    add(program);
    process.exitCode = undefined;
    try {
      await program.parseAsync(['node', 'mirrorwatch', name, ...args]);
      return { ...written, code: Number(process.exitCode ?? 0) };
    } finally {
      process.exitCode = undefined;
      vi.restoreAllMocks();
    }
  };
}
