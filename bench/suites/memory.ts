/** Peak memory of `mirrorwatch events`, with every record printed and with two calls, on folders that are hard on it. */

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { denseCorpus, manyCorpus, plainCorpora, wrongChecksumCorpus } from '../corpus.ts';
import type { Row, Suite, SuiteResult } from '../measure.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MOST_MEGABYTES = 350;
/** Prints what the process took at most, to file descriptor 3. */
const REPORT_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('exit', () => writeSync(3, /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));
`)}`;

export const memory: Suite = { name: 'memory: peaks of the command', run };

async function run(): Promise<SuiteResult> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT });
  const { one, four } = plainCorpora();
  const folders = {
    '40 files of 29 MB inflated': denseCorpus(),
    'a plain file of 600 MB': one,
    'four plain files of 600 MB': four,
    '600 files with wrong checksums': wrongChecksumCorpus(),
    '40,000 small files': manyCorpus(),
  };
  const wanted = { all: [], 'two calls': ['--event-name', 'RunInstances,CreateTags'] };
  const rows: Row[] = [];
  for (const [folder, path] of Object.entries(folders))
    for (const [what, args] of Object.entries(wanted))
      for (const threads of [1, 2]) {
        const name = `${folder}, ${what}, ${threads} thread${threads === 1 ? '' : 's'}`;
        rows.push({ name, ...measured(['events', path, '--threads', `${threads}`, ...args]) });
      }
  const worst = Math.max(...rows.map(({ peakBytes = 0 }) => peakBytes));
  return { rows, targets: [{ name: 'highest peak MB', value: worst / 1e6, goal: MOST_MEGABYTES, atMost: true }] };
}

function measured(args: readonly string[]): Required<Pick<Row, 'seconds' | 'peakBytes'>> {
  const begin = performance.now();
  const { output, status, stderr } = spawnSync(
    process.execPath,
    ['--import', REPORT_PEAK, `${ROOT}dist/cli.js`, ...args],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 },
  );
  const peak = Number(output[3]?.toString());
  // 2: inputs with wrong checksums are named.
  if ((status !== 0 && status !== 2) || !(peak > 0))
    throw new Error(`${args.join(' ')} failed: ${stderr.toString().slice(-500)}`);
  return { seconds: (performance.now() - begin) / 1000, peakBytes: peak * 1024 };
}
