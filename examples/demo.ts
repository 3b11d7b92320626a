/** Runs the main job on the example account, command by command as a newcomer would: `npm run demo`. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = 'out/demo';
const MAIL = `${OUT}/mail`;

/** Added to every command; the account is a copy, so that the example itself is never changed. */
const WORLD = ['--config', 'config.json', '--account', `${OUT}/account.json`];

/** The example's logs are of that morning: looked at in the same hour, their ages make sense. */
const NOW = ['--now', '2026-03-17T12:30:00Z'];
const LEDGER = ['--ledger', `${OUT}/ledger.sqlite`];

/** A command of the tour, and the exit code it ends with as designed. */
interface Step {
  readonly says: string;
  readonly args: readonly string[];
  readonly code: number;
  /** Lines of its output to show; what is left out is counted. */
  readonly lines?: number;
}

const STEPS: readonly Step[] = [
  {
    says: 'What do the logs show? Launches, lost tags and deleted sessions, judged against the account. People are mailed. (Exit code 3: there are findings.)',
    args: [
      'scan',
      'examples/logs',
      ...WORLD,
      ...LEDGER,
      '--mail',
      MAIL,
      '-o',
      'table',
      '-o',
      `jsonl=${OUT}/findings.jsonl`,
    ],
    code: 3,
  },
  {
    says: 'What would be done about mirroring? The plan for the whole account; nothing is changed.',
    args: ['mirror', 'plan', ...WORLD],
    code: 0,
  },
  {
    says: 'Why does this instance go to that sensor? Every check on every candidate.',
    args: ['mirror', 'explain', idOf('search-1'), ...WORLD],
    code: 0,
    lines: 60,
  },
  {
    says: 'Do it, in the copy of the snapshot. (Exit code 3: for some no sensor can be reached; they stay findings.)',
    args: ['mirror', 'apply', ...WORLD, ...LEDGER, '--save', `${OUT}/account.applied.json`],
    code: 3,
  },
  {
    says: 'Look again at the whole account, as the scheduled sweep does. What was repaired is mailed as resolved.',
    args: ['audit', ...WORLD.slice(0, 3), `${OUT}/account.applied.json`, ...LEDGER, '--mail', MAIL, '-o', 'table'],
    code: 3,
  },
  {
    says: 'The compliance report of the period, for a browser and for a spreadsheet.',
    args: [
      'report',
      '--config',
      'config.json',
      ...LEDGER,
      '--since',
      '2026-03-01',
      '-o',
      `html=${OUT}/report.html`,
      '-o',
      `csv=${OUT}/findings.csv`,
    ],
    code: 3,
  },
];

process.exitCode = main();

/** 0 when every step ended as designed, 1 otherwise. */
function main(): number {
  const startedAt = performance.now();
  process.chdir(ROOT);
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  copyFileSync('examples/account.json', `${OUT}/account.json`);
  say('An account of three zones, some forty instances and a dozen sensors, and the CloudTrail logs of a morning.');
  const failed = STEPS.filter((step, index) => !run(step, index + 1));
  showMails();
  say(`Report:   ${OUT}/report.html (open it in a browser)`);
  say(`Findings: ${OUT}/findings.jsonl and ${OUT}/findings.csv`);
  say(`Account:  ${OUT}/account.applied.json, with the sessions that were made`);
  say(
    `Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${STEPS.length - failed.length} of ${STEPS.length} steps ended as designed.`,
  );
  return failed.length === 0 ? 0 : 1;
}

function run({ says, args, code, lines }: Step, number: number): boolean {
  say(`\n== ${number}. ${says}`);
  say(`$ node dist/cli.js ${args.join(' ')}\n`);
  const done = spawnSync(process.execPath, ['dist/cli.js', ...args, ...NOW], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = done.stdout.trimEnd().split('\n');
  say(output.slice(0, lines).join('\n'));
  if (lines !== undefined && output.length > lines)
    say(`… and ${output.length - lines} lines more; run it yourself to see them.`);
  say(`(exit code ${done.status ?? done.signal}${done.status === code ? ', as designed' : ''})`);
  if (done.status === code) return true;
  process.stdout.write(done.stderr);
  say(`!! This step ended with ${done.status ?? done.signal}, and should have ended with ${code}.`);
  return false;
}

/** The subject of every mail, and the first one whole. */
function showMails(): void {
  const names = listOf(MAIL);
  say(`\n== Mail: ${names.length} in ${MAIL}`);
  for (const name of names)
    say(`${join(MAIL, name)}: ${/^Subject: (.*)$/m.exec(readFileSync(join(MAIL, name), 'utf8'))?.[1]}`);
  const [first] = names;
  if (first !== undefined) say(`\n${readFileSync(join(MAIL, first), 'utf8').replace(/^/gm, '  | ')}`);
}

function listOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The id of an instance of the example by its Name tag. */
function idOf(name: string): string {
  interface Described {
    readonly InstanceId: string;
    readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  }
  const text = readFileSync(join(ROOT, 'examples/account.json'), 'utf8');
  const { regions } = JSON.parse(text) as { regions: { Reservations: { Instances: Described[] }[] }[] };
  const instances = regions.flatMap(({ Reservations }) => Reservations.flatMap(({ Instances }) => Instances));
  const found = instances.find(({ Tags }) => Tags.some(({ Key, Value }) => Key === 'Name' && Value === name));
  if (found === undefined) throw new Error(`examples/account.json has no instance named ${name}`);
  return found.InstanceId;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
