/** Runs the cases of one target in a thread of its own, which can be ended when a case hangs. */

import { parentPort, workerData } from 'node:worker_threads';
import { casesOf, faultOf } from './cases.ts';

const { target, seed, first, milliseconds, progress } = workerData as {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly milliseconds: number;
  readonly progress: Int32Array;
};

const caseOf = casesOf(target, seed);
const until = performance.now() + milliseconds;
let index = first;
for (; performance.now() < until; index += 1) {
  Atomics.store(progress, 0, index);
  const one = caseOf(index);
  // A slow moment of the machine is no fault of ours.
  const fault = faultOf(target, one) === undefined ? undefined : faultOf(target, one);
  if (fault === undefined) continue;
  parentPort?.postMessage({ index, fault });
  break;
}
Atomics.store(progress, 0, index);
parentPort?.postMessage({ index });
