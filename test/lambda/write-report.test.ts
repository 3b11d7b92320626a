/** What the report function leaves in the bucket and mails, in this process, on a ledger in memory. */

import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import StreamZip from 'node-stream-zip';
import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import { writeAndMail } from '../../src/lambda/write-report.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
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

describe('the report function', () => {
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
