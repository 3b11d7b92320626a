/**
 * The image's contents and user, without an engine for containers: the build stage's command is run in a folder, and the program as the
 * image's user, in a mount namespace in which everything but the mounted folder is read-only. What an engine adds, and the base, are not.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = mkdtempSync(join(tmpdir(), 'mirrorwatch-image-'));
const PACKAGE = join(FOLDER, 'package');
const DATA = join(FOLDER, 'data');
const INSTRUCTIONS = DockerfileParser.parse(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).getInstructions();
const argumentsOf = (keyword: string): string =>
  INSTRUCTIONS.findLast((one) => one.getKeyword() === keyword)?.getArgumentsContent() ?? '';
const USER = Number(argumentsOf('USER').split(':')[0]);

/** Files of the context, as `.dockerignore` lets them in, that git knows. */
function context(): readonly string[] {
  const names = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  return execFileSync('git', ['ls-files', '-z', '--', ...names], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '');
}

/** Why the program can't be run as another user behind a read-only root; undefined if it can. */
function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may become another user';
  const { status } = spawnSync('unshare', ['--mount', 'setpriv', '--reuid', '65532', '--clear-groups', 'true']);
  return status === 0 ? undefined : 'there is no unshare or setpriv, or no right to a namespace of mounts';
}

/** Runs a command behind a read-only root, in the mounted folder, the only one that can be written to. */
function behind(command: string, args: readonly string[] = []) {
  const script = [
    'mount --make-rprivate /',
    'mount --bind "$DATA" "$DATA"',
    "awk '{ print $2 }' /proc/self/mounts | while read -r at; do",
    '  [ "$at" = "$DATA" ] || mount -o remount,bind,ro "$at" 2>/dev/null || true',
    'done',
    'cd "$DATA"',
    command,
  ].join('\n');
  const env = { PATH: process.env.PATH, PACKAGE, DATA };
  return spawnSync('unshare', ['--mount', 'sh', '-euc', script, 'sh', ...args], { env, encoding: 'utf8' });
}

/** Runs the program as the image's user. */
function run(...args: readonly string[]) {
  const become = `setpriv --reuid ${USER} --regid ${USER} --clear-groups env -i PATH="$PATH" HOME=/data NODE_ENV=production`;
  return behind(`exec ${become} node "$PACKAGE/dist/cli.js" "$@"`, args);
}

beforeAll(() => {
  const build = join(FOLDER, 'build');
  for (const path of context()) cpSync(join(ROOT, path), join(build, path));
  const command = INSTRUCTIONS.find((one) => one.getKeyword() === 'RUN')?.getArgumentsContent() ?? 'false';
  // The stage's folders, here.
  const here = command.replaceAll(/ \/(packed|package)\b/g, ` ${FOLDER}/$1`);
  execFileSync('sh', ['-euc', here], { cwd: build, stdio: 'pipe' });
  mkdirSync(DATA);
  cpSync(join(ROOT, 'examples'), join(DATA, 'examples'), { recursive: true });
  cpSync(join(ROOT, 'config.json'), join(DATA, 'config.json'));
  chownSync(DATA, USER, USER);
  // The user has to get there.
  for (const folder of [dirname(FOLDER), FOLDER, PACKAGE]) chmodSync(folder, 0o755);
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe('the image', () => {
  it('has the package and what it needs, and nothing that only development needs', () => {
    expect(readdirSync(PACKAGE).toSorted()).toEqual(
      expect.arrayContaining(['dist', 'examples', 'man', 'node_modules', 'package.json']),
    );
    for (const name of ['src', 'test', 'scripts', '.git']) expect(readdirSync(PACKAGE)).not.toContain(name);
    for (const name of ['vitest', 'typescript', 'esbuild', 'tsx'])
      expect(readdirSync(join(PACKAGE, 'node_modules'))).not.toContain(name);
  });

  it('runs as a user without rights, and writes to the mounted folder alone', ({ skip }) => {
    const why = whyNot();
    if (why !== undefined) return skip(why);
    // Even root can write nowhere else.
    for (const path of ['/probe', '/tmp/probe', '/var/tmp/probe', '"$PACKAGE"/probe'])
      expect(behind(`touch ${path}`).stderr, path).toContain('Read-only file system');
    expect(behind('touch probe').status).toBe(0);
    const version = run('--version');
    expect([version.status, version.stdout.trim()], version.stderr).toEqual([
      0,
      expect.stringMatching(/^\d+\.\d+\.\d+$/),
    ]);
    const scan = run(
      'scan',
      'examples/logs',
      '--account',
      'examples/account.json',
      '--config',
      'config.json',
      '--ledger',
      'ledger.sqlite',
      '--mail',
      'mail',
      '-o',
      'html=report.html',
    );
    expect([scan.status, scan.stderr]).toEqual([3, expect.stringContaining('27 open findings')]);
    expect(readdirSync(DATA)).toEqual(expect.arrayContaining(['ledger.sqlite', 'mail', 'report.html']));
    const refused = run('scan', 'examples/logs', '--account', 'none', '--ledger', '/opt/ledger.sqlite');
    expect(refused.status, refused.stderr).toBe(1);
  });
});
