/** A day of an organisation's trail in a bucket that slows down whoever asks too much: proven in one run, and by a plan of shards. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCommandLine, runCommand } from '../command.ts';
import type { Suite, SuiteResult, Target } from '../measure.ts';

export const verify: Suite = { name: 'verify: a day of 25 accounts in 17 regions', run };

const ACCOUNTS = 25;
const REGIONS = 17;
const LOGS_AN_HOUR = 3;
/** Each of the files is a log file or a digest. */
const FILES = ACCOUNTS * REGIONS * 24 * (LOGS_AN_HOUR + 1);
/** More requests than these at the same time are asked to slow down: a fraction of what `verify` makes at most. */
const ANSWERED_AT_ONCE = 20;
const DAY = ['--since', '2026-11-01', '--until', '2026-11-02'];
const KEYS = ['--keys', 'keys.json', '--now', '2026-11-03T00:00:00Z'];

async function run(): Promise<SuiteResult> {
  buildCommandLine();
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-verify-'));
  try {
    const whole = await measured(folder, () => ['verify', 's3://trail/', ...DAY, ...KEYS, '--quiet', '-o', 'jsonl']);
    const planned = await measured(folder, (runOne) => {
      runOne(['history', 'plan', 's3://trail/', ...DAY, '-o', 'plan', '--quiet']);
      return ['verify', '--plan', 'plan', ...KEYS, '--quiet', '-o', 'jsonl'];
    });
    return {
      rows: [row('verify', whole), row('verify --plan', planned)],
      targets: [
        atMost('requests a file, verify', whole.requests / FILES, 1.02),
        atMost('requests a file, history plan and verify --plan', planned.requests / FILES, 1.02),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly requests: number;
  readonly slowed: number;
}

/** Runs a command on a bucket of its own, and counts its requests. */
async function measured(
  folder: string,
  argsAfter: (runOne: (args: readonly string[]) => void) => readonly string[],
): Promise<Measured> {
  const script = join(import.meta.dirname, '../s3-trail-server.mjs');
  const shape = [ACCOUNTS, REGIONS, LOGS_AN_HOUR, ANSWERED_AT_ONCE].map(String);
  const server = spawn(process.execPath, [script, ...shape, join(folder, 'keys.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = (await lineOf(server)).trim();
  const env = {
    ...{ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'eu-west-1' },
    ...{ AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' },
  };
  const { seconds, peakBytes } = runCommand(folder, [...argsAfter((args) => runCommand(folder, [...args], env))], env);
  const said = lineOf(server);
  server.kill('SIGTERM');
  const { lists, objects, slowed } = JSON.parse(await said) as Readonly<Record<'lists' | 'objects' | 'slowed', number>>;
  return { seconds, peakBytes, requests: lists + objects, slowed };
}

const lineOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve) => server.stdout?.once('data', (text: Buffer) => resolve(text.toString())));

function row(name: string, { seconds, peakBytes, requests, slowed }: Measured): SuiteResult['rows'][number] {
  return {
    name: `${name} ${FILES} files`,
    ...{ seconds, peakBytes },
    note: `${(FILES / seconds).toFixed(0)} files/s, ${requests} requests, ${slowed} of them slowed down`,
  };
}

const atMost = (name: string, value: number, goal: number): Target => ({ name, value, goal, atMost: true });
