/** A season's report by the built program: time and peak memory of every format, and its figures compared with SQL over the ledger. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';
import { FORMAT_NAMES } from '../../src/report/formats/registry.ts';
import type { Report } from '../../src/report/report.ts';
import { NOW } from '../../test/support/findings.ts';
import { recordSeason } from '../../test/support/season-ledger.ts';
import { figuresBySql, figuresOf } from '../../test/support/season-sql.ts';
import type { Row, Suite, SuiteResult, Target } from '../measure.ts';

const FINDINGS = 40_000;
const INSTANCES = 5_000;
const SINCE = new Date('2026-08-22T00:00:00Z');
const SECONDS = 5;
const BYTES = 400e6;
const RUNS = 3;

/** Needs `npm run build` first. */
export const report: Suite = { name: 'report: 90 days, 5,000 instances, 40,000 findings', run };

async function run(): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-bench-'));
  try {
    const ledger = openSqliteLedger(join(folder, 'season.sqlite'));
    await recordSeason(ledger, FINDINGS, INSTANCES);
    ledger.close();
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const format of [...FORMAT_NAMES, 'evidence']) {
      const row = await measured(folder, format);
      rows.push(row);
      targets.push(
        { name: `${format}, s`, value: row.seconds ?? Number.NaN, goal: SECONDS, atMost: true },
        { name: `${format}, peak MB`, value: (row.peakBytes ?? Number.NaN) / 1e6, goal: BYTES / 1e6, atMost: true },
      );
    }
    const { summary } = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')) as Report;
    const agrees = isDeepStrictEqual(figuresOf(summary), figuresBySql(join(folder, 'season.sqlite'), SINCE, NOW));
    targets.push({ name: 'figures match SQL', value: Number(agrees), goal: 1 });
    return { rows, targets };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measured(folder: string, format: string): Promise<Row> {
  const path = join(folder, `out.${format}`);
  const output =
    format === 'evidence'
      ? ['-o', `markdown=${join(folder, 'with.md')}`, '--evidence', path]
      : ['-o', `${format}=${path}`];
  let seconds = Number.POSITIVE_INFINITY;
  let peakBytes = 0;
  for (let time = 0; time < RUNS; time += 1) {
    const begin = process.hrtime.bigint();
    peakBytes = Math.max(peakBytes, await peakOf(['report', '--ledger', join(folder, 'season.sqlite'), ...output]));
    seconds = Math.min(seconds, Number(process.hrtime.bigint() - begin) / 1e9);
  }
  return { name: format, seconds, peakBytes, note: `${(statSync(path).size / 1e6).toFixed(1)} MB written` };
}

/** Runs the program with a hook that prints its peak memory on exit. */
async function peakOf(args: readonly string[]): Promise<number> {
  const hook = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS+'\\n'))`;
  const common = ['--since', SINCE.toISOString(), '--now', NOW.toISOString(), '--exit-zero', '--quiet'];
  const child = spawn(process.execPath, ['--import', hook, 'dist/cli.js', ...args, ...common], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  if (code !== 0 || peak === undefined) throw new Error(`mirrorwatch ${args.join(' ')} exited with ${code}: ${stderr}`);
  return Number(peak) * 1024;
}
