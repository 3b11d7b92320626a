/** What the report function leaves in the bucket and mails, in this process, on a ledger in memory. */

import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import StreamZip from 'node-stream-zip';
import { describe, expect, it } from 'vitest';
import type { Imported } from '../../src/alert/channels/hub-import.ts';
import type { AlertMessage } from '../../src/alert/message.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { parseConfig } from '../../src/config.ts';
import { writeAndMail } from '../../src/lambda/write-report.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import type { AsffFinding } from '../../src/report/security-hub/asff.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
import { aCallFinding, aFinding, NOW } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';
import { at } from '../support/sightings.ts';

const CONFIG = parseConfig(
  JSON.stringify({
    requiredTags: ['Owner'],
    trail: { buckets: [BUCKET] },
    assumeRole: { roleName: 'member', externalId: 'very-secret' },
  }),
  'config.json',
);

const onDay = (day: number): Date => new Date(NOW.getTime() + day * 86_400_000 + 1);

/** A day with a good file, a file that is cut off, and one that does not exist. */
async function aDay() {
  const ledger = aLedger();
  const bucket = aBucket();
  bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
  bucket.put(aLogKey(2), gzipSync(JSON.stringify({ Records: [aLaunchRecord(1, 'i-0a2')] })).subarray(0, -4));
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger };
  for (const number of [1, 2, 3])
    await deliver([aNotice(`m${number}`, aLogKey(number))], ports, CONFIG, { now: at(5), clock: STOPPED_CLOCK });
  const objects = new Map<string, string | Uint8Array>();
  const mails: AlertMessage[] = [];
  const reportStore = () => ({
    put: async (key: string, body: string | Uint8Array) => {
      objects.set(key.replace(/^.*\//, ''), body);
      return `s3://reports/${key}`;
    },
  });
  const publisher = { publish: async (mail: AlertMessage) => `mail-${mails.push(mail)}` };
  await writeAndMail({
    runtime: {
      config: CONFIG,
      settings: { config: 'config.json', ledgerTable: 'ledger', reportBucket: 'reports' },
      aws: { reportStore },
      ports: { ledger, publisher },
    },
    now: at(60),
    toolVersion: '0',
    note: () => undefined,
    imported: () => undefined,
    figures: () => undefined,
  });
  return { objects, mails };
}

async function unzipped(zip: string | Uint8Array | undefined): Promise<ReadonlyMap<string, string>> {
  const file = join(mkdtempSync(join(tmpdir(), 'evidence-')), 'evidence.zip');
  writeFileSync(file, zip ?? '');
  const archive = new StreamZip.async({ file });
  const names = Object.keys(await archive.entries());
  const files = await Promise.all(names.map(async (name) => [name, String(await archive.entryData(name))] as const));
  await archive.close();
  return new Map(files);
}

/** A run of the function on a ledger, with a hub that is on or off: what it imported, by the name of what each finding is about. */
async function importsOf(ledger: FullLedger, now: Date, isOn = true) {
  const imports: string[] = [];
  const importFindings = async (findings: readonly AsffFinding[]): Promise<Imported> => {
    const ids = findings.map(({ Resources, RecordState }) => `${Resources[0]?.Id.split('/').at(-1)} ${RecordState}`);
    if (isOn) imports.push(...ids);
    const failure = { accountId: '', region: '', awsCode: 'InvalidAccessException', reason: 'off', retry: false };
    const failed = isOn ? [] : findings.map(({ Id: id }, index) => ({ ...failure, index, id, isCall: true }));
    return { imported: findings.length - failed.length, failed };
  };
  const reported: Imported[] = [];
  await writeAndMail({
    runtime: {
      config: CONFIG,
      settings: { config: 'config.json', ledgerTable: 'ledger' },
      aws: { reportStore: () => ({ put: () => Promise.reject(new Error('there is no bucket')) }) },
      ports: { ledger, hub: { importFindings } },
    },
    ...{ now, toolVersion: '0', note: () => undefined, figures: () => undefined },
    imported: (all) => void reported.push(all),
  });
  return { imports, failed: reported.flatMap(({ failed }) => failed).length };
}

describe('the report function', () => {
  it('imports into Security Hub what no sweep judges, and archives it however long that failed', async () => {
    const ledger = aLedger();
    const finding = aCallFinding();
    const see = (parts: Partial<Finding>, day: number) =>
      ledger.record({ at: onDay(day), findings: [{ ...finding, ...parts }], judgements: [], outcomes: [] });
    await see({}, 0);
    expect(await importsOf(ledger, onDay(1))).toEqual({ imports: ['management-events ACTIVE'], failed: 0 });
    await see({ status: 'resolved' }, 2);
    for (const day of [3, 9, 20])
      expect(await importsOf(ledger, onDay(day), false)).toEqual({ imports: [], failed: 1 });
    expect(await importsOf(ledger, onDay(30))).toEqual({ imports: ['management-events ARCHIVED'], failed: 0 });
    expect(await importsOf(ledger, onDay(31))).toEqual({ imports: [], failed: 0 });
  });

  it('imports again every thirty days what is open', async () => {
    const ledger = aLedger();
    await ledger.record({ at: NOW, findings: [aFinding()], judgements: [], outcomes: [] });
    const days: number[] = [];
    for (let day = 0; day <= 61; day += 1) if ((await importsOf(ledger, onDay(day))).imports.length > 0) days.push(day);
    expect(days).toEqual([0, 1, 7, 30, 60]);
  });

  it('writes CSV and the evidence archive beside HTML, JSON and JSON Lines', async () => {
    const { objects } = await aDay();
    expect([...objects.keys()].toSorted()).toEqual([
      'evidence.zip',
      'findings.csv',
      'findings.jsonl',
      'report.html',
      'report.json',
    ]);
    expect(objects.get('findings.csv')).toContain('i-0a1');
    const files = await unzipped(objects.get('evidence.zip'));
    const sums = [...files]
      .filter(([name]) => name !== 'SHA256SUMS')
      .map(([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}`);
    expect(files.get('SHA256SUMS')?.trimEnd().split('\n').toSorted()).toEqual(sums.toSorted());
    expect([...files.values()].join('\n')).not.toContain('very-secret');
  });

  it('names in report and manifest what was not read, with the damage of each file', async () => {
    const { objects } = await aDay();
    const { input, manifest } = JSON.parse(String(objects.get('report.json'))) as {
      input: {
        files: number;
        records: number;
        bytes: number;
        launches: number;
        rejected: { path: string; reason: string }[];
      };
      manifest: { path: string; bytes: number; inflatedBytes: number; damage?: string }[];
    };
    const damaged = `s3://${BUCKET}/${aLogKey(2)}`;
    expect(manifest.find(({ path }) => path === damaged)?.damage).toContain('cut off');
    expect(manifest.find(({ path }) => path === `s3://${BUCKET}/${aLogKey(1)}`)).not.toHaveProperty('damage');
    expect(input.rejected.map(({ path }) => path)).toEqual([damaged, `s3://${BUCKET}/${aLogKey(3)}`]);
    expect(input).toMatchObject({ files: 2, launches: 2 });
    expect(input.bytes).toBe(manifest.reduce((sum, { inflatedBytes }) => sum + inflatedBytes, 0));
    expect(input.bytes).toBeGreaterThan(manifest.reduce((sum, { bytes }) => sum + bytes, 0));
    const evidence = (await unzipped(objects.get('evidence.zip'))).get('manifest.json') ?? '';
    expect(JSON.parse(evidence)).toMatchObject({ input, inputs: manifest });
    expect(objects.get('report.html')).not.toContain('Everything given was read');
  });

  it('names it in the digest too', async () => {
    const { mails } = await aDay();
    expect(mails).toHaveLength(1);
    const text = (mails[0]?.body ?? '').replaceAll(/\s+/g, ' ');
    expect(text).toContain(`${aLogKey(2)}: cut off`);
    expect(text).toContain('Coverage: not measured.');
  });
});
