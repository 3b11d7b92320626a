/** Makes everything in `examples/` that is data: `npx tsx examples/generate.ts`. The same content on every run. */

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
import { byTime, humdrum, story } from './story.ts';

const HUMDRUM_RECORDS = 420;

/** Minutes of each log file: CloudTrail writes one about every five minutes, here every thirty. */
const FILE_MINUTES = 30;

/** Content by path below `examples/`. Compressed bytes may differ between builds of zlib; what they inflate to does not. */
export async function exampleFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const random = seeded(4789);
  const example = account(random);
  const records = [...story(random, example), ...humdrum(random, HUMDRUM_RECORDS)].toSorted(byTime);
  const logs = inFiles(random, records);
  const files = new Map([['account.json', bytes(`${JSON.stringify(example.snapshot, null, 1)}\n`)]]);
  // Two files lie in a zip, as they come when somebody sends a folder; the last one was unpacked by hand.
  const zipped = logs.slice(0, 2).map(([name, json]) => ({ name: `${name}.gz`, parts: [gzip(json)] }));
  files.set(`logs/${ACCOUNT_ID}_CloudTrail_${REGION}_20260317.zip`, Uint8Array.from(await buffer(zipParts(zipped))));
  for (const [name, json] of logs.slice(2, -1)) files.set(`logs/${name}.gz`, gzip(json));
  for (const [name, json] of logs.slice(-1)) files.set(`logs/${name}`, bytes(json));
  return files;
}

/** Records by half hour, as CloudTrail names and writes its files: one line, in no promised order. */
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

/** Node leaves the time in gzip's header at zero. */
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
