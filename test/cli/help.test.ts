import { describe, expect, it } from 'vitest';
import { aPlace } from '../support/command-line.ts';

const place = aPlace();
const COMMANDS = [
  '',
  'scan',
  'events',
  'audit',
  'mirror',
  'mirror plan',
  'mirror apply',
  'mirror explain',
  'watch',
  'report',
  'verify',
  'snapshot',
  'config',
  'config validate',
  'config init',
  'config schema',
];

describe('--help', () => {
  it.each(COMMANDS)('of "%s" fits 80 columns and has an example', async (command) => {
    const { code, stdout, stderr } = await place.run(...command.split(' ').filter(Boolean), '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Examples?:\n {2}\S/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(['scan', 'audit', 'mirror plan', 'mirror apply', 'mirror explain'])(
    'of "%s" offers what every command that judges takes',
    async (command) => {
      const { stdout } = await place.run(...command.split(' '), '--help');
      const common = '--config --account --ledger --output --fail-on --exit-zero --quiet --json-logs'.split(' ');
      expect(common.filter((option) => !stdout.includes(option))).toEqual([]);
    },
  );

  it('loads neither the SDK nor SQLite, nor does a command in the local world', async () => {
    place.put('empty.json', { Records: [] });
    const { stderr } = await place.run('scan', 'empty.json', '--account', 'none', '--json-logs');
    expect(stderr).not.toContain('aws-sdk');
    expect((await place.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
