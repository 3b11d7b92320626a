/** The software bill of materials lists what the lock pins for the product: no package less, and none that only development needs. */

import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { lockedPackages, packageId, productionPackages } from '../../scripts/release/lock.ts';
import { type Sbom, sbomOf } from '../../scripts/release/sbom.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MADE_AT = new Date('2026-11-22T12:00:00Z');
const idsOf = (sbom: Sbom): readonly string[] => sbom.components.map(({ name, version }) => `${name}@${version}`);

/** A copy of the manifest and the lock, in a folder of another name. */
function copyOfLock(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-sbom-')), 'other folder');
  mkdirSync(folder);
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(ROOT, name), join(folder, name));
  return folder;
}

function withEnvironment(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

describe('sbomOf', () => {
  let text: string;
  let sbom: Sbom;
  beforeAll(async () => {
    text = await sbomOf(ROOT, MADE_AT);
    sbom = JSON.parse(text) as Sbom;
  }, 60_000);

  it('is a CycloneDX document about this version of Mirrorwatch', () => {
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.[5-9]$/) });
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(sbom.metadata).toMatchObject({ timestamp: MADE_AT.toISOString(), component: { name: 'mirrorwatch' } });
  });

  it('lists the packages that the product needs, and no other', () => {
    const wanted = new Set(productionPackages(ROOT).map(packageId));
    expect(wanted.size).toBeGreaterThan(50);
    expect(wanted.size).toBeLessThan(new Set(lockedPackages(ROOT).map(packageId)).size);
    expect(idsOf(sbom).toSorted()).toEqual([...wanted].toSorted());
  });

  it('has the hash of each package as the lock has it', () => {
    const hashes = new Map(productionPackages(ROOT).map((one) => [packageId(one), one.integrity]));
    for (const { name, version, hashes: listed = [] } of sbom.components) {
      const sha512 = listed.find(({ alg }) => alg === 'SHA-512')?.content ?? '';
      expect(`sha512-${Buffer.from(sha512, 'hex').toString('base64')}`).toBe(hashes.get(`${name}@${version}`));
    }
  });

  it('has only dependencies between what it lists', () => {
    const refs = new Set([sbom.metadata.component, ...sbom.components].map((one) => one['bom-ref']));
    expect(sbom.dependencies.length).toBe(refs.size);
    for (const { ref, dependsOn } of sbom.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs.has(one), one).toBe(true);
  });

  it('has the same bytes in a folder of another name, where nothing is installed', async () => {
    expect(await sbomOf(copyOfLock(), MADE_AT)).toBe(text);
  }, 60_000);

  it('has the same bytes where development packages are omitted by default', async () => {
    withEnvironment('NODE_ENV', 'production');
    expect(await sbomOf(ROOT, MADE_AT)).toBe(text);
  }, 60_000);

  it('has another serial number for other content', async () => {
    const other = JSON.parse(await sbomOf(ROOT)) as Sbom;
    expect(other.metadata.timestamp).toBeUndefined();
    expect(other.serialNumber).not.toBe(sbom.serialNumber);
  }, 60_000);

  it('is refused if npm leaves out a package that the lock has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-npm-'));
    const components = sbom.components.filter(({ name }) => name !== '@aws-sdk/client-s3');
    writeFileSync(join(folder, 'sbom.json'), JSON.stringify({ ...sbom, components }));
    writeFileSync(join(folder, 'npm'), `#!/bin/sh\ncat '${folder}/sbom.json'\n`);
    chmodSync(join(folder, 'npm'), 0o755);
    withEnvironment('PATH', `${folder}:${process.env.PATH}`);
    await expect(sbomOf(ROOT)).rejects.toThrow(/npm sbom does not list @aws-sdk\/client-s3@[\d.]+, which/);
  });
});
