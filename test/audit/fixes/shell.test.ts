import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandsIn, partsOfFix } from '../../../src/audit/fixes/fix-parts.ts';
import { idInWords, inertJson, isOneCommand, shellWord, textInWords } from '../../../src/audit/fixes/shell.ts';
import { isSeen } from '../../../src/audit/fixes/value-forms.ts';

const SEED = 20_261_121;

/** What a shell makes of the words of a command line, in a folder where nothing is to find. */
function readBy(shell: readonly string[], words: string): readonly string[] {
  const [program = '', ...options] = shell;
  const out = execFileSync(program, [...options, '-c', `printf '%s\\0' ${words}`], { cwd: '/', env: { LC_ALL: 'C' } });
  return out.toString('utf8').split('\0').slice(0, -1);
}

describe.each([
  ['sh', ['/bin/sh']],
  ['bash', ['bash', '--norc']],
])('shellWord, read by %s', (_, shell) => {
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
    '=ls',
    '\\',
    "\\'",
    '',
  ])('is exactly %j', (text) => {
    expect(readBy(shell, shellWord(text))).toEqual([text]);
  });

  it('is exactly any text that a reader sees', () => {
    const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 30 }), { numRuns: 500, seed: SEED });
    const possible = texts.map((text) => [...text].filter(isSeen).join(''));
    expect(readBy(shell, possible.map(shellWord).join(' '))).toEqual(possible);
  });
});

describe('shellWord', () => {
  it('leaves plain ids as they are', () => {
    expect(shellWord('tms-0a1')).toBe('tms-0a1');
  });
});

describe('textInWords', () => {
  it.each([
    ['a\nb', "'a\\u000ab'"],
    ['right\u202eto', "'right\\u202eto'"],
    ['lone\ud800', "'lone\\ud800'"],
    ['tag \u{e0041}', "'tag \\udb40\\udc41'"],
    ['CostCenter', 'CostCenter'],
  ])('shows what a reader cannot see as escapes: %j', (text, words) => {
    expect(textInWords(text)).toBe(words);
  });
});

describe('inertJson', () => {
  it('is read as the same value, and hides no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(isSeen(inertJson([text]))).toBe(true);
        expect(JSON.parse(inertJson([text]))).toEqual([text]);
      }),
      { seed: SEED },
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

describe('isOneCommand', () => {
  it.each([
    ['plain words', 'aws ec2 create-tags --region eu-west-1', true],
    ['anything in single quotes', "aws x 'a; b | c & d $e <f> `g` (h) \\ \"'", true],
    ['a quote between quotes', "aws x 'it'\\''s'", true],
    ['JSON', '{"resource":"i-1","reason":"why; so"}', true],
    ['a semicolon', 'aws x; touch pwned', false],
    ['a pipe', 'aws x | sh', false],
    ['two commands', 'aws x && touch pwned', false],
    ['a command in the background', 'aws x & touch pwned', false],
    ['a variable', 'aws x $HOME', false],
    ['a redirection', 'aws x > file', false],
    ['an input', 'aws x < file', false],
    ['a substitution', 'aws x $(touch pwned)', false],
    ['a substitution by backticks', 'aws x `touch pwned`', false],
    ['a substitution in double quotes', 'aws x "$(touch pwned)"', false],
    ['backticks in double quotes', 'aws x "`touch pwned`"', false],
    ['quotes that bash alone knows', "aws x $'a'", false],
    ['a subshell', '(touch pwned)', false],
    ['a backslash', 'aws x \\; touch pwned', false],
    ['an open quote', "aws x 'a", false],
    ['a line break in quotes', "aws x 'a\nb'", false],
    ['a control character in quotes', "aws x 'a\u001b[2Jb'", false],
    ['a mark that nobody sees', "aws x 'a\u200bb'", false],
    ['nothing', '', false],
  ])('%s: %j', (_, line, expected) => {
    expect(isOneCommand(line)).toBe(expected);
  });
});

describe('commandsIn', () => {
  it.each([
    ['aws a', ['aws a']],
    ['aws a && aws b && aws c', ['aws a', 'aws b', 'aws c']],
    ["aws 'a && b' && aws c", ["aws 'a && b'", 'aws c']],
    ["aws 'it'\\''s && x' && aws c", ["aws 'it'\\''s && x'", 'aws c']],
    ['', []],
  ])('of %j', (line, commands) => {
    expect(commandsIn(line)).toEqual(commands);
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
    [
      "No command. Set the tag 'x: aws iam delete-user' in the console",
      "No command. Set the tag 'x: aws iam delete-user' in the console",
      '',
    ],
    ['', '', ''],
  ])('of %j', (fix, words, command) => {
    expect(partsOfFix(fix)).toEqual({ words, command });
  });
});
