/** Runs the main job on the example account, command by command, as a new user would: `npm run demo`. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = 'out/demo';
const MAIL = `${OUT}/mail`;

/** Added to every command. The account is a copy, so the example itself never changes. */
const WORLD = ['--config', 'config.json', '--account', `${OUT}/account.json`];

/** The time of a step. The example's logs are from that morning; a minute later for each step, as a person would run them. */
const nowOf = (step: number): readonly string[] => ['--now', `2026-03-17T12:${29 + step}:00Z`];
const LEDGER = ['--ledger', `${OUT}/ledger.sqlite`];

/** A command of the demo, and its expected exit code. */
interface Step {
  readonly title: string;
  readonly args: readonly string[];
  readonly code: number;
  /** How many lines of its output to show. @default all */
  readonly lines?: number;
}

const STEPS: readonly Step[] = [
  {
    title:
      'What do the logs show? Launches, lost tags and deleted sessions, judged against the account, with mails to the people concerned. (Exit code 3: there are findings.)',
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
    title:
      'What should be done about mirroring? The plan for the whole account; nothing changes yet. (Exit code 3: some instances can’t reach a sensor.)',
    args: ['mirror', 'plan', ...WORLD],
    code: 3,
  },
  {
    title: 'Why does this instance go to that sensor? Every check on every candidate.',
    args: ['mirror', 'explain', idOf('search-1'), ...WORLD],
    code: 0,
    lines: 60,
  },
  {
    title:
      'Carry out the plan, in the copy of the snapshot. (Exit code 3: some instances can’t reach a sensor; their findings stay open.)',
    args: ['mirror', 'apply', ...WORLD, ...LEDGER, '--save', `${OUT}/account.applied.json`],
    code: 3,
  },
  {
    title: 'Judge the whole account again, as the scheduled sweep does. What was fixed is mailed as resolved.',
    args: ['audit', ...WORLD.slice(0, 3), `${OUT}/account.applied.json`, ...LEDGER, '--mail', MAIL, '-o', 'table'],
    code: 3,
  },
  {
    title: 'Report on the period, as HTML for a browser and CSV for a spreadsheet.',
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

/** 0 if every step had its expected exit code, 1 otherwise. */
function main(): number {
  const startedAt = performance.now();
  process.chdir(ROOT);
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  copyFileSync('examples/account.json', `${OUT}/account.json`);
  say(
    'An account with three zones, about forty instances and a dozen sensors, and one morning of its CloudTrail logs.',
  );
  const failed = STEPS.filter((step, index) => !run(step, index + 1));
  showMails();
  say(`Report:   ${OUT}/report.html (open it in a browser)`);
  say(`Findings: ${OUT}/findings.jsonl and ${OUT}/findings.csv`);
  say(`Account:  ${OUT}/account.applied.json, with the created sessions`);
  say('Next:     npx mirrorwatch scan FOLDER --account none, with a folder of your own CloudTrail logs');
  say(
    `Done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${STEPS.length - failed.length} of ${STEPS.length} steps had the expected exit code.`,
  );
  return failed.length === 0 ? 0 : 1;
}

function run({ title, args, code, lines }: Step, number: number): boolean {
  say(`\n== ${number}. ${title}`);
  // Printed as it runs, with the demo's time: pasted, it gives the same output.
  const command = ['dist/cli.js', ...args, ...nowOf(number)];
  say(`$ node ${command.join(' ')}\n`);
  const done = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = done.stdout.trimEnd().split('\n');
  say(output.slice(0, lines).join('\n'));
  if (lines !== undefined && output.length > lines)
    say(`… and ${output.length - lines} more lines; run the command to see them.`);
  say(`(exit code ${done.status ?? done.signal}${done.status === code ? ', as expected' : ''})`);
  if (done.status === code) return true;
  process.stdout.write(done.stderr);
  say(`!! This step ended with exit code ${done.status ?? done.signal} instead of ${code}.`);
  return false;
}

/** Shows every mail's subject, and the first mail in full. */
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

/** The id of the example instance with this Name tag. */
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
