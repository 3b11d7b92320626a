/** Our own code, bundled as it is shipped: workers start the same way, and no loader slows the measurement. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { PeakReport } from './folder-scan.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, where packages outside the bundle resolve. */
const OUT = `${ROOT}node_modules/.cache/mirrorwatch-bench`;

/** Bundles the folder scan and its worker, and returns the module's path. */
export async function buildFolderScan(): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { 'folder-scan': 'bench/folder-scan.ts', 'scan-worker': 'src/local/scan/scan-worker.ts' },
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
  return `${OUT}/folder-scan.mjs`;
}

/** Imports the bundled folder scan. */
export async function importFolderScan(): Promise<typeof import('./folder-scan.ts')> {
  return (await import(pathToFileURL(await buildFolderScan()).href)) as typeof import('./folder-scan.ts');
}

/** Scans in a new process, like a command: nothing is warm. The seconds don't include starting the process. */
export async function scanInProcess(folder: string, threads: number): Promise<PeakReport> {
  const output = execFileSync(process.execPath, [await buildFolderScan(), folder, String(threads)]);
  return JSON.parse(output.toString()) as PeakReport;
}

/** The fastest of `runs` scans, each in a new process. */
export async function quickestInProcess(folder: string, threads: number, runs: number): Promise<PeakReport> {
  const reports: PeakReport[] = [];
  for (let run = 0; run < runs; run += 1) reports.push(await scanInProcess(folder, threads));
  return reports.reduce((best, one) => (one.seconds < best.seconds ? one : best));
}
