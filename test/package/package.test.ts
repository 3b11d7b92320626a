/**
 * The package as its users get it: packed, installed into an empty folder, and run on each version of Node. What `npm ci` has fetched already is
 * taken from npm's cache, and the registry asked more than once, so that a moment without an answer says nothing about the package.
 */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = mkdtempSync(join(tmpdir(), 'mirrorwatch-package-'));
const PREFIX = join(FOLDER, 'prefix');
const INSTALLED = join(PREFIX, 'lib/node_modules/mirrorwatch');
const MOST_BYTES = 5_000_000;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in a folder, with npm's cache and without its other settings. */
function run(file: string, args: readonly string[], cwd = FOLDER, path = process.env.PATH): Promise<Ran> {
  const env = {
    PATH: path,
    HOME: FOLDER,
    npm_config_cache: process.env.npm_config_cache ?? join(FOLDER, 'cache'),
    npm_config_prefer_offline: 'true',
    npm_config_fetch_retries: '5',
    npm_config_registry: process.env.npm_config_registry,
    NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
    NO_COLOR: '1',
  };
  return new Promise((done) => {
    const child = execFile(file, [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? 1, stdout, stderr }),
    );
  });
}

let tarball: string;
let files: readonly string[];

beforeAll(async () => {
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', FOLDER], ROOT);
  const [{ filename, files: listed }] = JSON.parse(packed.stdout);
  tarball = join(FOLDER, filename);
  files = listed.map(({ path }: { readonly path: string }) => path).toSorted();
  const installed = await run('npm', ['install', '--global', '--prefix', PREFIX, '--no-audit', '--no-fund', tarball]);
  expect(installed.code, installed.stderr).toBe(0);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** All files below a folder of the package, but not those of other packages. */
const below = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? below(path) : [path];
  });

describe('the package', () => {
  it('has the program, the manual page, completions, examples and what a deployment needs, and no sources or tests', () => {
    for (const path of ['dist/cli.js', 'man/mirrorwatch.1', 'template.json', 'LICENSE', 'README.md'])
      expect(files).toContain(path);
    for (const path of ['completions/mirrorwatch.bash', 'completions/_mirrorwatch', 'completions/mirrorwatch.fish'])
      expect(files).toContain(path);
    const folders = new Set(files.map((path) => (path.includes('/') ? path.split('/')[0] : '')));
    expect([...folders].toSorted()).toEqual(['', 'completions', 'deploy', 'dist', 'examples', 'man']);
  });

  it('is smaller than 5 MB when it is unpacked, without what it needs', () => {
    expect(below(INSTALLED).reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(MOST_BYTES);
  });

  it('installs the manual page, and no package that only development needs', () => {
    expect(existsSync(join(PREFIX, 'share/man/man1/mirrorwatch.1'))).toBe(true);
    for (const name of ['vitest', 'typescript', 'esbuild', '@types', '@biomejs'])
      expect(existsSync(join(INSTALLED, 'node_modules', name)), name).toBe(false);
  });

  it('runs by npx in an empty folder', async () => {
    const empty = join(FOLDER, 'empty');
    mkdirSync(empty);
    const { code, stdout, stderr } = await run(
      'npx',
      ['--yes', `--package=${tarball}`, 'mirrorwatch', '--version'],
      empty,
    );
    expect([code, stdout.trim()], stderr).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    expect(readdirSync(empty)).toEqual([]);
  });
});

/** The folder of a Node of this major version; undefined if the registry has none for this machine. */
async function nodeOf(major: number): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${major}.`)) return join(process.execPath, '..');
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(FOLDER, `node-${major}`);
  mkdirSync(folder);
  const got = await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `${name}@${major}`], folder);
  return got.code === 0 ? join(folder, 'node_modules', name, 'bin') : undefined;
}

describe.each([20, 22, 24])('on Node %i', (major) => {
  it('finds what is wrong in the example, explains a target, and completes', async ({ skip }) => {
    const node = await nodeOf(major);
    if (node === undefined) return skip(`the registry has no Node ${major} for this machine`);
    const path = `${node}:${process.env.PATH}`;
    const mirrorwatch = (...args: readonly string[]) => run(join(PREFIX, 'bin/mirrorwatch'), args, FOLDER, path);
    const version = await run('node', ['--version'], FOLDER, path);
    expect(version.stdout).toMatch(new RegExp(`^v${major}\\.`));
    const world = ['--account', join(INSTALLED, 'examples/account.json'), '--config', join(INSTALLED, 'config.json')];
    const scan = await mirrorwatch(
      'scan',
      join(INSTALLED, 'examples/logs'),
      ...world,
      '--ledger',
      `ledger-${major}.sqlite`,
    );
    expect([scan.code, scan.stderr]).toEqual([3, '']);
    expect(scan.stdout).toMatch(/^27 open findings/);
    const explained = await mirrorwatch('mirror', 'explain', 'i-0fd5095a49a5ac872', ...world);
    expect([explained.code, explained.stdout]).toEqual([0, expect.stringContaining('Selected: tmt-')]);
    const completion = await mirrorwatch('completion', 'bash');
    expect(completion.stdout).toContain('complete -o filenames -F _mirrorwatch mirrorwatch');
  });
});
