/** One file of 600 MB inflated: counted and filtered in a process of its own, for its peak memory. */

import { execFileSync } from 'node:child_process';
import { buildScanWay } from '../built.ts';
import { longCorpus } from '../corpus.ts';
import type { Suite, SuiteResult } from '../measure.ts';
import type { PeakReport } from '../scan-way.ts';

export const longFile: Suite = { name: 'long file: 600 MB inflated', run };

async function run(): Promise<SuiteResult> {
  const { folder } = await longCorpus();
  const output = execFileSync(process.execPath, [await buildScanWay(), folder]);
  const { seconds, peakBytes, bytes, records } = JSON.parse(output.toString()) as PeakReport;
  return {
    rows: [{ name: 'mirrorwatch, 1 thread', seconds, bytes, records, peakBytes }],
    targets: [{ name: 'peak MB', value: peakBytes / 1e6, goal: 350, atMost: true }],
  };
}
