/** `npm run fuzz`: makes cases of our own fixtures and runs them, until the time is over. Faults are printed, shrunk and saved. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { casesOf, shrunk, targetOf } from './cases.ts';
import { TARGETS } from './targets.ts';

const USAGE = 'npm run fuzz -- [--minutes N | --seconds N] [--seed S] [--target NAME]';
/** A case that makes no progress for so long hangs. Longer than a case may take, since the machine may be busy. */
const STUCK_MS = 20_000;
const WORKER = new URL('worker.ts', import.meta.url).href;
/** After so many faults of a target, its turn ends. */
const MOST_FAULTS = 5;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    target: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Where a target's thread ended. `fault`: what was wrong with the case there. */
interface Ended {
  readonly index: number;
  readonly fault?: string | undefined;
}

function runUntilFault(target: string, seed: number, first: number, milliseconds: number): Promise<Ended> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { target, seed, first, milliseconds, progress };
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(WORKER)}); })`;
  const worker = new Worker(start, { eval: true, workerData });
  return new Promise((resolve) => {
    let last = { index: -1, at: Date.now() };
    const finish = (ended: Ended): void => {
      clearInterval(timer);
      void worker.terminate();
      resolve(ended);
    };
    const timer = setInterval(() => {
      const index = Atomics.load(progress, 0);
      if (index !== last.index) last = { index, at: Date.now() };
      else if (Date.now() - last.at > STUCK_MS) finish({ index, fault: 'hangs' });
    }, 500);
    worker.on('message', finish);
    worker.on('error', (error) => finish({ index: Atomics.load(progress, 0), fault: `ended its thread: ${error.message}` }));
  });
}

/** Prints a fault, and saves its smallest input to the corpus. One that hangs cannot be tried again, so it is saved as it is. */
function report(target: string, seed: number, { index, fault = '' }: Ended): void {
  const one = casesOf(target, seed)(index);
  const input = fault === 'hangs' || fault.startsWith('ended') ? one.input : shrunk(target, one);
  const folder = join(import.meta.dirname, 'corpus', target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `seed-${seed}-case-${index}`);
  writeFileSync(file, input);
  console.log(`FAULT in ${target}, seed ${seed}, case ${index}: ${fault}\n  saved as ${file}:\n  ${input.slice(0, 500)}`);
}

async function fuzz(target: string, seed: number, milliseconds: number): Promise<number> {
  targetOf(target);
  const until = Date.now() + milliseconds;
  let [index, faults] = [0, 0];
  while (Date.now() < until && faults < MOST_FAULTS) {
    const ended = await runUntilFault(target, seed, index, until - Date.now());
    index = ended.index + 1;
    if (ended.fault === undefined) break;
    faults += 1;
    report(target, seed, ended);
  }
  console.log(`${target}: ${index} cases, ${faults} faults`);
  return faults;
}

if (values.help) console.log(USAGE);
else {
  const names = values.target === undefined ? Object.keys(TARGETS) : [values.target];
  const seconds = values.seconds === undefined ? 60 * Number(values.minutes ?? '5') : Number(values.seconds);
  const seed = Number(values.seed);
  if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error(USAGE);
  console.log(`seed ${seed}, ${Math.round(seconds)} s for ${names.join(', ')}`);
  let faults = 0;
  for (const name of names) faults += await fuzz(name, seed, (1000 * seconds) / names.length);
  process.exitCode = faults === 0 ? 0 : 1;
}
