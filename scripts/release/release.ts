/**
 * `npm run release`: builds the files of a release, and writes its notes beside them.
 *
 * The bytes follow from the sources and the versions of the tools. `SOURCE_DATE_EPOCH`, in seconds, replaces the commit's time.
 *
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ReleasedFile, releaseNotes } from './notes.ts';
import { sbomOf } from './sbom.ts';

const root = resolve(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'out/release') },
    // For a look at the notes of what is not released, also with changes that are not committed.
    unreleased: { type: 'boolean', default: false },
  },
});
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const changes = git('status', '--porcelain');
if (changes !== '' && !values.unreleased)
  throw new Error(
    changes === undefined
      ? 'this is no git checkout, so nobody could build the same files; to look at them, add --unreleased'
      : `commit these changes first, or add --unreleased:\n${changes}`,
  );
const commit = changes === '' ? git('rev-parse', 'HEAD') : undefined;
const seconds = process.env.SOURCE_DATE_EPOCH ?? (commit === undefined ? undefined : git('log', '-1', '--format=%ct'));

mkdirSync(values.out, { recursive: true });
const [zipName, sbomName] = [`mirrorwatch-${version}.zip`, `mirrorwatch-${version}.cdx.json`];
execFileSync('bash', [join(root, 'bundle.sh'), '--out', resolve(values.out, zipName)], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
writeFileSync(
  join(values.out, sbomName),
  await sbomOf(root, seconds === undefined ? undefined : new Date(1000 * Number(seconds))),
);
const [zip, sbom] = [released(zipName), released(sbomName)];
const notes = releaseNotes({
  version,
  changelog: readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
  unreleased: values.unreleased,
  zip,
  sbom,
  ...(commit === undefined ? {} : { commit }),
  tools: `Node ${process.version} and npm ${execFileSync('npm', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()}`,
});
writeFileSync(join(values.out, 'SHA256SUMS'), [zip, sbom].map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
writeFileSync(join(values.out, 'notes.md'), notes);
process.stdout.write(notes);

function released(name: string): ReleasedFile {
  const content = readFileSync(join(values.out, name));
  return { name, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** What git says; undefined outside a checkout. */
function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
