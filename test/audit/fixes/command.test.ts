import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandOption, command, fixBy, fixInWords } from '../../../src/audit/fixes/command.ts';
import { anyText } from '../../support/hostile.ts';

const deletion = (id: string) =>
  command('aws ec2 delete-traffic-mirror-session', [
    ['--region', 'eu-west-1'],
    ['--traffic-mirror-session-id', id],
  ]);
const DELETION = 'aws ec2 delete-traffic-mirror-session --region eu-west-1 --traffic-mirror-session-id';

describe('command', () => {
  it('joins a value that begins with a dash to its option, so that it cannot pose as one', () => {
    const options = [['ID', 'i-1'], ['--account', '--config=evil.json'], ['--cleanup']] as const;
    expect(command('mirrorwatch mirror explain', options)).toEqual({
      text: 'mirrorwatch mirror explain i-1 --account=--config=evil.json --cleanup',
    });
  });

  it.each([
    ['tms-1; touch pwned', 'tms-1__touch_pwned'],
    ['', 'empty'],
    ['--endpoint-url=http://evil.example', '--endpoint-url=http://evil.example'],
    ['x'.repeat(90), `${'x'.repeat(40)}...`],
  ])('is missing for the id %j, and says why', (id, shown) => {
    const like = 'tms- and lower-case letters or digits';
    expect(deletion(id)).toEqual({ missing: `the id of the session (${shown}) is not ${like}` });
  });

  it('gives a shell exactly the values of its options, or does not exist', () => {
    const names = [
      ...(['ID', '--account', '--bucket', '--cidr', '--config', '--group-id', '--ledger', '--only'] as const),
      ...(['--prefix', '--region', '--regions', '--resources', '--tags', '--traffic-mirror-target-id'] as const),
    ];
    const option = fc.tuple(fc.constantFrom(...names), anyText);
    const cases = fc.sample(fc.array(option, { minLength: 1, maxLength: 3 }), { numRuns: 4000, seed: 7 });
    const given = cases.flatMap((options) => {
      const made = command('mirrorwatch mirror apply', options satisfies readonly CommandOption[]);
      return 'text' in made ? [{ text: made.text, options }] : [];
    });
    expect(given.length).toBeGreaterThan(100);
    const script = given.map(({ text }) => `printf '%s\\0' ${text}; printf '\\n\\0'`).join('\n');
    const words = execFileSync('/bin/sh', { input: script, env: {} }).toString('utf8').split('\n\0').slice(0, -1);
    for (const [index, { options }] of given.entries()) {
      const expected = options.flatMap(([name, value]) => {
        if (name === 'ID') return [value];
        return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
      });
      expect(words[index]?.split('\0').slice(0, -1)).toEqual(['mirrorwatch', 'mirror', 'apply', ...expected]);
    }
  });
});

describe('fixBy', () => {
  it('joins commands', () => {
    expect(fixBy([deletion('tms-1'), deletion('tms-2')])).toBe(`${DELETION} tms-1 && ${DELETION} tms-2`);
  });

  it('is words if one of them is missing', () => {
    expect(fixBy([deletion('tms-1'), deletion('$(x)')])).toMatch(
      /^No command can be given safely: the id of the session \(__x_\) is not tms-/,
    );
  });
});

describe('fixInWords', () => {
  it('ends with the commands', () => {
    expect(fixInWords('No command is safe. Its maker can delete it', [deletion('tms-1')])).toBe(
      `No command is safe. Its maker can delete it: ${DELETION} tms-1`,
    );
  });

  it('says which value keeps a command out, and keeps the others', () => {
    expect(fixInWords('No command is safe. Delete it', [deletion('$(x)'), deletion('tms-1')])).toBe(
      `No command is safe. Delete it (a command is left out: the id of the session (__x_) is not tms- and lower-case letters or digits): ${DELETION} tms-1`,
    );
    expect(fixInWords('No command is safe. Delete it', [deletion('$(x)')])).toMatch(/^No command[^:]*left out: [^:]*$/);
  });
});
