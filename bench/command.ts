/** Runs commands of the built command line, each in its own process, and measures what they cost: nothing is warm, and nothing is shared. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What a command cost, from the start of its process to its end. */
export interface Usage {
  readonly seconds: number;
  /** In all threads, so collecting garbage in parallel counts too. Less affected by other work on the machine than `seconds`. */
  readonly cpuSeconds: number;
  /** `VmHWM`. */
  readonly peakBytes: number;
}

/** Builds `dist/`, which the commands run from. */
export function buildCommandLine(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the command line could not be built: ${stderr}`);
}

/** Runs `mirrorwatch` with these arguments in a folder. Throws unless it ends with 0 or 3 (findings). */
export function runCommand(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Usage & { readonly stderr: string } {
  const usageFile = join(folder, 'usage.json');
  const begin = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', join(ROOT, 'bench/report-usage.mjs'), join(ROOT, 'dist/cli.js'), ...args],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env, USAGE_FILE: usageFile } },
  );
  const seconds = (performance.now() - begin) / 1000;
  if (status !== 0 && status !== 3) throw new Error(`mirrorwatch ${args.join(' ')} ended with ${status}: ${stderr}`);
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as Omit<Usage, 'seconds'>;
  return { seconds, ...usage, stderr };
}
