/** The answer of `doctor` for a terminal and as JSON. */

import pc from 'picocolors';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { groupBy, plural } from '../../collections.ts';
import { GROUPS } from '../../pipeline/doctor/check.ts';
import { CHECKS } from '../../pipeline/doctor/checks.ts';
import type { CheckLine, CheckStatus } from '../../pipeline/doctor/line.ts';
import type { Diagnosis } from '../../pipeline/doctor/run-checks.ts';
import { visible } from '../../report/escape.ts';
import type { Paint } from '../../report/terminal/page-setup.ts';
import { pad, wrap } from '../../report/terminal/terminal-text.ts';
import { CLEAN, FAILED, FINDINGS, INCOMPLETE } from '../exit-codes.ts';

/** How to render. */
export interface DoctorRenderOptions {
  /** @default 100 */
  readonly columns?: number | undefined;
  readonly color?: boolean | undefined;
}

const NARROWEST = 40;
/** Lines that are ok are listed for the first few of a check and place; an account may have thousands of targets. */
const MOST_OK = 3;
const STATUS_COLUMNS = 'not checked'.length;

const HEADINGS: Readonly<Record<(typeof GROUPS)[number], string>> = {
  identity: 'Who we are',
  permissions: 'What we may do',
  trail: 'The trail',
  delivery: 'The way of a delivery',
  mirroring: 'Traffic Mirroring',
};

/** How many lines have each status. */
export function countsOf(lines: readonly CheckLine[]): Readonly<Record<CheckStatus, number>> {
  const of = (wanted: CheckStatus): number => lines.filter(({ status }) => status === wanted).length;
  return { ok: of('ok'), warn: of('warn'), fail: of('fail'), 'not checked': of('not checked') };
}

/**
 * The exit code: FAILED if AWS refuses the credentials, so that nothing could be asked; INCOMPLETE if something could not be checked,
 * which wins over FINDINGS, as in every command; FINDINGS if something failed; else CLEAN. Warnings do not count.
 */
export function exitCodeOfDoctor(lines: readonly CheckLine[]): number {
  if (lines.some(({ check, status }) => check === 'credentials' && status === 'fail')) return FAILED;
  const { fail, 'not checked': unchecked } = countsOf(lines);
  if (unchecked > 0) return INCOMPLETE;
  return fail > 0 ? FINDINGS : CLEAN;
}

/** The lines by group, each with its reason and its fix, then the counts. What was left out comes last. */
export function renderDoctor(
  { lines, leftOut }: Diagnosis,
  { columns = 100, color = false }: DoctorRenderOptions = {},
): string {
  const [width, paint] = [Math.max(NARROWEST, columns), pc.createColors(color)];
  const sections = GROUPS.flatMap((group) => {
    const own = lines.filter(({ check }) => groupOf(check) === group);
    return own.length === 0
      ? []
      : [[paint.bold(HEADINGS[group]), ...folded(own).flatMap((line) => rows(line, width, paint))]];
  });
  const { ok, warn, fail, 'not checked': unchecked } = countsOf(lines);
  const counts = `${ok} ok, ${plural(warn, 'warning')}, ${fail} failed, ${unchecked} not checked.`;
  const left = leftOut.map(({ check, reason }) => `${check} (${reason})`);
  const last = [
    paint.bold(counts),
    ...(left.length === 0 ? [] : wrap(`Left out: ${left.join(', ')}.`, width).map((line) => paint.dim(line))),
  ];
  return `${[...sections, last].map((each) => each.join('\n')).join('\n\n')}\n`;
}

/** The answer as a document: `mirrorwatch.doctor/1`. */
export function doctorDocument({ lines, leftOut }: Diagnosis): object {
  return { schema: 'mirrorwatch.doctor/1', lines, leftOut, summary: countsOf(lines) };
}

/** The lines, of which those that are ok stand for more of their check and place from the fourth on. */
function folded(lines: readonly CheckLine[]): readonly CheckLine[] {
  const fine = groupBy(
    lines.filter(({ status }) => status === 'ok'),
    placeOf,
  );
  return lines.flatMap((line) => {
    if (line.status !== 'ok') return [line];
    const all = fine.get(placeOf(line)) ?? [];
    const at = all.indexOf(line);
    if (at < MOST_OK || all.length === MOST_OK + 1) return [line];
    const { check, accountId, region } = line;
    const reason = `${all.length - MOST_OK} more are ok.`;
    return at === MOST_OK ? [{ check, status: 'ok', accountId, region, reason }] : [];
  });
}

function placeOf({ check, accountId, region }: CheckLine): string {
  return `${check} ${accountId ?? ''} ${region ?? ''}`;
}

function groupOf(check: string): (typeof GROUPS)[number] | undefined {
  return Object.entries(CHECKS).find(([id]) => id === check)?.[1].group;
}

function rows(
  { check, status, accountId, region, subject, reason, fix }: CheckLine,
  columns: number,
  paint: Paint,
): string[] {
  const indent = ' '.repeat(STATUS_COLUMNS + 4);
  const where = [accountId, region].filter((part) => part !== undefined).join(' ');
  const about = [check, where, subject].filter((part) => part !== undefined && part !== '').join(', ');
  const lines = wrap(`${about}: ${reason}`, columns - indent.length);
  const [first = '', ...rest] = lines.map((line) => indent + line);
  const head = `  ${statusPaint(paint, status)(pad(status, STATUS_COLUMNS))}  ${first.trimStart()}`;
  return [
    head,
    ...rest,
    ...(fix === undefined ? [] : fixLines(fix, columns - indent.length).map((line) => indent + line)),
  ];
}

/** Words that end with a colon, and a statement of a policy. */
const STATEMENT = /^(.*?:) (\{.*)$/s;

/** Words are wrapped. A command or a statement is not, so that it can be copied in one piece. */
function fixLines(fix: string, columns: number): readonly string[] {
  const [, before, statement = ''] = STATEMENT.exec(fix) ?? [];
  const { words, command } = before === undefined ? partsOfFix(fix) : { words: before, command: statement };
  const whole = `fix: ${visible(fix)}`;
  if (words === '' || whole.length <= columns) return [whole];
  return [...wrap(`fix: ${words}`, columns), ...(command === '' ? [] : [visible(command)])];
}

/** Colour only repeats the word. */
function statusPaint(paint: Paint, status: CheckStatus): (text: string) => string {
  switch (status) {
    case 'ok':
      return paint.green;
    case 'warn':
      return paint.yellow;
    case 'fail':
      return (text) => paint.bold(paint.red(text));
    case 'not checked':
      return paint.cyan;
  }
}
