/** `report --verify`: what the ledger took from a file that fails is evidence no more. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addReport } from '../../../src/cli/commands/report.ts';
import { addScan } from '../../../src/cli/commands/scan.ts';
import { inProcess } from '../../support/in-process.ts';
import { writeCopy } from '../../support/integrity/copy.ts';
import { aLaunch, aLog, aScenario, minutesIn, type StoredObject } from '../../support/integrity/scenario.ts';

const trail = aScenario();
const PLACE = { accountId: '111122223333', region: 'eu-west-1' } as const;
const forged = aLog({
  ...PLACE,
  at: minutesIn(2, 20),
  unique: 'ForgedForgedForg',
  records: [aLaunch({ ...PLACE, at: minutesIn(2, 17) })],
});

let home: string;
let config: string;
let keys: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  config = join(home, 'config.json');
  keys = join(home, 'keys.json');
  await writeFile(config, JSON.stringify({ requiredTags: ['Owner'] }));
  await writeFile(keys, JSON.stringify({ PublicKeyList: trail.keys }));
});
afterAll(() => rm(home, { recursive: true }));

async function copyOf(name: string, objects: readonly StoredObject[]): Promise<string> {
  const folder = join(home, name);
  return writeCopy(folder, objects);
}

const scan = inProcess(addScan, 'scan');
const report = inProcess(addReport, 'report');

interface Finding {
  readonly evidence: readonly { readonly eventID: string }[];
  readonly cause: { readonly kind: string };
}

it('leaves out the evidence of a file that fails, says so, and keeps the rest as it was', async () => {
  const folder = await copyOf('logs', [...trail.objects, forged]);
  const ledger = ['--ledger', join(home, 'history.sqlite')];
  const now = ['--now', trail.now.toISOString()];
  await scan(folder, '--account', 'none', '--config', config, ...ledger, ...now, '--quiet', '-o', 'json');

  const period = ['--since', '2026-01-02', ...now, '--config', config, '--quiet', '-o', 'json'];
  const before = JSON.parse((await report(...ledger, ...period)).out);
  const ran = await report(...ledger, ...period, '--verify', folder, '--keys', keys);
  const after = JSON.parse(ran.out);
  expect(ran.code).toBe(2);

  const evidenceOf = ({ findings }: { readonly findings: readonly Finding[] }) =>
    findings.map(({ evidence }) => evidence.length).reduce((sum, count) => sum + count, 0);
  expect(after.findings).toHaveLength(before.findings.length);
  expect(evidenceOf(before)).toBe(37);
  expect(evidenceOf(after)).toBe(36);
  const bare = after.findings.filter(({ evidence }: Finding) => evidence.length === 0);
  expect(bare).toHaveLength(1);
  expect(bare[0].cause.kind).toBe('unknown');
  const reasons = after.input.rejected.map(({ reason }: { readonly reason: string }) => reason);
  expect(reasons).toEqual([
    expect.stringMatching(/^injected: no digest names it/),
    expect.stringMatching(/^1 record of its evidence is in no log file that is proven/),
  ]);
});

it('gives the same report, and no error, for logs that are all proven', async () => {
  const folder = await copyOf('proven', trail.objects);
  const ledger = ['--ledger', join(home, 'proven.sqlite')];
  const now = ['--now', trail.now.toISOString()];
  await scan(folder, '--account', 'none', '--config', config, ...ledger, ...now, '--quiet', '-o', 'json');
  const period = ['--since', '2026-01-02', ...now, '--config', config, '--quiet', '-o', 'json'];
  const plain = await report(...ledger, ...period);
  const verified = await report(...ledger, ...period, '--verify', folder, '--keys', keys);
  expect(verified).toEqual(plain);
});

it('refuses keys without anything to verify', async () => {
  await expect(report('--ledger', join(home, 'x.sqlite'), '--keys', keys)).rejects.toMatchObject({ code: 'usage' });
});
