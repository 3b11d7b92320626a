/** Builds what the campaign runs: the zip, unpacked, and the worker as a plain module. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { unpackZip } from '../test/support/zip-functions.ts';

/** Paths of what was built. */
export interface Built {
  /** The unpacked zip. */
  readonly functions: string;
  /** The worker's module. It must run without a loader: a loader resolves imports on another thread. */
  readonly worker: string;
  /** Removes it all. */
  remove(): void;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the functions of the checkout at `root` with its own `bundle.sh`, and this checkout's worker. */
export async function buildAll(root: string = ROOT): Promise<Built> {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-campaign-'));
  const zip = join(folder, 'mirrorwatch.zip');
  execFileSync('bash', [join(root, 'bundle.sh'), '--out', zip], { stdio: ['ignore', 'ignore', 'inherit'] });
  const functions = await unpackZip(zip);
  const worker = join(folder, 'worker.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['campaign/worker.ts'],
    outfile: worker,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const remove = (): void => {
    for (const path of [folder, functions]) rmSync(path, { recursive: true, force: true });
  };
  return { functions, worker, remove };
}
