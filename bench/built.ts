/** Our own code as it is shipped: bundled, so that workers start as they do there and nothing is measured through a loader. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { PeakReport } from './scan-way.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that what is left out of the bundle is found from there. */
const OUT = `${ROOT}node_modules/.cache/mirrorwatch-bench`;

/** Bundles the way through a folder with its worker and answers the module's path. */
export async function buildScanWay(): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { 'scan-way': 'bench/scan-way.ts', 'scan-worker': 'src/local/scan/scan-worker.ts' },
    outdir: OUT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['piscina', '@aws-sdk/*', 'libsql'],
    banner: {
      js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return `${OUT}/scan-way.mjs`;
}

/** The bundled module. */
export async function importScanWay(): Promise<typeof import('./scan-way.ts')> {
  return (await import(pathToFileURL(await buildScanWay()).href)) as typeof import('./scan-way.ts');
}

/** A scan in a process of its own, as a command is: nothing is warm. Its seconds are those of the scan, without the process's start. */
export async function scanInProcess(folder: string, threads: number): Promise<PeakReport> {
  const output = execFileSync(process.execPath, [await buildScanWay(), folder, String(threads)]);
  return JSON.parse(output.toString()) as PeakReport;
}

/** The quickest of some such scans. */
export async function quickestInProcess(folder: string, threads: number, runs: number): Promise<PeakReport> {
  const reports: PeakReport[] = [];
  for (let run = 0; run < runs; run += 1) reports.push(await scanInProcess(folder, threads));
  return reports.reduce((best, one) => (one.seconds < best.seconds ? one : best));
}
