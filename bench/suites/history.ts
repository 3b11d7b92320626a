/** Years of logs: planning a million objects, scanning shards, folding a thousand of them, and asking what they kept, against DuckDB. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommandLine, runCommand, type Usage } from '../command.ts';
import { longYearsCorpus, smallCorpus, yearsCorpus } from '../corpus.ts';
import { type DuckDb, duckDb } from '../duckdb.ts';
import type { Row, Suite, SuiteResult, Target } from '../measure.ts';

export const history: Suite = { name: 'history: years of logs in shards', run };

const ROOT = new URL('../../', import.meta.url).pathname;
const JUDGE_NOTHING = ['--account', 'none', '--config', 'config.json', '-o', 'json=found.json', '--quiet'];

async function run(): Promise<SuiteResult> {
  buildCommandLine();
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-history-'));
  const results: SuiteResult[] = [];
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ requiredTags: ['Owner'] }));
  try {
    results.push(await planning(folder), scanning(folder), folding(folder), await asking(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows: results.flatMap(({ rows }) => rows), targets: results.flatMap(({ targets }) => targets) };
}

/** A million objects of 100 accounts and 17 regions in a bucket, whose pages come at once: what is measured is what we add. */
async function planning(folder: string): Promise<SuiteResult> {
  const server = spawn(process.execPath, [join(ROOT, 'bench/s3-listing-server.mjs'), '100', '17', '589'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await lineOf(server);
  const env = {
    ...{ AWS_ENDPOINT_URL: `http://127.0.0.1:${port.trim()}`, AWS_REGION: 'eu-west-1' },
    ...{ AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' },
  };
  const usage = runCommand(folder, ['history', 'plan', 's3://trail/AWSLogs/', '-o', 'million'], env);
  const requests = lineOf(server);
  server.kill('SIGTERM');
  const { objects } = JSON.parse(readFileSync(join(folder, 'million/plan.json'), 'utf8')) as { objects: number };
  return {
    rows: [
      {
        name: `plan ${objects} objects`,
        ...rowOf(usage),
        records: objects,
        note: `${(await requests).trim()} requests`,
      },
    ],
    targets: [atMost('plan of 1,000,000 objects, peak MB', usage.peakBytes / 1e6, 250)],
  };
}

const lineOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve) => server.stdout?.once('data', (text: Buffer) => resolve(text.toString())));

/** Eight million records in 16,000 files with one worker and with two, a million of them kept whole, and 4,000 small files for what an object costs beside its bytes. */
function scanning(folder: string): SuiteResult {
  const years = yearsCorpus();
  const packed = sizeOf(years, /\.gz$/);
  runCommand(folder, ['history', 'plan', years, '-o', 'years', '--shard-objects', '100']);
  runCommand(folder, ['history', 'plan', longYearsCorpus(), '-o', 'long', '--shard-objects', '500']);
  runCommand(folder, ['history', 'plan', smallCorpus(), '-o', 'small', '--shard-objects', '1000']);
  const scan = (plan: string, workers: number, name: string): Usage =>
    quickest(() => {
      rmSync(join(folder, name), { recursive: true, force: true });
      return runCommand(folder, [
        'history',
        'run',
        plan,
        '--local',
        '--workers',
        `${workers}`,
        '--result',
        name,
        '--scan-only',
        '--quiet',
      ]);
    });
  const [one, two, small] = [scan('long', 1, 'one'), scan('long', 2, 'two'), scan('small', 1, 'few')];
  const all = runCommand(folder, [
    'history',
    'run',
    'years',
    '--local',
    '--workers',
    '2',
    '--keep',
    'all',
    '--result',
    'all',
    '--scan-only',
    '--quiet',
  ]);
  const bytes = inflatedBytes(join(folder, 'one'));
  const smallBytes = inflatedBytes(join(folder, 'few'));
  // What the bytes of the small files would take in files of half a megabyte.
  const overhead = (small.seconds - (one.seconds * smallBytes) / bytes) / 4000;
  const kept = sizeOf(join(folder, 'all'), /\.parquet$/);
  return {
    rows: [
      { name: 'run, 1 worker, 16,000 files', ...rowOf(one), bytes, records: 8_000_000 },
      { name: 'run, 2 workers', ...rowOf(two), bytes, records: 8_000_000 },
      { name: 'run, 2 workers, --keep all, 2,000 files', ...rowOf(all), bytes: bytes / 8, records: 1_000_000 },
      {
        name: 'run, 1 worker, 4,000 small files',
        ...rowOf(small),
        bytes: smallBytes,
        note: `${(overhead * 1e3).toFixed(2)} ms an object besides its bytes`,
      },
      { name: 'Parquet of all records', note: `${mb(kept)} of ${mb(packed)} packed, ${mb(bytes / 8)} inflated` },
    ],
    targets: [
      { name: '2 workers, × 1 worker', value: one.seconds / two.seconds, goal: 1.7 },
      atMost('Parquet of all records, × packed logs', kept / packed, 1.5),
    ],
  };
}

/** A thousand shards, two files each. */
function folding(folder: string): SuiteResult {
  runCommand(folder, ['history', 'plan', yearsCorpus(), '-o', 'thousand', '--shard-objects', '2']);
  runCommand(folder, ['history', 'run', 'thousand', '--local', '--workers', '2', '--scan-only', '--quiet']);
  const usage = runCommand(folder, ['history', 'fold', 'thousand', ...JUDGE_NOTHING]);
  return {
    rows: [{ name: 'fold of 1,000 shards', ...rowOf(usage) }],
    targets: [atMost('fold of 1,000 shards, peak MB', usage.peakBytes / 1e6, 350)],
  };
}

/** Questions to a result of a million records: a hundredth of the 100 million that an organisation has in some months. */
async function asking(folder: string): Promise<SuiteResult> {
  const result = join(folder, 'all');
  const bytes = sizeOf(result, /\.parquet$/);
  const duck = await duckDb();
  const instance = anInstanceIn(result, folder);
  const questions: readonly (readonly [what: string, options: readonly string[], where: string])[] = [
    ['an instance', ['--instance', instance], `list_contains(resources, '${instance}')`],
    [
      'a call of an account',
      ['--event-name', 'RunInstances', '--accounts', '111122223315'],
      `eventName = 'RunInstances' AND accountId = '111122223315'`,
    ],
    [
      'a day of a region',
      ['--event-name', 'RunInstances', '--regions', 'us-east-1', '--since', '2026-01-12', '--until', '2026-01-13'],
      `eventName = 'RunInstances' AND region = 'us-east-1' AND day = '2026-01-12'`,
    ],
  ];
  const rows: Row[] = [];
  const targets: Target[] = [];
  for (const [what, options, where] of questions) {
    const usage = runCommand(folder, ['history', 'ask', result, ...options, '-o', 'jsonl=answer.jsonl']);
    const found = readFileSync(join(folder, 'answer.jsonl'), 'utf8').split('\n').length - 1;
    const read = bytesReadIn(usage.stderr);
    rows.push({ name: `ask for ${what}`, ...rowOf(usage), note: `${found} records, ${mb(read)} of ${mb(bytes)} read` });
    targets.push({ name: `${what}: part of the result that is not read`, value: 1 - read / bytes, goal: 0.95 });
    if (duck === undefined) rows.push({ name: 'DuckDB, 1 thread', note: 'not installed' });
    else targets.push(await answeredBy(duck, { result, what, where, found }, rows));
  }
  for (const [file, seconds, count] of duck === undefined ? [] : await auditors(duck, result))
    rows.push({ name: `DuckDB: ${file}`, seconds, note: `${count} rows` });
  return { rows, targets };
}

async function answeredBy(
  duck: DuckDb,
  {
    result,
    what,
    where,
    found,
  }: { readonly result: string; readonly what: string; readonly where: string; readonly found: number },
  rows: Row[],
): Promise<Target> {
  const begin = performance.now();
  const [[count] = []] = await duck.query(
    `SELECT count(*) FROM (SELECT record FROM read_parquet('${filesOf(result)}') WHERE ${where})`,
  );
  rows.push({
    name: `DuckDB, 1 thread, ${what}`,
    seconds: (performance.now() - begin) / 1000,
    note: `${count} records`,
  });
  return { name: `${what}: records found, of DuckDB's`, value: found / Number(count), goal: 1 };
}

/** The questions for Athena, as they are, with DuckDB's names for what it names otherwise. */
async function auditors(
  duck: DuckDb,
  result: string,
): Promise<readonly (readonly [file: string, seconds: number, rows: number])[]> {
  await duck.query('CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)');
  await duck.query('CREATE MACRO json_format(value) AS CAST(value AS VARCHAR)');
  await duck.query(`CREATE VIEW mirrorwatch_records AS SELECT * FROM read_parquet('${filesOf(result)}')`);
  const folder = join(ROOT, 'deploy/athena/questions');
  const answers: (readonly [string, number, number])[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const begin = performance.now();
    const answer = await duck.query(readFileSync(join(folder, file), 'utf8'));
    answers.push([file, (performance.now() - begin) / 1000, answer.length]);
  }
  return answers;
}

const filesOf = (result: string): string => join(result, 'shard=*/records/*.parquet');

/** An instance that some records name. */
function anInstanceIn(result: string, folder: string): string {
  runCommand(folder, ['history', 'ask', result, '--event-name', 'RunInstances', '-o', 'jsonl=launches.jsonl']);
  const [, id] = /"(i-[0-9a-f]{17})"/.exec(readFileSync(join(folder, 'launches.jsonl'), 'utf8')) ?? [];
  if (id === undefined) throw new Error('no record names an instance');
  return id;
}

function bytesReadIn(stderr: string): number {
  const [, amount, unit] = /; read ([\d.]+) (MB|GB) of/.exec(stderr) ?? [];
  if (amount === undefined) throw new Error(`history ask does not say what it read: ${stderr}`);
  return Number(amount) * (unit === 'GB' ? 1e9 : 1e6);
}

function quickest(work: () => Usage): Usage {
  return [work(), work(), work()].toSorted((one, other) => one.seconds - other.seconds)[0] as Usage;
}

function sizeOf(folder: string, ending: RegExp): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}

/** What the shards of a result say that their files inflate to. */
function inflatedBytes(result: string): number {
  return readdirSync(result, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('summary.json'))
    .reduce((sum, path) => sum + JSON.parse(readFileSync(join(result, path), 'utf8')).input.bytes, 0);
}

const rowOf = ({ seconds, peakBytes }: Usage): Pick<Row, 'seconds' | 'peakBytes'> & { readonly seconds: number } => ({
  seconds,
  peakBytes,
});

const atMost = (name: string, value: number, goal: number): Target => ({ name, value, goal, atMost: true });

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
