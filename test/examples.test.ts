/** The committed example data is what its generator produces, and contains what the demo shows. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import StreamZip from 'node-stream-zip';
import { describe, expect, it } from 'vitest';
import { exampleFiles } from '../examples/generate.ts';
import { FILTER_ID, TARGETS } from '../examples/mirroring.ts';
import { parseSnapshot } from '../src/inventory/snapshot.ts';
import { indexAccount } from '../src/mirror/account-index.ts';
import { sessionFindings, verdictOf } from '../src/mirror/coverage.ts';
import type { MirrorPolicy } from '../src/mirror/policy.ts';

const FOLDER = new URL('../examples/', import.meta.url);
const FILES = await exampleFiles();

/** A file's uncompressed content, by entry: the compressed bytes may differ between builds of zlib. */
async function unpacked(path: string, content: Uint8Array): Promise<readonly (readonly [string, string])[]> {
  if (path.endsWith('.gz')) return [[path, gunzipSync(Uint8Array.from(content)).toString()]];
  if (!path.endsWith('.zip')) return [[path, new TextDecoder().decode(content)]];
  const file = join(mkdtempSync(join(tmpdir(), 'examples-')), 'logs.zip');
  writeFileSync(file, content);
  const zip = new StreamZip.async({ file });
  try {
    const entries = Object.values(await zip.entries());
    const inside = await Promise.all(entries.map(async ({ name }) => unpacked(name, await zip.entryData(name))));
    return inside.flat();
  } finally {
    await zip.close();
  }
}

interface ExampleRecord {
  readonly eventName: string;
  readonly eventTime: string;
  readonly errorCode?: string;
}

async function exampleRecords(): Promise<readonly ExampleRecord[]> {
  const logs = [...FILES].filter(([path]) => path.startsWith('logs/'));
  const texts = (await Promise.all(logs.map(([path, content]) => unpacked(path, content)))).flat();
  return texts.flatMap(([, text]) => (JSON.parse(text) as { Records: ExampleRecord[] }).Records);
}

describe('examples', () => {
  it.each([...FILES.keys()])('%s is what the generator produces', async (path) => {
    const made = FILES.get(path) ?? new Uint8Array();
    const committed = Uint8Array.from(readFileSync(new URL(path, FOLDER)));
    expect(await unpacked(path, committed)).toEqual(await unpacked(path, made));
  });

  it('has no log file that the generator does not produce', () => {
    const made = [...FILES.keys()].filter((path) => path.startsWith('logs/'));
    expect(readdirSync(new URL('logs/', FOLDER)).map((name) => `logs/${name}`)).toEqual(made.toSorted());
  });

  it('comes as gzip, as a zip and as plain JSON, with CloudTrail’s file names', () => {
    const names = [...FILES.keys()].filter((path) => path.startsWith('logs/'));
    const forms = new Set(names.map((name) => name.replace(/^.*(?=\.(json\.gz|zip|json)$)/, '')));
    expect(forms).toEqual(new Set(['.json.gz', '.zip', '.json']));
    for (const name of names.filter((each) => !each.endsWith('.zip'))) {
      expect(name).toMatch(/111122223333_CloudTrail_eu-west-1_20260317T\d{4}Z_[0-9a-f]{16}\.json(\.gz)?$/);
    }
  });

  it('contains successful launches, failed launches, and hundreds of other records', async () => {
    const records = await exampleRecords();
    const launches = records.filter(({ eventName }) => eventName === 'RunInstances');
    expect(launches.filter(({ errorCode }) => errorCode === undefined)).toHaveLength(5);
    expect(launches.filter(({ errorCode }) => errorCode !== undefined)).toHaveLength(3);
    expect(records.length).toBeGreaterThan(400);
    for (const { eventTime } of records) expect(eventTime).toMatch(/^2026-03-17T(08|09|10|11):\d\d:\d\dZ$/);
  });

  it('has an account with three zones and every kind of verdict', () => {
    const text = new TextDecoder().decode(FILES.get('account.json'));
    const { inventories, problems } = parseSnapshot(JSON.parse(text), 'account.json');
    expect(problems).toEqual([]);
    const [inventory] = inventories;
    if (inventory === undefined) throw new Error('the example has no region');
    const account = indexAccount(inventory, POLICY);
    const verdicts = (inventory.networkInterfaces ?? []).map((each) => verdictOf(each, account));
    const kinds = new Set(
      verdicts.map((verdict) => (verdict.kind === 'missing' ? `missing ${verdict.remediable}` : verdict.kind)),
    );
    expect(kinds).toEqual(
      new Set(['mirrored', 'ineffective', 'missing true', 'missing false', 'exempt', 'rogue', 'duplicate']),
    );
    expect(
      sessionFindings(account)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['duplicate', 'orphan', 'rogue']);
    expect(inventory.instances?.length).toBeGreaterThanOrEqual(40);
  });
});

/** As in the repository's config.json. */
const POLICY: MirrorPolicy = {
  mode: 'plan',
  filterId: FILTER_ID,
  targets: Object.values(TARGETS).map((id) => ({ id })),
  localZoneOnly: false,
  interfaces: 'all',
  onUnknown: 'refuse',
  sessionNumber: 1,
  fargate: true,
  sourceEgressAcl: 'warn',
  excludeTags: [],
  trustedOwners: [],
  configHash: 'example',
  cleanup: false,
};
