/** `--suite watch`: the command line's `watch --folder` with SQLite in real processes, each killed with SIGKILL at some step. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { between, type Random, randomFrom } from './driver/random.ts';
import { HOME, idOf, instanceOf, REGION } from './world/account.ts';
import { launchOf, recordOf, second } from './world/records.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_AT = Date.UTC(2026, 2, 2, 8, 0, 0);
/** Longer than the claims of a dead process last. */
const BETWEEN_RUNS_MS = 40 * 60_000;
/** A run on a handful of files does some hundred things to files and the ledger. */
const MOST_STEPS = 160;

/** Runs seeds, and returns what went wrong with each that failed. */
export function runWatchSuite(from: number, count: number, say: (line: string) => void): number {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], { stdio: 'inherit' });
  let [failed, killed] = [0, 0];
  for (let seed = from; seed < from + count; seed += 1) {
    const run = watchOnce(seed);
    killed += run.kills;
    if (run.wrong.length === 0) continue;
    failed += 1;
    say(`watch seed ${seed}: ${run.wrong.join('\n  ')}`);
  }
  say(
    `watch as a process with SQLite: ${count} worlds (seeds ${from} to ${from + count - 1}), ${killed} processes killed, ${failed} failed`,
  );
  return failed;
}

function watchOnce(seed: number): { readonly wrong: readonly string[]; readonly kills: number } {
  const random = randomFrom(seed, 'watch');
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-watch-'));
  try {
    const { untagged, files } = worldIn(folder, random);
    const rounds = between(random, 1, 4);
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const name of files.splice(0, Math.ceil(files.length / (rounds - round))))
        renameSync(join(folder, name), join(folder, 'in', name));
      if (watch(folder, round, between(random, 1, MOST_STEPS)).signal === 'SIGKILL') kills += 1;
    }
    const last = watch(folder, rounds);
    const ends = last.status === 0 ? [] : [`the last run ended with ${last.status}: ${last.stderr}`];
    return { wrong: [...ends, ...wrongIn(folder, rounds, untagged, kills)], kills };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the account, the configuration, and a log file for each launch. Returns who lacks the tag, and the files' names. */
function worldIn(folder: string, random: Random): { readonly untagged: readonly string[]; readonly files: string[] } {
  mkdirSync(join(folder, 'in'));
  const launches = Array.from({ length: between(random, 3, 8) }, (_, index) => {
    const [number, at] = [index + 1, START_AT - between(random, 60_000, 3_600_000)];
    const tags = random() < 0.3 ? [{ Key: 'CostCenter', Value: '42' }] : [];
    const { reservation } = instanceOf(HOME, number, { at, tags, state: 'running' });
    return { number, at, tags, reservation };
  });
  const files = launches.map(({ number, at, tags, reservation }) => {
    const [instance] = reservation.Instances;
    const call = { accountId: HOME, at, eventName: 'RunInstances', caller: 'user/dana', ...launchOf(instance, tags) };
    const stamp = second(at).replaceAll(/[-:]/g, '').slice(0, 13);
    const name = `${HOME}_CloudTrail_${REGION}_${stamp}Z_${String(number).padStart(16, '0')}.json.gz`;
    writeFileSync(join(folder, name), gzipSync(JSON.stringify({ Records: [recordOf(call, number)] })));
    return name;
  });
  const region = { accountId: HOME, region: REGION, Reservations: launches.map(({ reservation }) => reservation) };
  const account = { schema: 'mirrorwatch.account/1', regions: [region] };
  writeFileSync(join(folder, 'account.json'), JSON.stringify(account));
  const alerts = { immediate: 'medium', digest: 'off' };
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ region: REGION, requiredTags: ['CostCenter'], graceSeconds: 0, alerts }),
  );
  return { files, untagged: launches.flatMap(({ number, tags }) => (tags.length === 0 ? [idOf('i', number)] : [])) };
}

function watch(folder: string, round: number, killAt?: number): ReturnType<typeof spawnSync> {
  return run(
    folder,
    round,
    ['watch', '--folder', 'in', '--account', 'account.json', '--mail', 'mail', '--once'],
    killAt,
  );
}

function run(folder: string, round: number, args: readonly string[], killAt = 0): ReturnType<typeof spawnSync> {
  const now = new Date(START_AT + round * BETWEEN_RUNS_MS).toISOString();
  const common = ['--config', 'config.json', '--ledger', 'ledger.sqlite', '--now', now];
  return spawnSync(
    process.execPath,
    ['--import', join(ROOT, 'campaign/kill-at.mjs'), join(ROOT, 'dist/cli.js'), ...args, ...common],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, CAMPAIGN_ROOT: join(ROOT, 'package.json'), CAMPAIGN_KILL_AT: String(killAt) },
    },
  );
}

/** What the ledger and the mails say that is not so, and what they leave out. */
function wrongIn(folder: string, rounds: number, untagged: readonly string[], kills: number): readonly string[] {
  const report = run(folder, rounds + 1, ['report', '-o', 'json', '--exit-zero']);
  const findings: readonly { readonly status: string; readonly resourceId: string }[] = JSON.parse(
    String(report.stdout),
  ).findings;
  const open = findings.flatMap(({ status, resourceId }) => (status === 'open' ? [resourceId] : []));
  const bodies = readdirSync(join(folder, 'mail')).map((name) => readFileSync(join(folder, 'mail', name), 'utf8'));
  const told = (id: string): number => bodies.filter((body) => new RegExp(`^(- )?${id}\\b`, 'm').test(body)).length;
  return [
    ...untagged.filter((id) => !open.includes(id)).map((id) => `${id} is untagged and not open in the ledger`),
    ...open.filter((id) => !untagged.includes(id)).map((id) => `${id} is open in the ledger and tagged`),
    ...untagged.filter((id) => told(id) === 0).map((id) => `${id} was never mailed`),
    // A process that was killed between its mail and its note of it has to mail again.
    ...untagged.filter((id) => told(id) > 1 + kills).map((id) => `${id} was mailed ${told(id)} times`),
  ];
}
