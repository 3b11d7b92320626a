/** What bash offers, asked of a real bash; and that the scripts of the other shells have every command and option. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELLS } from '../../../src/cli/commands/completion.ts';
import { grammarOf } from '../../../src/cli/completion/grammar.ts';
import { program } from '../../../src/cli/program.ts';

const grammar = grammarOf(program());
const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-completion-'));
for (const name of ['logs.zip', 'account.json']) writeFileSync(join(folder, name), '');

/** The words that bash offers for the last of these words, in a folder with two files. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${SHELLS.bash(grammar)}
COMP_WORDS=(mirrorwatch "$@"); COMP_CWORD=$#
_mirrorwatch
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { cwd: folder, encoding: 'utf8' });
  return text.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  it('offers the commands, and those below a command', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['scan', 'audit', 'mirror', 'config', 'completion', 'help']));
    expect(offered('a')).toEqual(['audit']);
    expect(offered('mirror', '')).toEqual(['plan', 'apply', 'explain', 'health', 'help']);
    expect(offered('rules', 's')).toEqual(['show']);
  });

  it('offers the options of a command alone', () => {
    expect(offered('scan', '--thr')).toEqual(['--threads']);
    expect(offered('scan', 'logs.zip', '--fail')).toEqual(['--fail-on']);
    expect(offered('mirror', 'plan', '--thr')).toEqual([]);
    expect(offered('--v')).toEqual(['--version']);
  });

  it.each([
    [
      ['scan', '--fail-on', ''],
      ['low', 'medium', 'high', 'critical'],
    ],
    [
      ['scan', '-o', 'js'],
      ['json', 'jsonl'],
    ],
    [['scan', '--output', 'm'], ['markdown']],
    [
      ['completion', '-h', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('offers the values after %j', (words, values) => {
    expect(offered(...words).toSorted()).toEqual(values.toSorted());
  });

  it('offers files where a file belongs', () => {
    expect(offered('scan', '').toSorted()).toEqual(['account.json', 'logs.zip']);
    expect(offered('scan', '--account', 'acc')).toEqual(['account.json']);
  });

  it('runs nothing that is on the line', () => {
    expect(offered('scan', '$(touch hacked)')).toEqual([]);
    expect(offered('scan', '').toSorted()).toEqual(['account.json', 'logs.zip']);
  });
});

describe.each(['zsh', 'fish'] as const)('%s', (shell) => {
  it('has every command and every option', () => {
    const script = SHELLS[shell](grammar);
    for (const { path, options } of grammar) {
      for (const name of path) expect(script).toContain(name);
      for (const { names } of options)
        for (const name of names) expect(script).toContain(shell === 'fish' ? name.replace(/^-+/, '') : name);
    }
  });
});
