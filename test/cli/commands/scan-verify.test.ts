/** `scan --verify`: only records of proven files are evidence, and what fails is found in the same run. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addScan } from '../../../src/cli/commands/scan.ts';
import { inProcess } from '../../support/in-process.ts';
import { writeCopy } from '../../support/integrity/copy.ts';
import { INJECTIONS, MUTATIONS, type Mutation } from '../../support/integrity/mutations.ts';
import { aScenario, type StoredObject } from '../../support/integrity/scenario.ts';

const trail = aScenario();
let home: string;
let keys: string;
let config: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  keys = join(home, 'keys.json');
  config = join(home, 'config.json');
  await writeFile(keys, JSON.stringify({ PublicKeyList: trail.keys }));
  await writeFile(config, JSON.stringify({ requiredTags: ['Owner'] }));
});
afterAll(() => rm(home, { recursive: true }));

let made = 0;
async function copyOf(objects: readonly StoredObject[]): Promise<string> {
  made += 1;
  const folder = join(home, `copy-${made}`);
  return writeCopy(folder, objects);
}

const scan = inProcess(addScan, 'scan');

async function scanned(objects: readonly StoredObject[], ...args: readonly string[]) {
  const folder = await copyOf(objects);
  const common = ['--account', 'none', '--config', config, '--keys', keys, '--now', trail.now.toISOString()];
  const ran = await scan(folder, '--verify', ...common, '--quiet', '-o', 'json', ...args);
  const report = JSON.parse(ran.out);
  const of = (rule: string) => report.findings.filter((finding: { rule: string }) => finding.rule === rule);
  const untagged: readonly string[] = of('instance-untagged').map(
    ({ resourceId }: { resourceId: string }) => resourceId,
  );
  return { ...ran, report, untagged, integrity: of('log-integrity') };
}

const mutation = (name: string): Mutation => {
  const found = MUTATIONS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no mutation ${name}`);
  return found;
};

/** The launches of the scenario: two an hour in three places. */
const LAUNCHES = 36;

describe('scan --verify', () => {
  it('judges what proven files record, as a scan does', async () => {
    const { untagged, integrity, code, report } = await scanned(trail.objects);
    expect(untagged).toHaveLength(LAUNCHES);
    expect(integrity).toEqual([]);
    expect(report.input).toMatchObject({ files: 36, records: LAUNCHES, rejected: [] });
    expect(code).toBe(3);
  });

  it.each(INJECTIONS)('takes no evidence from $name', async ({ mutate, args = [] }) => {
    const before = await scanned(trail.objects, ...args);
    const { untagged, integrity, code } = await scanned(mutate(trail), ...args);
    expect(untagged.toSorted()).toEqual(before.untagged.toSorted());
    expect(integrity).toHaveLength(1);
    expect(code).toBe(2);
  });

  it.each(['a byte of a log flipped', 'a gzip member appended to a log'])(
    'takes no evidence from a file with %s',
    async (name) => {
      const { untagged, integrity, code, report } = await scanned(mutation(name).mutate(trail));
      expect(untagged).toHaveLength(LAUNCHES - 1);
      expect(integrity).toMatchObject([{ detail: { integrity: 'invalid' } }]);
      expect(report.input.rejected).toMatchObject([{ reason: expect.stringMatching(/^its records were not used: /) }]);
      expect(code).toBe(2);
    },
  );

  it('finds the files and digests that are missing', async () => {
    const one = await scanned(mutation('one log deleted').mutate(trail));
    expect(one.integrity).toMatchObject([{ detail: { type: 'log', integrity: 'missing' } }]);
    expect(one.code).toBe(3);
    const two = await scanned(mutation('one digest deleted').mutate(trail));
    expect(two.integrity).toContainEqual(
      expect.objectContaining({ detail: expect.objectContaining({ type: 'digest', integrity: 'missing' }) }),
    );
    expect(two.untagged).toHaveLength(LAUNCHES - 2);
    expect(two.code).toBe(2);
  });

  it('leaves out, without an error, what no digest can name yet', async () => {
    const { untagged, integrity, code } = await scanned(
      mutation('a log that is not due in a digest yet').mutate(trail),
    );
    expect(untagged).toHaveLength(LAUNCHES);
    expect(integrity).toEqual([]);
    expect(code).toBe(3);
  });

  it('gives the same with one thread and with several', async () => {
    const objects = mutation('two logs exchanged').mutate(trail);
    const one = await scanned(objects, '--threads', '1');
    const two = await scanned(objects, '--threads', '2');
    expect(two.untagged).toEqual(one.untagged);
    expect(one.untagged).toHaveLength(LAUNCHES - 2);
  });

  it('refuses options that contradict each other', async () => {
    const folder = await copyOf([]);
    await expect(scan(folder, '--keys', keys)).rejects.toMatchObject({ code: 'usage' });
    const both = ['--verify', '--checkpoint', join(home, 'journal')];
    await expect(scan(folder, ...both)).rejects.toThrow(/leave out --checkpoint/);
  });
});
