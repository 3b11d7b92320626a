/** The Lambda zip: its size, and how long a function's module takes to load in a fresh process. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackZip } from '../../test/support/zip-functions.ts';
import type { Suite, SuiteResult } from '../measure.ts';

export const bundle: Suite = { name: 'bundle: the Lambda zip', run };

const HANDLERS = ['watch', 'respond', 'remediate', 'sweep', 'report', 'history'];
const RUNS = 7;
const SIZE_LIMIT = 900_000;
const LOAD_LIMIT_SECONDS = 0.25;

async function run(): Promise<SuiteResult> {
  const zip = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-bench-')), 'mirrorwatch.zip');
  execFileSync('bash', [fileURLToPath(new URL('../../bundle.sh', import.meta.url)), '--out', zip]);
  const folder = await unpackZip(zip);
  const loads = HANDLERS.map((name) => ({
    name: `load ${name}.mjs`,
    seconds: fastestLoad(join(folder, `${name}.mjs`)),
  }));
  const size = statSync(zip).size;
  return {
    rows: [{ name: 'mirrorwatch.zip', bytes: size, note: `${size} bytes` }, ...loads],
    targets: [
      { name: 'bytes of the zip', value: size, goal: SIZE_LIMIT, atMost: true },
      {
        name: 'seconds to load the slowest function',
        value: Math.max(...loads.map(({ seconds }) => seconds)),
        goal: LOAD_LIMIT_SECONDS,
        atMost: true,
      },
    ],
  };
}

/** The fastest of several loads, each in a new process; Node's own start isn't counted. */
function fastestLoad(module: string): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(module)}); console.log(performance.now() - t);`;
  const loads = Array.from({ length: RUNS }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })),
  );
  return Math.min(...loads) / 1000;
}
