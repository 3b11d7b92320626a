/** The answers of `rules test`: JSON lines, or a table for people. */

import { inertJson, visible } from '../../report/escape.ts';
import type { Log } from '../log.ts';
import type { OutputChoice } from '../options.ts';
import { openSink } from '../output.ts';

/** Takes one answer after another. */
export interface TestRows {
  /** `json` is the line for programs; `lines` are those for people, the first of them the answer and the others details. */
  add(json: object, lines: readonly string[]): Promise<void>;
  /** `total` ends a table, if there is one. */
  close(total?: string): Promise<void>;
}

/** Opens the outputs: as chosen, else a table on a terminal, and JSON lines in a file or pipe. */
export async function openRows(chosen: readonly OutputChoice[], log: Log): Promise<TestRows> {
  const usual = process.stdout.isTTY ? 'table' : 'jsonl';
  const choices: readonly OutputChoice[] = chosen.length === 0 ? [{ format: usual }] : chosen;
  const [tables, lines] = await Promise.all(
    (['table', 'jsonl'] as const).map(async (name) => {
      const some = choices.filter(({ format }) => format === name);
      return some.length === 0 ? undefined : openSink(some, log);
    }),
  );
  return {
    async add(json, [first = '', ...details]) {
      await lines?.write(Buffer.from(`${inertJson(json)}\n`));
      const shown = [first, ...details.map((line) => `    ${line}`)];
      await tables?.write(Buffer.from(shown.map((line) => `${visible(line)}\n`).join('')));
    },
    async close(total) {
      if (total !== undefined) await tables?.write(Buffer.from(`${visible(total)}\n`));
      await tables?.close();
      await lines?.close();
    },
  };
}

/** Texts as the cells of a line: each as wide as its column, or wider. Those that are missing are dashes. */
export function cells(texts: readonly unknown[], widths: readonly number[]): string {
  return texts
    .map((text, index) => (typeof text === 'string' && text !== '' ? text : '–').padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd();
}
