/** Scans a folder of logs as the command line does. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Wanted } from '../src/cloudtrail/scanner/scan.ts';
import { type WrittenWatch, watchedBy, watchOf } from '../src/config/watch-config.ts';
import type { LogFile } from '../src/delivery/fetch-log.ts';
import { openLogs } from '../src/local/logs/log-folder.ts';
import { scanFiles } from '../src/local/scan/scan-files.ts';
import { WANTED_CALLS } from '../src/sighting/readers.ts';
import { sightingsIn, type Watched, wantedFor } from '../src/sighting/watched.ts';

/** The calls that the other tools search for, too. */
export const THREE_NAMES: ReadonlySet<string> = new Set(['RunInstances', 'CreateTags', 'DeleteTags']);
/** Every call that makes sightings. */
export const ALL_NAMES: ReadonlySet<string> = WANTED_CALLS;

/** What a scan read and found. */
export interface Scanned {
  files: number;
  records: number;
  bytes: number;
  wanted: number;
}

/** Scans a folder and returns the counts. */
export async function scanFolder(folder: string, eventNames: ReadonlySet<string>, threads: number): Promise<Scanned> {
  const wanted: Wanted = { eventNames };
  const total: Scanned = { files: 0, records: 0, bytes: 0, wanted: 0 };
  for await (const { wanted: found, end } of scanFiles(logsOf(folder), { wanted, threads, maxLogBytes: 2 ** 30 })) {
    total.wanted += found.length;
    if (end === undefined) continue;
    if (end.damage !== undefined) throw new Error(`a generated file is damaged: ${end.damage}`);
    total.files += 1;
    total.records += end.records;
    total.bytes += end.bytes;
  }
  return total;
}

/** What `watch` of a configuration asks for, with its rules compiled. */
export function prepared(watch: WrittenWatch): Watched {
  return watchedBy(watchOf(watch));
}

/** Scans a folder and reads what the configuration asks for; `wanted` counts the sightings. */
export async function readFolder(folder: string, watched: Watched, threads: number): Promise<Scanned> {
  const total: Scanned = { files: 0, records: 0, bytes: 0, wanted: 0 };
  const settings = { wanted: wantedFor(watched), threads, maxLogBytes: 2 ** 30 };
  for await (const { wanted, end } of scanFiles(logsOf(folder), settings)) {
    for (const { record } of wanted) total.wanted += sightingsIn(record, watched).length;
    if (end === undefined) continue;
    total.files += 1;
    total.records += end.records;
    total.bytes += end.bytes;
  }
  return total;
}

async function* logsOf(folder: string): AsyncGenerator<LogFile> {
  for await (const found of openLogs([folder])) if (found.kind === 'log') yield found.file;
}

/** A scan in its own process, with that process's peak memory. */
export interface PeakReport extends Scanned {
  readonly seconds: number;
  readonly peakBytes: number;
}

const [, script, folder, threads = '1'] = process.argv;
if (script === fileURLToPath(import.meta.url) && folder !== undefined) {
  const begin = performance.now();
  const scanned = await scanFolder(folder, THREE_NAMES, Number(threads));
  const seconds = (performance.now() - begin) / 1000;
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const report: PeakReport = { ...scanned, seconds, peakBytes: Number(peak) * 1024 };
  process.stdout.write(JSON.stringify(report));
}
