/** Which licences the product's packages may have, and the two lists of them: the document, and the texts in the zip. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LICENCES_DOCUMENT, licenceFault, licencesDocument } from '../../scripts/release/licences.ts';
import { packageId, productionPackages } from '../../scripts/release/lock.ts';
import { notices } from '../../scripts/release/notices.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const zod = { path: 'node_modules/zod', name: 'zod', version: '4.0.0', dev: false, hasInstallScript: false };

interface Installed {
  readonly license?: string;
  readonly installed?: string;
  readonly dev?: true;
  readonly files?: Readonly<Record<string, string>>;
}

/** A project with these packages of version 1.0.0 in its lock and installed. */
function aProject(packages: Readonly<Record<string, Installed>>): string {
  const root = mkdtempSync(join(tmpdir(), 'mirrorwatch-licences-'));
  writeFileSync(join(root, 'LICENSE'), 'OUR OWN LICENCE');
  const locked: Record<string, object> = { '': {} };
  for (const [name, { license, installed = license, dev, files = {} }] of Object.entries(packages)) {
    const path = `node_modules/${name}`;
    locked[path] = { version: '1.0.0', license, dev };
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, 'package.json'), JSON.stringify({ version: '1.0.0', license: installed }));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(root, path, file), text);
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages: locked }));
  return root;
}

describe('licenceFault', () => {
  it.each(['MIT', 'MIT-0', 'Apache-2.0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'])('takes %s', (licence) =>
    expect(licenceFault({ ...zod, licence })).toBeUndefined(),
  );

  it.each([
    'GPL-3.0-only',
    'AGPL-3.0',
    'LGPL-2.1',
    'MPL-2.0',
    'SSPL-1.0',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE.txt',
    'MIT OR GPL-2.0',
    '(MIT AND GPL-2.0)',
    'mit',
    '',
  ])('refuses %j', (licence) =>
    expect(licenceFault({ ...zod, licence })).toContain(`zod@4.0.0 has the licence ${licence}`),
  );

  it('refuses a package that states none', () => expect(licenceFault(zod)).toBe('zod@4.0.0 states no licence'));
});

describe('docs/licences.md', () => {
  it('is current (otherwise: npm run generate)', () =>
    expect(readFileSync(join(ROOT, LICENCES_DOCUMENT), 'utf8')).toBe(licencesDocument(ROOT)));

  it('lists each package of the product with its licence', () => {
    const text = licencesDocument(ROOT);
    const packages = productionPackages(ROOT);
    expect(packages.length).toBeGreaterThan(50);
    for (const one of packages) expect(text).toContain(`| ${packageId(one)} | ${one.licence} |`);
  });

  it('is not written for a lock with a licence that we do not take', () => {
    const root = aProject({ free: { license: 'MIT' }, copyleft: { license: 'GPL-3.0-only' }, silent: {} });
    expect(() => licencesDocument(root)).toThrow(
      /copyleft@1\.0\.0 has the licence GPL-3\.0-only.*\nsilent@1\.0\.0 states no/,
    );
  });

  it('is not written for a lock of another version', () => {
    const root = aProject({});
    writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":1,"dependencies":{}}');
    expect(() => licencesDocument(root)).toThrow('expected a lock file of version 3, found 1');
  });
});

describe('notices', () => {
  const MIT = { license: 'MIT', files: { LICENSE: 'MIT of A', 'NOTICE.txt': 'NOTICE of A' } };
  const APACHE = { license: 'Apache-2.0', files: { 'License.md': 'APACHE TEXT\r\n' } };

  it('have our own licence, and the licence and notice of each package with code in the bundle', () => {
    const root = aProject({ a: MIT, '@b/c': APACHE, unused: { license: 'MIT', files: { LICENSE: 'UNUSED' } } });
    const text = notices(root, ['src/x.ts', 'node_modules/a/index.js', 'node_modules/@b/c/dist/x.js']);
    for (const each of [
      'OUR OWN LICENCE',
      'a@1.0.0: MIT\n\nMIT of A\n\nNOTICE of A',
      '@b/c@1.0.0: Apache-2.0\n\nAPACHE TEXT\n',
    ])
      expect(text).toContain(each);
    expect(text).not.toContain('UNUSED');
  });

  it('have a text that packages share once', () => {
    const root = aProject({ a: APACHE, b: APACHE });
    const text = notices(root, ['node_modules/b/x.js', 'node_modules/a/x.js']);
    expect(text).toContain('a@1.0.0: Apache-2.0\nb@1.0.0: Apache-2.0\n\nAPACHE TEXT');
    expect(text.split('APACHE TEXT')).toHaveLength(2);
  });

  it('say where the text is for a package that comes without, if its licence reads the same for all', () => {
    const root = aProject({ a: { license: 'Apache-2.0' }, b: APACHE, c: { license: 'MIT-0' } });
    const text = notices(root, ['node_modules/a/x.js', 'node_modules/b/x.js', 'node_modules/c/x.js']);
    expect(text).toContain('The text of the licence is under b@1.0.0.');
    expect(text).toContain('c@1.0.0: MIT-0\n\nThe package has no licence file; this licence does not ask for one.');
  });

  it.each<[string, Readonly<Record<string, Installed>>, string]>([
    ['a licence that needs its text has none', { a: { license: 'MIT' }, b: MIT }, 'a@1.0.0 (MIT) has no licence file'],
    ['no other package has the text', { a: { license: 'Apache-2.0' } }, 'a@1.0.0 (Apache-2.0) has no licence file'],
    [
      'the package states another licence than the lock',
      { a: { ...MIT, installed: 'GPL-3.0' } },
      'with the licence GPL-3.0',
    ],
    ['only development needs the package', { a: { ...MIT, dev: true } }, 'not one of the packages that the product'],
  ])('are refused if %s', (_, packages, message) =>
    expect(() => notices(aProject(packages), ['node_modules/a/x.js'])).toThrow(message),
  );

  it('are refused for a package that the lock does not have', () => {
    const root = aProject({ a: MIT });
    cpSync(join(root, 'node_modules/a'), join(root, 'node_modules/b'), { recursive: true });
    expect(() => notices(root, ['node_modules/b/x.js'])).toThrow('node_modules/b has code in the bundle');
  });
});
