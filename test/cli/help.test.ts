import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { aPlace } from '../support/command-line.ts';

const place = aPlace();
const COMMANDS = [
  '',
  'scan',
  'events',
  'audit',
  'timeline',
  'mirror',
  'mirror plan',
  'mirror apply',
  'mirror explain',
  'watch',
  'report',
  'verify',
  'snapshot',
  'doctor',
  'rules',
  'rules list',
  'rules show',
  'rules test',
  'config',
  'config validate',
  'config init',
  'config schema',
];

describe('--help', () => {
  it('lists the exit codes within 60 columns, each on a line of its own', async () => {
    const { stdout } = await place.run('--help');
    const codes = stdout.split('Exit codes:\n')[1]?.split('\n\n')[0]?.split('\n') ?? [];
    expect(codes.map((line) => line.slice(0, 5))).toEqual(['  0  ', '  3  ', '  2  ', '  1  ']);
    expect(codes.filter((line) => line.length > 60)).toEqual([]);
  });

  it.each(COMMANDS)('of "%s" fits into 80 columns and has an example', async (command) => {
    const { code, stdout, stderr } = await place.run(...command.split(' ').filter(Boolean), '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Examples?:\n {2}\S/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(COMMANDS)(
    'of "%s" lists formats in alphabetical order, and words its own options as all others',
    async (command) => {
      const { stdout } = await place.run(...command.split(' ').filter(Boolean), '--help');
      const text = stdout.replaceAll(/\s+/g, ' ');
      const formats = /print, or write to a file; repeatable \(([^)]+)\)/.exec(text)?.[1]?.split(', ') ?? [];
      expect(formats).toEqual(formats.toSorted());
      expect(text).not.toMatch(/display help|output the version/);
    },
  );

  it.each(['scan', 'audit', 'mirror plan', 'mirror apply', 'mirror explain'])(
    'of "%s" lists the options that every judging command has',
    async (command) => {
      const { stdout } = await place.run(...command.split(' '), '--help');
      const common = '--config --account --ledger --output --fail-on --exit-zero --quiet --json-logs'.split(' ');
      expect(common.filter((option) => !stdout.includes(option))).toEqual([]);
    },
  );

  it.each([
    ['scan', true],
    ['watch', true],
    ['audit', false],
    ['timeline', false],
    ['mirror plan', false],
    ['mirror apply', false],
    ['mirror explain', false],
  ])('of "%s" offers --account none: %s', async (command, isOffered) => {
    const { stdout } = await place.run(...command.split(' '), '--help');
    expect(stdout.includes('"none"')).toBe(isOffered);
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await place.run('--version')).stdout).toBe(`${version}\n`);
  });
});

describe('startup', () => {
  it('loads neither the SDK nor SQLite nor worker threads; commands load them when needed', async () => {
    const modules = await importedAtStart('cli.js');
    expect(modules).toContain('node:fs/promises');
    expect(modules.filter((name) => !/^(node:|\.\/)/.test(name))).toEqual([]);
  });
});

/** Every module loaded before anything runs, starting from a file of the build: those outside of it, and its own by their paths from there. */
async function importedAtStart(file: string): Promise<readonly string[]> {
  const folder = fileURLToPath(new URL('../../dist', import.meta.url));
  const { metafile } = await build({
    ...{ entryPoints: [file], absWorkingDir: folder, bundle: true, splitting: true, write: false, metafile: true },
    ...{ format: 'esm', platform: 'node', packages: 'external', outdir: 'unwritten', logLevel: 'error' },
  });
  const seen = new Set<string>();
  const visit = (path: string): void => {
    for (const { path: from, kind, external } of metafile.inputs[path]?.imports ?? []) {
      const name = external ? from : `./${from}`;
      if (kind !== 'import-statement' || seen.has(name)) continue;
      seen.add(name);
      if (!external) visit(from);
    }
  };
  visit(file);
  return [...seen];
}
