/** Counts and filters one file of 600 MB inflated, in its own process, to measure peak memory. */

import { quickestInProcess } from '../built.ts';
import { longCorpus } from '../corpus.ts';
import type { Suite, SuiteResult } from '../measure.ts';

export const longFile: Suite = { name: 'long file: 600 MB inflated', run };

async function run(): Promise<SuiteResult> {
  const folder = await longCorpus();
  const { seconds, peakBytes, bytes, records } = await quickestInProcess(folder, 1, 3);
  return {
    rows: [{ name: 'mirrorwatch, 1 thread', seconds, bytes, records, peakBytes }],
    targets: [{ name: 'peak MB', value: peakBytes / 1e6, goal: 350, atMost: true }],
  };
}
