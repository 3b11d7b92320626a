/** Runs all benchmarks, or those whose names start with an argument, and writes bench/results.json: `npm run bench [scanning …]`. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Row, Suite, SuiteResult, Target } from './measure.ts';
import { bundle } from './suites/bundle.ts';
import { burst } from './suites/burst.ts';
import { causes } from './suites/causes.ts';
import { history } from './suites/history.ts';
import { ledger } from './suites/ledger.ts';
import { longFile } from './suites/long-file.ts';
import { memory } from './suites/memory.ts';
import { organization } from './suites/organization.ts';
import { page } from './suites/page.ts';
import { planner } from './suites/planner.ts';
import { plannerCommands } from './suites/planner-commands.ts';
import { report } from './suites/report.ts';
import { rules } from './suites/rules.ts';
import { scanning } from './suites/scanning.ts';
import { smallFiles } from './suites/small-files.ts';
import { storedFiles } from './suites/stored-files.ts';
import { verify } from './suites/verify.ts';

const SUITES: readonly Suite[] = [
  scanning,
  smallFiles,
  longFile,
  memory,
  storedFiles,
  planner,
  plannerCommands,
  causes,
  report,
  page,
  rules,
  ledger,
  history,
  verify,
  organization,
  burst,
  bundle,
];

const RESULTS = new URL('./results.json', import.meta.url);

const asked = process.argv.slice(2);
const chosen = SUITES.filter(({ name }) => asked.length === 0 || asked.some((one) => name.startsWith(one)));
const results: Record<string, SuiteResult> = {};
for (const suite of chosen) {
  const result = await suite.run();
  results[suite.name] = result;
  print(suite.name, result);
}
const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as { suites?: object }) : {};
const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
writeFileSync(RESULTS, `${JSON.stringify({ machine, suites: { ...before.suites, ...results } }, null, 2)}\n`);

function print(name: string, { rows, targets }: SuiteResult): void {
  process.stdout.write(`\n${name}\n`);
  for (const row of rows) process.stdout.write(`  ${row.name.padEnd(52)} ${figures(row)}\n`);
  for (const target of targets) process.stdout.write(`  ${verdict(target)}\n`);
}

function figures({ seconds, bytes, records, peakBytes, note }: Row): string {
  const parts = [
    seconds === undefined ? undefined : `${seconds.toFixed(3)} s`.padStart(9),
    seconds === undefined || bytes === undefined
      ? undefined
      : `${(bytes / seconds / 1e6).toFixed(0)} MB/s`.padStart(10),
    seconds === undefined || records === undefined
      ? undefined
      : `${(records / seconds / 1000).toFixed(0)} k records/s`.padStart(16),
    peakBytes === undefined ? undefined : `peak ${(peakBytes / 1e6).toFixed(0)} MB`,
    note === undefined ? undefined : `(${note})`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function verdict({ name, value, goal, atMost }: Target): string {
  const met = atMost === true ? value <= goal : value >= goal;
  return `${met ? 'ok  ' : 'MISS'} ${name}: ${value.toFixed(2)} (${atMost === true ? 'at most' : 'at least'} ${goal})`;
}
