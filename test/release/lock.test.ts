/** What npm installs is pinned, and runs nothing of its own. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockedPackages, packageId, packageNameOf, productionPackages } from '../../scripts/release/lock.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LOCKS = ['.', 'kernel'];
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];
const jsonOf = (path: string): Record<string, Record<string, unknown>> => JSON.parse(readFileSync(path, 'utf8'));

describe.each(LOCKS)('the lock file in %s', (folder) => {
  const packages = lockedPackages(join(ROOT, folder));

  it('pins the bytes of every package', () => {
    expect(packages.length).toBeGreaterThan(2);
    const loose = packages.filter(({ integrity = '' }) => !/^sha512-[\w+/]{86}==$/.test(integrity));
    expect(loose.map(packageId)).toEqual([]);
  });

  it('has every package fetched from the registry that npm is configured for, under its own name', () => {
    const { packages: entries = {} } = jsonOf(join(ROOT, folder, 'package-lock.json'));
    const elsewhere = Object.entries(entries).filter(
      ([path, entry]) =>
        path !== '' && Object.keys(Object(entry)).some((key) => ['resolved', 'name', 'link'].includes(key)),
    );
    expect(Object.keys(entries).length).toBeGreaterThan(3);
    expect(elsewhere).toEqual([]);
  });
});

describe('the packages', () => {
  it('have install scripts only where package.json denies them', () => {
    const scripted = LOCKS.flatMap((folder) => lockedPackages(join(ROOT, folder))).filter(
      (one) => one.hasInstallScript,
    );
    const denied = Object.entries(jsonOf(join(ROOT, 'package.json')).allowScripts ?? {});
    expect(denied).toEqual(scripted.map(({ name }) => [name, false]));
  });

  it('have no install scripts in the product', () => {
    expect(productionPackages(ROOT).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
  });

  it('are as the lock says where they are installed', () => {
    const installed = lockedPackages(ROOT).filter(({ path }) => existsSync(join(ROOT, path, 'package.json')));
    expect(installed.length).toBeGreaterThan(100);
    for (const one of installed) {
      const { scripts = {} } = jsonOf(join(ROOT, one.path, 'package.json'));
      const runs = INSTALL_SCRIPTS.some((name) => name in scripts) || existsSync(join(ROOT, one.path, 'binding.gyp'));
      expect(runs, packageId(one)).toBe(one.hasInstallScript);
    }
  });

  it.each(['.ci/run', 'bundle.sh'])('are installed by %s without scripts', (path) => {
    const installs = readFileSync(join(ROOT, path), 'utf8').match(/npm ci\b.*/g) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    expect(installs.filter((command) => !command.startsWith('npm ci --ignore-scripts'))).toEqual([]);
  });
});

describe('packageNameOf', () => {
  it.each([
    ['node_modules/zod/index.js', 'zod'],
    ['node_modules/@aws-sdk/core/dist/a.js', '@aws-sdk/core'],
    ['node_modules/a/node_modules/@b/c/d.js', '@b/c'],
    ['src/lambda/watch.ts', undefined],
    ['src/no_node_modules/x.ts', undefined],
  ])('of %s is %s', (path, name) => expect(packageNameOf(path)).toBe(name));
});
