/** The table of attacks and the tests are the same set. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = import.meta.dirname;
const SECTIONS = readFileSync(join(FOLDER, 'README.md'), 'utf8')
  .split(/\n## /)
  .slice(1)
  .map((text) => ({ file: text.split('\n')[0] ?? '', rows: rowsOf(text) }));

/** The first cell of every row under the table's head, without the escapes of pipes. */
function rowsOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| attack |'))
    .map((line) => (line.split(/(?<!\\)\|/)[1] ?? '').trim().replaceAll('\\|', '|'));
}

/** The names of the tests in a file: `it('…'` and `it("…"`, and those of its table if it has one: `{ attack: '…'`. */
function testsOf(file: string): readonly string[] {
  const path = join(FOLDER, file);
  if (!existsSync(path)) return [];
  const found = readFileSync(path, 'utf8').matchAll(
    /\b(?:it\(|attack: )\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g,
  );
  return [...found].map(([, single, double]) => (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'));
}

describe('the table of attacks', () => {
  it('has a heading for every file of attacks', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts');
    expect(SECTIONS.map(({ file }) => file)).toEqual(expect.arrayContaining(files));
  });

  it.each(SECTIONS)('has a row for every test of $file, and a test for every row', ({ file, rows }) => {
    expect(rows.toSorted()).toEqual(testsOf(file).toSorted());
  });
});
