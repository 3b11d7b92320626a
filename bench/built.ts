/** Our own code as it is shipped: bundled, so that workers start as they do there and nothing is measured through a loader. */

import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Inside node_modules, so that what is left out of the bundle is found from there. */
const OUT = `${ROOT}node_modules/.cache/mirrorwatch-bench`;

/** Bundles the way through a folder with its worker and answers the module's path. */
export async function buildScanWay(): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { 'scan-way': 'bench/scan-way.ts', 'scan-worker': 'src/local/scan-worker.ts' },
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
