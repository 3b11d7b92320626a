/** Generates the data files in `examples/`: `npx tsx examples/generate.ts`. The content is the same on every run. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { zipParts } from '../src/local/zip-writer.ts';
import { account } from './account.ts';
import { ACCOUNT_ID, REGION } from './network.ts';
import type { LogRecord } from './records.ts';
import { type Seeded, seeded } from './seeded.ts';
import { byTime, routine, story } from './story.ts';

const ROUTINE_RECORDS = 420;

/** Minutes per log file. CloudTrail writes one about every five minutes; here it is thirty. */
const FILE_MINUTES = 30;

/** File contents by path below `examples/`. Compressed bytes may differ between builds of zlib; the inflated content doesn't. */
export async function exampleFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const random = seeded(4789);
  const example = account(random);
  const records = [...story(random, example), ...routine(random, ROUTINE_RECORDS)].toSorted(byTime);
  const logs = inFiles(random, records);
  const files = new Map([['account.json', bytes(`${JSON.stringify(example.snapshot, null, 1)}\n`)]]);
  // The first two files come in a zip, as when someone sends a folder; the last one is plain, as if unpacked by hand.
  const zipped = logs.slice(0, 2).map(([name, json]) => ({ name: `${name}.gz`, parts: [gzip(json)] }));
  files.set(`logs/${ACCOUNT_ID}_CloudTrail_${REGION}_20260317.zip`, Uint8Array.from(await buffer(zipParts(zipped))));
  for (const [name, json] of logs.slice(2, -1)) files.set(`logs/${name}.gz`, gzip(json));
  for (const [name, json] of logs.slice(-1)) files.set(`logs/${name}`, bytes(json));
  return files;
}

/** Records by half hour, in files named and written as CloudTrail does: one line, in no guaranteed order. */
function inFiles(random: Seeded, records: readonly LogRecord[]): readonly (readonly [string, string])[] {
  const fileMs = FILE_MINUTES * 60_000;
  const ends = [
    ...new Set(records.map(({ eventTime }) => (Math.floor(Date.parse(String(eventTime)) / fileMs) + 1) * fileMs)),
  ];
  return ends.map((end) => {
    const inside = records.filter(({ eventTime }) => {
      const time = Date.parse(String(eventTime));
      return time < end && time >= end - fileMs;
    });
    const stamp = new Date(end).toISOString().replace(/[-:]/g, '').slice(0, 13);
    const name = `${ACCOUNT_ID}_CloudTrail_${REGION}_${stamp}Z_${random.hex(16)}.json`;
    return [name, JSON.stringify({ Records: inside })] as const;
  });
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Node sets the time in the gzip header to zero, so the bytes are reproducible. */
function gzip(text: string): Uint8Array {
  return Uint8Array.from(gzipSync(text));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, content] of await exampleFiles()) {
    const target = join(dirname(fileURLToPath(import.meta.url)), path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}
