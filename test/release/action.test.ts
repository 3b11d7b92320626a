/** Holds action.yml to the rules of a composite action, and runs each step's script with bash, without GitHub. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}
const ACTION: Action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
const { steps } = ACTION.runs;

describe('action.yml', () => {
  it('is a composite action with a description of each input and output', () => {
    expect(Object.keys(ACTION).toSorted()).toEqual(['description', 'inputs', 'name', 'outputs', 'runs']);
    expect(ACTION.runs.using).toBe('composite');
    for (const { description, default: value } of Object.values(ACTION.inputs))
      expect([typeof description, typeof value]).toEqual(['string', 'string']);
    for (const { description } of Object.values(ACTION.outputs)) expect(description).not.toBe('');
  });

  it('has steps that either run bash or use an action of one commit', () => {
    for (const step of steps) {
      const keys = Object.keys(step).filter((key) => !['name', 'id', 'if'].includes(key));
      if (step.uses === undefined) expect([step.shell, keys.includes('run')]).toEqual(['bash', true]);
      else expect([step.uses, keys]).toEqual([expect.stringMatching(/^[\w./-]+@[0-9a-f]{40}$/), ['uses', 'with']]);
    }
  });

  it('names no input in the text of a script, and only inputs and steps that there are', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
    const text = JSON.stringify(ACTION);
    const inputs = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
    expect(new Set(inputs)).toEqual(new Set(Object.keys(ACTION.inputs)));
    const ids = steps.flatMap(({ id }) => id ?? []);
    for (const [, id] of text.matchAll(/steps\.(\w+)\.outputs/g)) expect(ids).toContain(id);
  });

  it('gives its verdict last, whatever came before', () =>
    expect(steps.at(-1)).toMatchObject({ id: 'verdict', if: 'always()' }));
});

const FOLDER = mkdtempSync(join(tmpdir(), 'mirrorwatch-action-'));
const WORKSPACE = join(FOLDER, 'workspace');
beforeAll(() => {
  mkdirSync(WORKSPACE);
  for (const name of ['account.json', 'logs'])
    cpSync(join(ROOT, 'examples', name), join(WORKSPACE, name), { recursive: true });
  cpSync(join(ROOT, 'config.json'), join(WORKSPACE, 'config.json'));
  writeFileSync(join(WORKSPACE, 'broken.json'), '{"schema":');
  const account = JSON.parse(readFileSync(join(ROOT, 'examples/account.json'), 'utf8'));
  writeFileSync(
    join(WORKSPACE, 'tagged.json'),
    JSON.stringify({
      ...account,
      regions: account.regions.map(({ accountId, region }: Record<string, string>) => empty(accountId, region)),
    }),
  );
  writeFileSync(join(WORKSPACE, 'tags-only.json'), '{"requiredTags": ["Owner"]}');
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** A region in which nothing runs. */
const empty = (accountId = '', region = '') => ({ accountId, region, Reservations: [], NetworkInterfaces: [] });

interface Used {
  readonly code: number | null;
  readonly log: string;
  readonly summaries: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly temp: string;
}

/** Runs the bash steps but the first in their order, as the runner would: after a failure only those that always run. */
function use(inputs: Readonly<Record<string, string>>): Used {
  const temp = mkdtempSync(join(FOLDER, 'temp-'));
  const values: Record<string, string> = {
    ...Object.fromEntries(Object.entries(ACTION.inputs).map(([name, { default: value }]) => [name, value])),
    ...inputs,
  };
  const outputs: Record<string, string> = {};
  const summaries: string[] = [];
  let log = '';
  let code: number | null = 0;
  for (const step of steps) {
    const [, wanted] = /^inputs\.(\w+) != ''$/.exec(step.if ?? '') ?? [];
    const runs = step.if === 'always()' || (code === 0 && (wanted === undefined || values[wanted] !== ''));
    if (step.run === undefined || step.name === 'Install' || !runs) continue;
    const [output, summary] = ['output', 'summary'].map((name) => join(temp, `${step.id}.${name}`)) as [string, string];
    for (const path of [output, summary]) writeFileSync(path, '');
    const given = Object.entries(step.env ?? {}).map(([name, text]) => {
      const [, input = ''] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text) ?? [];
      return [name, values[input]];
    });
    const env = {
      PATH: process.env.PATH,
      GITHUB_ACTION_PATH: ROOT,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    };
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: WORKSPACE,
      env: { ...env, ...Object.fromEntries(given) },
      encoding: 'utf8',
    });
    log += ran.stdout + ran.stderr;
    for (const line of readFileSync(output, 'utf8').split('\n').filter(Boolean)) {
      const at = line.indexOf('=');
      outputs[`${step.id}.${line.slice(0, at)}`] = line.slice(at + 1);
    }
    summaries.push(readFileSync(summary, 'utf8'));
    if (ran.status !== 0) code = ran.status;
  }
  return { code, log, summaries: summaries.filter(Boolean), outputs, temp };
}

describe('the action', () => {
  it('fails with 3 on findings of the severity, and leaves reports, SARIF for code scanning and a summary', () => {
    const { code, outputs, summaries, temp, log } = use({ snapshot: 'account.json', logs: 'logs', formats: 'html' });
    expect([code, outputs['verdict.exit-code']], log).toEqual([3, '3']);
    for (const command of ['audit', 'scan']) {
      expect(readdirSync(join(temp, 'mirrorwatch', command)).toSorted()).toEqual(
        ['html', 'junit', 'markdown', 'sarif']
          .map((format) => `${command}.${format}`)
          .concat('exit-code')
          .toSorted(),
      );
      const sarif = JSON.parse(readFileSync(outputs[`${command}.sarif`] ?? '', 'utf8'));
      expect(sarif.runs[0].results.length).toBeGreaterThan(10);
    }
    expect(summaries.map((text) => text.split('\n')[0])).toEqual(['# Mirrorwatch report', '# Mirrorwatch report']);
    for (const text of summaries) expect(Buffer.byteLength(text)).toBeLessThan(2 ** 20);
  });

  it('passes where nothing is found', () => {
    const { code, outputs, log } = use({ snapshot: 'tagged.json', config: 'tags-only.json' });
    expect([code, outputs['verdict.exit-code']], log).toEqual([0, '0']);
  });

  it.each(['none', 'critical'])('passes with findings below %s', (severity) => {
    const inputs = { snapshot: 'account.json', config: 'tags-only.json' };
    expect(use(inputs).code).toBe(3);
    const { code, summaries } = use({ ...inputs, 'fail-on': severity });
    expect([code, summaries]).toEqual([0, [expect.stringMatching(/\*\*[1-9]\d* open\*\*/)]]);
  });

  it.each([
    ['a snapshot that cannot be read', { snapshot: 'broken.json' }, 1],
    ['a snapshot that is not there', { snapshot: 'missing.json' }, 1],
    ['a log file that is not there, even with fail-on none', { logs: 'logs\nmissing', 'fail-on': 'none' }, 2],
    ['nothing to judge', {}, 1],
    ['an unknown severity', { snapshot: 'account.json', 'fail-on': 'severe' }, 1],
    ['an unknown format', { snapshot: 'account.json', formats: 'docx' }, 1],
  ])('is not green with %s', (_, inputs, expected) => {
    const { code, outputs, log } = use(inputs);
    expect([code, log], log).toEqual([expected, expect.stringContaining('::error title=Mirrorwatch::')]);
    expect(outputs['verdict.exit-code'] ?? '1').toBe(String(expected));
  });

  it('takes no earlier use for a result, and fails if its steps did not run', () => {
    const temp = mkdtempSync(join(FOLDER, 'temp-'));
    const env = {
      PATH: process.env.PATH,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: join(temp, 'out'),
      SNAPSHOT: 'account.json',
      LOGS: '',
    };
    expect(spawnSync('bash', [join(ROOT, 'scripts/action.sh'), 'verdict'], { env }).status).toBe(1);
  });

  it.each(['snapshot', 'logs', 'config', 'fail-on', 'formats'])(
    'runs nothing of what %s says',
    (input) => {
      for (const text of [
        '$(touch pwned)',
        '; touch pwned',
        '`touch pwned`',
        'x\ntouch pwned',
        '--output=html=pwned',
        'html=pwned',
        "' ; touch pwned '",
      ]) {
        const { code } = use({ snapshot: 'account.json', [input]: text });
        expect([text, code]).not.toEqual([text, 0]);
        expect(readdirSync(WORKSPACE).filter((name) => name.includes('pwned'))).toEqual([]);
        expect(existsSync(join(ROOT, 'pwned'))).toBe(false);
      }
    },
    120_000,
  );

  it('lets no line of a record or a file name be a command of the runner', () => {
    const { log } = use({ logs: '::error::pwned' });
    const [, token = ''] = /^::stop-commands::([0-9a-f]{32})$/m.exec(log) ?? [];
    expect(log.indexOf('pwned')).toBeGreaterThan(log.indexOf(`::stop-commands::${token}`));
    expect(log.lastIndexOf('pwned')).toBeLessThan(log.indexOf(`\n::${token}::`));
  });

  it('has a script without faults of syntax', () => {
    execFileSync('bash', ['-n', join(ROOT, 'scripts/action.sh')]);
  });
});
