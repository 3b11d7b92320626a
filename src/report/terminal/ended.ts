/** When and by whom findings were resolved, or what closed them, for a terminal. */

import { grouped } from '../../collections.ts';
import type { Report } from '../report.ts';
import { endedFindings, endedTitle, endLabel, endWords } from '../resolution/resolution-words.ts';
import type { PageSetup } from './page-setup.ts';
import { shortId, wrap } from './terminal-text.ts';

/** How many are listed: the latest. CSV and JSON have them all. */
const LISTED = 20;

/** The findings that ended, the latest first. Muted ones that were closed are listed with `showMuted`. */
export function endedLines({ findings }: Report, { columns, paint, showMuted }: PageSetup): string[] {
  const ended = endedFindings(findings).filter(({ status }) => status !== 'muted' || showMuted);
  if (ended.length === 0) return [];
  const lines = ended.slice(0, LISTED).flatMap((finding) => {
    const { rule, resourceId, resolution, status } = finding;
    const label = resolution === undefined ? '' : endLabel(resolution).toLowerCase();
    const muted = status === 'muted' ? ', muted' : '';
    const [head = '', ...rest] = wrap(
      `${rule} ${shortId(resourceId)}${muted}: ${label} ${endWords(finding) ?? ''}`,
      columns - 4,
    );
    return [`  ${head}`, ...rest.map((line) => `    ${line}`)];
  });
  const left = ended.length - LISTED;
  const more = left <= 0 ? [] : [`  and ${grouped(left)} more: see -o csv or -o json`];
  return [paint.bold(`${endedTitle(ended)} (${grouped(ended.length)})`), ...lines, ...more];
}
