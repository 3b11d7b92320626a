/** What zsh completes at the first Tab of a session and at later ones, asked of zsh on a pseudo-terminal where it is installed. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS } from '../../../src/cli/commands/completion.ts';
import { grammarOf } from '../../../src/cli/completion/grammar.ts';
import { program } from '../../../src/cli/program.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'mirrorwatch-zsh-'));
beforeAll(() => {
  for (const name of ['functions', 'work']) mkdirSync(join(FOLDER, name));
  writeFileSync(join(FOLDER, 'work', 'account.json'), '');
  writeFileSync(join(FOLDER, 'functions', '_mirrorwatch'), SHELLS.zsh(grammarOf(program())));
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const isInstalled = spawnSync('zsh', ['--version']).error === undefined;

const ASK = join(import.meta.dirname, 'ask.zsh');

const LINES = [
  ['mirrorwatch comple', 'mirrorwatch completion'],
  ['mirrorwatch mirror pl', 'mirrorwatch mirror plan'],
  ['mirrorwatch scan --thr', 'mirrorwatch scan --threads'],
  ['mirrorwatch scan --account acc', 'mirrorwatch scan --account account.json'],
  ['mirrorwatch completion z', 'mirrorwatch completion zsh'],
] as const;

describe.skipIf(!isInstalled)('zsh', () => {
  it.each([
    ['from a folder in fpath, from the first Tab on', 'autoload -Uz compinit; compinit -u -d $HOME/dump'],
    [
      'once the file is sourced',
      'autoload -Uz compinit; compinit -u -d $HOME/other; source $HOME/functions/_mirrorwatch',
    ],
  ])('completes %s', (_, setUp) => {
    const { stdout } = spawnSync('zsh', ['-f', ASK, FOLDER, setUp, ...LINES.map(([line]) => line)], {
      env: { PATH: process.env.PATH, HOME: FOLDER, TERM: 'dumb' },
      encoding: 'utf8',
    });
    expect(stdout.trimEnd().split(/ ?\n/)).toEqual(LINES.map(([, completed]) => completed));
  });
});
