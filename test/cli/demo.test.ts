/** The demo's commands, pasted as printed into a clean copy, give what it showed, and its report says what `audit` said a step before. */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hashOfPage, PICTURED_PAGE } from '../../scripts/pictures.ts';
import { aPlace } from '../support/command-line.ts';
import { withoutLineMarks } from '../support/line-marks.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSX = createRequire(import.meta.url).resolve('tsx/cli');

interface Ran {
  readonly code: number;
  readonly stdout: string;
}

/** Nothing that leads to an account: no credentials, no profile, no home folder to find one in, no role of a machine. */
const WITHOUT_AWS = { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };

function run(command: readonly [string, ...string[]], cwd: string): Promise<Ran> {
  const [file, ...args] = command;
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: WITHOUT_AWS, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout }),
    );
  });
}

/** The page's words, without scripts and styles. */
const wordsOf = (html: string): string =>
  withoutLineMarks(html)
    .replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the demo', () => {
  it('prints commands that give the same when pasted, and tiles, chart and table that agree with audit', async () => {
    const place = aPlace();
    for (const part of ['examples', 'config.json', 'dist', 'package.json'])
      cpSync(`${ROOT}${part}`, place.path(part), { recursive: true });
    symlinkSync(`${ROOT}node_modules`, place.path('node_modules'));
    const demo = await run([process.execPath, TSX, `${ROOT}examples/demo.ts`], ROOT);
    expect(demo.code).toBe(0);
    const steps = [...demo.stdout.matchAll(/^\$ (node .+)\n\n([\s\S]*?)\n\(exit code (\d+), as expected\)$/gm)];
    expect(steps).toHaveLength(6);
    mkdirSync(place.path('out/demo'), { recursive: true });
    cpSync(`${ROOT}examples/account.json`, place.path('out/demo/account.json'));
    for (const [, command = '', shown = '', code] of steps) {
      const pasted = await run(['bash', '--norc', '-c', command], place.folder);
      expect(pasted.code, command).toBe(Number(code));
      const lines = shown.replace(/\n… and \d+ more lines; run the command to see them\.$/, '').split('\n');
      expect(pasted.stdout.trimEnd().split('\n').slice(0, lines.length), command).toEqual(lines);
    }
    for (const file of ['findings.jsonl', 'findings.csv', 'report.html', 'account.applied.json'])
      expect(readFileSync(place.path(`out/demo/${file}`), 'utf8'), file).toBe(
        readFileSync(`${ROOT}out/demo/${file}`, 'utf8'),
      );
    expect(readdirSync(place.path('out/demo/mail'))).not.toEqual([]);
    const sessions = (name: string): number =>
      readFileSync(place.path(`out/demo/${name}`), 'utf8').split('"TrafficMirrorSessionId"').length;
    expect(sessions('account.applied.json')).toBeGreaterThan(sessions('account.json'));
    const page = readFileSync(`${ROOT}out/demo/report.html`, 'utf8');
    expect(readFileSync(`${ROOT}${PICTURED_PAGE}`, 'utf8'), 'otherwise: npm run pictures').toBe(hashOfPage(page));
    const [, tagged, , mirrored] =
      /^(\d+\.\d %) tagged \((\d+ of \d+)\), (\d+\.\d %) mirrored/m.exec(steps[4]?.[2] ?? '') ?? [];
    const report = wordsOf(readFileSync(place.path('out/demo/report.html'), 'utf8'));
    expect([tagged, mirrored]).toEqual([expect.any(String), expect.any(String)]);
    expect(report).toContain(`Tagged ${tagged}`);
    expect(report).toContain(`Mirrored ${mirrored}`);
    const open = /Findings \(\d+ of \d+, open/.exec(steps[4]?.[2] ?? '')?.[0].match(/\d+/)?.[0];
    expect(report).toContain(`Open findings ${open} `);
    expect(report).toContain(`Open findings Open ${open} `);
    const csv = readFileSync(place.path('out/demo/findings.csv'), 'utf8').split('\n');
    expect(csv.filter((line) => /^[^,]*,[^,]*,[^,]*,[^,]*,open,/.test(line))).toHaveLength(Number(open));
  }, 60_000);
});
