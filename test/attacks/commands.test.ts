/** Values of records and resources in the commands and links that people copy. OWASP: OS Command Injection Defense Cheat Sheet. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceLink } from '../../src/alert/console-link.ts';
import { describeFinding } from '../../src/alert/describe.ts';
import { integrityAudit } from '../../src/audit/log-integrity.ts';
import { aPlace, type Place } from '../support/command-line.ts';
import { aFinding, anEntry, NOW } from '../support/findings.ts';

const EXAMPLE = readFileSync(new URL('../../examples/account.json', import.meta.url), 'utf8');
const CONFIG = readFileSync(new URL('../../config.json', import.meta.url), 'utf8');

/** Ends a quote that only bash knows (`$'…'`), as the shell of most systems reads it. */
const UNSEEN = "x\u200b'; touch pwned #";
const ENDS_QUOTES = "x'; touch pwned; '";
const SUBSTITUTES = 'x$(touch pwned)`touch pwned`';

/** What fixes name in the example account. */
const IDS = {
  session: ['tms-09f0af7a852e3a57f', 'tms-05aeaa9a75157887c', 'tms-0816fcd1d11c657ce'],
  instance: ['i-003528c6fbc8e9f53', 'i-043f442a9b75ad4a5'],
  interface: ['eni-09fa4caecaf8c0953', 'eni-0e7d8d6702b393c51'],
  group: ['sg-05e0000000000000b'],
} as const;

/** A folder with an account, and programs on the PATH that only write down the words that they are called with. */
function aDesk(account: string, name = 'account.json'): Place {
  const place = aPlace();
  place.put(name, account);
  place.put('config.json', CONFIG);
  for (const program of ['aws', 'mirrorwatch']) {
    place.put(`bin/${program}`, `#!/bin/sh\n{ printf '%s\\0' ${program} "$@"; printf '\\n\\0'; } >> calls\n`);
    chmodSync(place.path(`bin/${program}`), 0o755);
  }
  return place;
}

async function fixesIn(place: Place, ...options: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await place.run('audit', ...options, '-o', 'jsonl', '--quiet');
  if (stdout === '') throw new Error(`the audit printed nothing: ${stderr}`);
  const lines = stdout.trim().split('\n');
  return lines.map((line): { status: string; fix: string } => JSON.parse(line)).flatMap(({ fix }) => fix || []);
}

/** The words of every call that a text makes when a shell runs it. */
function pasted(shell: string, text: string, place: Place): readonly (readonly string[])[] {
  rmSync(place.path('calls'), { force: true });
  const env = { PATH: `${place.path('bin')}:${process.env.PATH}` };
  try {
    execFileSync(shell, ['-c', text], { cwd: place.folder, env, stdio: 'ignore' });
  } catch {
    // Words are no program: pasting them fails, and does nothing.
  }
  if (!existsSync(place.path('calls'))) return [];
  const calls = readFileSync(place.path('calls'), 'utf8').split('\n\0').slice(0, -1);
  return calls.map((call) => call.split('\0').slice(0, -1));
}

/** The command at the end of a fix, if it has one: what a reader would select. */
const commandOf = (fix: string): string => /(?:^|: )((?:aws|mirrorwatch) [a-z].*)$/s.exec(fix)?.[1] ?? '';

/** The id in an argument, an option's value or behind `=`. */
const isOurValue = (word: string): boolean => /^[\w@%+=:,./-]*$/.test(word);

interface InIds {
  readonly attack: string;
  readonly of: keyof typeof IDS;
  readonly text: string;
  /** False if other commands take its place. */
  readonly isLeftOut?: boolean;
}

describe('an id in a command', () => {
  it.each<InIds>([
    {
      attack: 'the id of a session that hides a mark to end the quotes of sh runs nothing',
      of: 'session',
      text: UNSEEN,
    },
    {
      attack: 'the id of an instance that hides a mark to end the quotes of sh runs nothing',
      of: 'instance',
      text: UNSEEN,
    },
    { attack: 'the id of a security group that hides a mark to end quotes runs nothing', of: 'group', text: UNSEEN },
    { attack: 'the id of a session that ends quotes is in no command', of: 'session', text: ENDS_QUOTES },
    { attack: 'the id of an instance that ends quotes is in no command', of: 'instance', text: ENDS_QUOTES },
    {
      attack: 'the id of an interface that substitutes a command is in no command',
      of: 'interface',
      text: SUBSTITUTES,
      isLeftOut: false,
    },
    {
      attack: 'the id of a security group that substitutes a command is in no command',
      of: 'group',
      text: SUBSTITUTES,
    },
    {
      attack: 'the id of a session that poses as an option is in no command',
      of: 'session',
      text: '--endpoint-url=http://evil.example',
    },
    {
      attack: 'the id of an instance with a comma names no second resource in a command',
      of: 'instance',
      text: 'i-1,vol-2',
      isLeftOut: false,
    },
    {
      attack: 'the id of a session with line breaks starts no line of a command',
      of: 'session',
      text: 'x\ntouch pwned\n',
    },
    {
      attack: 'the id of a session that writes a command into the words of a fix is no command',
      of: 'session',
      text: 'a: aws iam delete-user --user-name b',
    },
  ])('$attack', async ({ of, text, isLeftOut = true }) => {
    const hostile = JSON.stringify(text).slice(1, -1);
    const account = IDS[of].reduce((all, id, index) => all.replaceAll(id, `${hostile}${index}`), EXAMPLE);
    const place = aDesk(account);
    const fixes = await fixesIn(place, '--account', 'account.json');
    expect(fixes.length).toBeGreaterThan(20);
    const unsafe: unknown[] = [];
    for (const fix of fixes)
      for (const shell of ['/bin/sh', 'bash'])
        for (const call of [...pasted(shell, fix, place), ...pasted(shell, commandOf(fix), place)])
          if (!call.every(isOurValue) || call.join(' ').includes(text)) unsafe.push(call);
    expect(unsafe).toEqual([]);
    expect(existsSync(place.path('pwned'))).toBe(false);
    expect(fixes.some((fix) => /left out: |No command can be given safely: /.test(fix))).toBe(isLeftOut);
  });

  it('the name of a snapshot that substitutes a command reaches the program as it is', async () => {
    const name = "my $(touch pwned) `touch pwned` it's; account.json";
    const place = aDesk(EXAMPLE, name);
    const fixes = await fixesIn(place, '--account', name);
    const calls = fixes
      .flatMap((fix) => pasted('/bin/sh', fix, place))
      .filter(([program]) => program === 'mirrorwatch');
    expect(calls.length).toBeGreaterThan(5);
    for (const call of calls) expect(call[call.indexOf('--account') + 1]).toBe(name);
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  it('the name of a snapshot that hides a mark to end the quotes of sh runs nothing', async () => {
    const place = aDesk(EXAMPLE, UNSEEN);
    for (const fix of await fixesIn(place, '--account', UNSEEN)) pasted('/bin/sh', fix, place);
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  it('the name of a region that ends quotes is in no command', async () => {
    const place = aDesk(EXAMPLE.replaceAll('eu-west-1', "eu-west-1'; touch pwned; '"));
    const { stdout } = await place.run('audit', '--account', 'account.json', '-o', 'jsonl', '--quiet');
    for (const line of stdout.split('\n').filter((each) => each !== '')) {
      const { fix } = JSON.parse(line) as { fix: string };
      pasted('/bin/sh', fix, place);
      const words = pasted('/bin/sh', commandOf(fix), place).flat();
      expect(words.filter((word) => word.includes('touch'))).toEqual([]);
    }
    expect(existsSync(place.path('pwned'))).toBe(false);
  });
});

describe('the key of an object in a command', () => {
  const fixFor = (object: string): string => {
    const { findings } = integrityAudit(
      [
        {
          ...{ type: 'log', status: 'injected', reason: 'no digest lists it', accountId: '111122223333' },
          ...{ region: 'eu-west-1', object },
        },
      ],
      { now: NOW, severities: {} },
    );
    return findings[0]?.fix ?? '';
  };

  it('the key of an injected log that ends quotes is one word of the command', () => {
    const place = aDesk(EXAMPLE);
    const key = "it's; touch pwned; $(touch pwned).json.gz";
    const [call] = pasted('/bin/sh', commandOf(fixFor(`s3://trail/${key}`)), place);
    expect(call).toEqual(['aws', 's3api', 'list-object-versions', '--bucket', 'trail', '--prefix', key]);
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  it('the key of an injected log that hides a mark to end the quotes of sh runs nothing', () => {
    const place = aDesk(EXAMPLE);
    const fix = fixFor(`s3://trail/${UNSEEN}`);
    pasted('/bin/sh', fix, place);
    pasted('/bin/sh', commandOf(fix), place);
    expect(existsSync(place.path('pwned'))).toBe(false);
    expect(fix).toContain('left out: the key of the object');
  });
});

describe('a command in a mail', () => {
  const mailed = (fix: string): string => describeFinding(anEntry(aFinding({ fix })), [], { now: NOW }).join('\n');

  it.each([
    { attack: 'a stored fix with a second command is not mailed', more: '; touch pwned' },
    { attack: 'a stored fix that pipes into a shell is not mailed', more: ' | sh' },
    { attack: 'a stored fix that substitutes a command is not mailed', more: ' $(touch pwned)' },
    { attack: 'a stored fix that substitutes a command by backticks is not mailed', more: ' `touch pwned`' },
    { attack: 'a stored fix that substitutes a command in double quotes is not mailed', more: ' "$(touch pwned)"' },
    { attack: 'a stored fix that writes to a file is not mailed', more: ' > ~/.profile' },
    { attack: 'a stored fix with a command in the background is not mailed', more: ' & touch pwned' },
    { attack: 'a stored fix with a program that is not ours is not mailed', more: ' && touch pwned' },
    { attack: 'a stored fix with an open quote is not mailed', more: " 'x" },
  ])('$attack', ({ more }) => {
    const mail = mailed(`aws ec2 create-tags --resources i-1${more}`);
    expect(mail).not.toContain('create-tags');
    expect(mail).toContain('Fix: see the report.');
  });

  it('two commands of a fix are two lines of a mail, each safe alone', () => {
    const lines = mailed('No command is safe. Delete them: aws ec2 a --b c && aws ec2 d').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['aws ec2 a --b c', 'aws ec2 d']));
  });
});

describe('a link to the console', () => {
  it.each([
    {
      attack: 'a task of another partition gets no link',
      region: 'eu-west-1',
      id: 'arn:aws-cn:ecs:cn-north-1:111122223333:task/shop/0123abcd',
    },
    {
      attack: 'a task of another region gets no link',
      region: 'eu-west-1',
      id: 'arn:aws:ecs:us-east-1:111122223333:task/shop/0123abcd',
    },
    { attack: 'a region with a host in it gets no link', region: 'evil.example/#', id: 'i-0a1b' },
    { attack: 'a region of more than one line gets no link', region: 'eu-west-1\n', id: 'i-0a1b' },
    { attack: 'an instance id with parameters gets no link', region: 'eu-west-1', id: 'i-0a1b&x=1' },
    { attack: 'an instance id of more than one line gets no link', region: 'eu-west-1', id: 'i-0a1b\n' },
  ])('$attack', ({ region, id }) => {
    expect(resourceLink(region, id)).toBeUndefined();
  });
});
