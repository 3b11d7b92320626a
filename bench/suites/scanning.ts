/** Scanning 300 MB of logs: bare gunzip as the limit, our scanner, and other tools. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { importFolderScan, quickestInProcess } from '../built.ts';
import { largeCorpus, mixedCorpus } from '../corpus.ts';
import { duckDb } from '../duckdb.ts';
import { THREE_NAMES } from '../folder-scan.ts';
import { type Row, race, type Suite, type SuiteResult } from '../measure.ts';

/** Slow tools get every eighth file and are compared by speed. */
const SHARE = 8;

export const scanning: Suite = { name: 'scanning: 300 MB inflated, 500 files', run };

async function run(): Promise<SuiteResult> {
  const { scanFolder, ALL_NAMES } = await importFolderScan();
  const folder = mixedCorpus();
  const files = readdirSync(folder).map((name) => join(folder, name));
  const some = files.filter((_, at) => at % SHARE === 0);
  const names = [...THREE_NAMES];
  const duck = await duckDb();
  const fast = await race({
    gunzip: () => bytesOf(files, (bytes) => bytes.length),
    ours: () => scanFolder(folder, THREE_NAMES, 1),
    parse: () => bytesOf(files, (bytes) => filtered(bytes)),
  });
  // Raced separately: otherwise these would pay for collecting the other variants' garbage.
  const byNames = await race({
    three: () => scanFolder(folder, THREE_NAMES, 1),
    manyNames: () => scanFolder(folder, ALL_NAMES, 1),
  });
  const alone = await quickestInProcess(folder, 1, 3);
  const two = await quickestInProcess(folder, 2, 3);
  const large = largeCorpus();
  const largeAlone = await quickestInProcess(large, 1, 3);
  const largeTwo = await quickestInProcess(large, 2, 3);
  const slow = await race({
    gunzip: () => bytesOf(some, (bytes) => bytes.length),
    jq: () => (hasJq() ? jq(some, names) : undefined),
    duckDb: () => duck?.count(some, names),
  });
  const { bytes, records } = fast.ours.answer;
  const someBytes = slow.gunzip.answer;
  const gunzipSpeed = bytes / fast.gunzip.seconds;
  const speed = bytes / fast.ours.seconds;
  const rows: Row[] = [
    { name: 'gunzipSync alone (the limit)', seconds: fast.gunzip.seconds, bytes },
    { name: 'mirrorwatch, 1 thread, 3 names', seconds: fast.ours.seconds, bytes, records },
    { name: `mirrorwatch, 1 thread, ${ALL_NAMES.size} names`, seconds: byNames.manyNames.seconds, bytes, records },
    { name: 'mirrorwatch, new process, 1 thread', ...alone },
    { name: 'mirrorwatch, new process, 2 threads', ...two },
    { name: 'five times over, new process, 1 thread', ...largeAlone },
    { name: 'five times over, new process, 2 threads', ...largeTwo },
    { name: 'gunzip + JSON.parse + filter', seconds: fast.parse.seconds, bytes },
    peer('jq', slow.jq, someBytes),
    peer('DuckDB, 1 thread', slow.duckDb, someBytes),
  ];
  const against = (name: string, peer: { seconds: number; answer: unknown }, goal: number) =>
    peer.answer === undefined ? [] : [{ name, value: speed / (someBytes / peer.seconds), goal }];
  return {
    rows,
    targets: [
      { name: '1 thread, of gunzip', value: speed / gunzipSpeed, goal: 0.7 },
      { name: '2 threads, × 1 thread', value: alone.seconds / two.seconds, goal: 1 },
      { name: '2 threads, × 1 thread, five times over', value: largeAlone.seconds / largeTwo.seconds, goal: 1.6 },
      {
        name: `${ALL_NAMES.size} names, × 3 names' time`,
        value: byNames.manyNames.seconds / byNames.three.seconds,
        goal: 1.1,
        atMost: true,
      },
      ...against('× jq', slow.jq, 10),
      ...against('× DuckDB', slow.duckDb, 3),
    ],
  };
}

function peer(name: string, { seconds, answer }: { seconds: number; answer: unknown }, bytes: number): Row {
  return answer === undefined
    ? { name, note: 'not installed' }
    : { name, seconds, bytes, note: `on every ${SHARE}th file` };
}

function bytesOf(files: readonly string[], of: (bytes: Buffer) => number): number {
  return files.reduce((sum, file) => sum + of(gunzipSync(readFileSync(file))), 0);
}

function filtered(bytes: Buffer): number {
  const { Records } = JSON.parse(bytes.toString('utf8')) as { Records: readonly { eventName: string }[] };
  return Records.filter(({ eventName }) => THREE_NAMES.has(eventName)).length;
}

function hasJq(): boolean {
  try {
    execFileSync('jq', ['--version']);
    return true;
  } catch {
    return false;
  }
}

function jq(files: readonly string[], names: readonly string[]): number {
  const filter = `.Records[] | select(${names.map((name) => `.eventName == "${name}"`).join(' or ')})`;
  const script = 'filter=$1; shift; gzip -dc "$@" | jq -c "$filter" | wc -l';
  return Number(execFileSync('bash', ['-c', script, 'bench', filter, ...files]).toString());
}
