import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine, idInWords, partsOfFix, shellWord } from '../../../src/audit/fixes/shell.ts';

/** What bash makes of the words of a command line, in a folder where nothing is to find. */
function readByBash(words: string): readonly string[] {
  const out = execFileSync('bash', ['--norc', '-c', `printf '%s\\0' ${words}`], { cwd: '/', env: { LC_ALL: 'C' } });
  return out.toString('utf8').split('\0').slice(0, -1);
}

describe('shellWord', () => {
  it.each([
    'i-0123456789abcdef0',
    'arn:aws:ecs:eu-west-1:111122223333:attachment/184d10a7',
    'account.json',
    'my account.json',
    "it's",
    '$(touch pwned)',
    '`touch pwned`',
    '"; touch pwned; "',
    '<value>',
    '* ? [a-z] ~ !! #',
    'a\nb',
    'a\u0003\rtouch pwned\n',
    '\u001b]0;title\u0007',
    'right\u202eto\u2066left\u200b',
    '\\',
    "\\'\n",
    '',
  ])('gives bash exactly %j', (text) => {
    expect(readByBash(shellWord(text))).toEqual([text]);
  });

  it('gives bash exactly any text, and hides no character from the reader', () => {
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 30 }), { numRuns: 500, seed: 20_261_121 });
    // No argument of a program can contain NUL.
    const possible = texts.map((text) => text.replaceAll('\0', '?'));
    expect(readByBash(possible.map(shellWord).join(' '))).toEqual(possible);
    for (const word of possible.map(shellWord)) expect(word).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('leaves plain ids as they are', () => {
    expect(shellWord('tms-0a1')).toBe('tms-0a1');
  });
});

describe('commandLine', () => {
  it('joins a value that begins with a dash to its option, so that it cannot pose as one', () => {
    const line = commandLine('aws ec2 create-tags', [
      ['--dry-run'],
      ['--region', 'eu-west-1'],
      ['--resources', '--endpoint-url=http://evil.example'],
    ]);
    expect(line).toBe(
      'aws ec2 create-tags --dry-run --region eu-west-1 --resources=--endpoint-url=http://evil.example',
    );
  });
});

describe('idInWords', () => {
  it.each(['i-1: aws iam delete-user --user-name x', '$(touch pwned)', 'a\nb', 'x'.repeat(301)])(
    'does not repeat %j, which is more than an id',
    (id) => {
      expect(idInWords(id)).toBe('the one that the finding names');
    },
  );

  it('repeats an id', () => {
    expect(idInWords('tms-1')).toBe('tms-1');
  });
});

describe('partsOfFix', () => {
  it.each([
    ['mirrorwatch mirror apply --only i-1', '', 'mirrorwatch mirror apply --only i-1'],
    ['aws ec2 create-tags --tags x', '', 'aws ec2 create-tags --tags x'],
    [
      'No command can know it. Ask: aws sts get-caller-identity',
      'No command can know it. Ask:',
      'aws sts get-caller-identity',
    ],
    ['No command can help, by "aws ec2 create-tags" or so', 'No command can help, by "aws ec2 create-tags" or so', ''],
    ['', '', ''],
  ])('of %j', (fix, words, command) => {
    expect(partsOfFix(fix)).toEqual({ words, command });
  });
});
