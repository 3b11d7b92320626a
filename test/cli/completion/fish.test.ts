/** What fish offers, asked of fish where it is installed. Bash is asked in completion.test.ts. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS } from '../../../src/cli/commands/completion.ts';
import { grammarOf } from '../../../src/cli/completion/grammar.ts';
import { program } from '../../../src/cli/program.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'mirrorwatch-fish-'));
const WORK = join(FOLDER, 'work');
beforeAll(() => {
  mkdirSync(WORK);
  for (const name of ['logs.zip', 'account.json']) writeFileSync(join(WORK, name), '');
  writeFileSync(join(FOLDER, 'mirrorwatch.fish'), SHELLS.fish(grammarOf(program())));
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

const fish = (line: string): readonly string[] =>
  execFileSync(
    'fish',
    ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', join(FOLDER, 'mirrorwatch.fish'), line],
    {
      cwd: WORK,
      env: { PATH: process.env.PATH, HOME: FOLDER },
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter(Boolean)
    .map((row) => row.split('\t')[0] ?? '');

const OFFERED = [
  ['mirrorwatch ', ['audit', 'completion', 'config', 'mirror', 'scan', 'watch']],
  ['mirrorwatch mirror ', ['apply', 'explain', 'help', 'plan']],
  ['mirrorwatch scan --fail-on ', ['critical', 'high', 'low', 'medium']],
  ['mirrorwatch scan --thr', ['--threads']],
  ['mirrorwatch audit -o ht', ['html']],
  ['mirrorwatch scan --account acc', ['account.json']],
  ['mirrorwatch completion ', ['bash', 'fish', 'zsh']],
] as const;

describe.skipIf(!isInstalled('fish'))('fish', () => {
  it.each(OFFERED)('offers after "%s"', (line, words) => {
    expect(fish(line)).toEqual(expect.arrayContaining([...words]));
  });

  it('offers no files where only these words fit', () => {
    expect(fish('mirrorwatch mirror ')).toEqual(['apply', 'explain', 'help', 'plan']);
    expect(fish('mirrorwatch completion ')).toEqual(['bash', 'fish', 'zsh']);
  });
});
