/** The files of a release, and what its notes say of them. */

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { releaseNotes } from '../../scripts/release/notes.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CHANGELOG =
  '# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-22\n\n### Fixed\n\n- A fault.\n\n## [1.0.0]\n\n- First.\n';
const RELEASE = {
  version: '1.1.0',
  changelog: CHANGELOG,
  unreleased: false,
  zip: { name: 'mirrorwatch-1.1.0.zip', bytes: 3, sha256: 'a'.repeat(64) },
  sbom: { name: 'mirrorwatch-1.1.0.cdx.json', bytes: 4, sha256: 'b'.repeat(64) },
  commit: 'c0ffee',
  tools: 'Node v20.0.0 and npm 10.0.0',
};
const PENDING = CHANGELOG.replace('[Unreleased]\n', '[Unreleased]\n\n- Not yet.\n');

describe('releaseNotes', () => {
  it('have the changes of the version, and of no other', () => {
    const notes = releaseNotes(RELEASE);
    expect(notes).toMatch(/^# Mirrorwatch 1\.1\.0\n\n### Fixed\n\n- A fault\.\n/);
    expect(notes).not.toContain('First.');
  });

  it('have the SHA-256 of the zip and of the SBOM, and how to build them again', () => {
    const notes = releaseNotes(RELEASE);
    expect(notes).toContain(`| \`mirrorwatch-1.1.0.zip\` | \`${'a'.repeat(64)}\` | 3 |`);
    expect(notes).toContain(`| \`mirrorwatch-1.1.0.cdx.json\` | \`${'b'.repeat(64)}\` | 4 |`);
    expect(notes).toContain('git checkout c0ffee\nnpm ci --ignore-scripts\nnpm run release\n');
    expect(notes).toContain('with Node v20.0.0 and npm 10.0.0');
  });

  it.each([
    ['the changelog has no section for the version', { version: '1.2.0' }, 'there is no section [1.2.0]'],
    ['there are entries that are in no version', { changelog: PENDING }, 'there are entries under [Unreleased]'],
  ])('are refused if %s', (_, change, message) =>
    expect(() => releaseNotes({ ...RELEASE, ...change })).toThrow(message),
  );

  it('show what is not released if that is asked for, and say so', () => {
    const { commit: _, ...uncommitted } = RELEASE;
    const notes = releaseNotes({ ...uncommitted, changelog: PENDING, unreleased: true });
    expect(notes).toMatch(/^# Mirrorwatch 1\.1\.0 \(not released\)\n\n- Not yet\.\n/);
    expect(notes).toContain('sources that are no commit (do not publish this)');
    expect(notes).not.toContain('git checkout');
  });
});

/** Runs the release of a copy that has no more than it reads before it builds. Returns what it prints as an error. */
function refusalIn(prepare: (root: string) => void): string {
  const root = mkdtempSync(join(tmpdir(), 'mirrorwatch-release-of-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json', 'CHANGELOG.md'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  prepare(root);
  const args = ['--import', 'tsx', join(root, 'scripts/release/release.ts'), '--out', join(root, 'out')];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(readdirSync(root)).not.toContain('out');
  return stderr;
}

describe('npm run release', () => {
  it('refuses sources that are no git checkout', () =>
    expect(refusalIn(() => undefined)).toContain('this is no git checkout'));

  it('refuses a checkout with changes, and names them', () =>
    expect(refusalIn((root) => execFileSync('git', ['init', '-q', root]))).toMatch(
      /commit these changes first, or add --unreleased:\n.*CHANGELOG\.md/,
    ));

  it('writes the zip, the SBOM, their hashes and the notes', () => {
    const out = mkdtempSync(join(tmpdir(), 'mirrorwatch-release-'));
    const args = ['--import', 'tsx', 'scripts/release/release.ts', '--unreleased', '--out', out];
    const printed = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const names = [`mirrorwatch-${version}.zip`, `mirrorwatch-${version}.cdx.json`];
    expect(readdirSync(out).toSorted()).toEqual(['SHA256SUMS', 'notes.md', ...names].toSorted());
    expect(readFileSync(join(out, 'notes.md'), 'utf8')).toBe(printed);
    const hashes = names.map((name) =>
      createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex'),
    );
    const sums = names.map((name, index) => `${hashes[index]}  ${name}\n`).join('');
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(sums);
    for (const hash of hashes) expect(printed).toContain(`\`${hash}\``);
  }, 120_000);
});
