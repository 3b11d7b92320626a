/** Table rows: a finding in one line, and its details below it. */

import { partsOfFix } from '../../../audit/fixes/fix-parts.ts';
import { RESOURCE_NOUNS } from '../../../audit/rule-answer.ts';
import { PACKED_SEVERITIES, PACKED_STATUSES, type PackedTime } from '../packed.ts';
import { byId, make } from './elements.ts';
import type { PageEvidence, PageFinding } from './page-findings.ts';

/** How many columns the table of findings has. */
export const COLUMN_COUNT = '6';

const NOUNS: ReadonlyMap<string, string> = new Map(Object.entries(RESOURCE_NOUNS));

/** A finding's row. `expanded` says whether its details follow. */
export function rowOf(finding: PageFinding, expanded: boolean): HTMLTableRowElement {
  const { id, severity, status, name, resource, reason, cause, account, region, firstSeen } = finding;
  const toggle = make(
    'button',
    { type: 'button', class: 'toggle', 'data-id': id, 'aria-expanded': String(expanded), 'aria-controls': `d-${id}` },
    make('bdi', {}, name || resource),
  );
  const severityName = PACKED_SEVERITIES[severity] ?? '';
  const badge = make('span', { class: `badge ${severityName}` }, severityName);
  const statusBadge = status === 0 ? null : make('span', { class: 'badge plain' }, PACKED_STATUSES[status] ?? '');
  const idLine = name === '' ? null : make('span', { class: 'id mono' }, resource);
  // On a phone there is no room for these columns.
  const byline = cause === '' ? null : make('span', { class: 'inline id' }, `Cause: ${cause}`);
  const datetime = secondOf(firstSeen).replace(' UTC', 'Z').replace(' ', 'T');
  return make(
    'tr',
    { class: 'row', id: `f-${id}` },
    make('td', { class: 'sev' }, badge, statusBadge),
    make('th', { scope: 'row', class: 'res' }, toggle, idLine, make('span', { class: 'inline' }, reason), byline),
    make('td', { class: 'why' }, reason),
    make('td', { class: 'who' }, cause),
    make('td', { class: 'where' }, account, make('span', { class: 'id' }, region)),
    make('td', { class: 'seen' }, make('time', { datetime }, secondOf(firstSeen).slice(0, 10))),
  );
}

/** The row below a finding's row: why, the fix with a button that copies it, and the evidence. */
export function detailOf(finding: PageFinding): HTMLTableRowElement {
  const list = make('dl', {});
  const add = (term: string, ...content: readonly (Node | string)[]): void => {
    list.append(make('dt', {}, term), make('dd', {}, ...content));
  };
  const fix = finding.fix();
  const evidence = finding.evidence();
  add('Why', finding.reason);
  if (fix !== '') add('Fix', ...fixOf(fix));
  add('Where', [`${finding.account} ${finding.region}`, finding.vpc].filter((part) => part !== '').join(', '));
  add('Resource', `${NOUNS.get(finding.type) ?? finding.type} ${finding.resource}`);
  add('Seen', `first ${secondOf(finding.firstSeen)}, last ${secondOf(finding.lastSeen)}`);
  for (const [label, value] of finding.extras()) add(label, value);
  if (evidence.length > 0) add('Evidence', make('ol', {}, ...evidence.map(evidenceItem)));
  add('Finding', make('a', { href: `#finding=${finding.id}` }, finding.id));
  return make('tr', { class: 'detail', id: `d-${finding.id}` }, make('td', { colspan: COLUMN_COUNT }, list));
}

/** Words as text, and a command as code with a button that copies it. */
function fixOf(fix: string): readonly Node[] {
  const { words, command } = partsOfFix(fix);
  const said = words === '' ? [] : [make('p', {}, words)];
  if (command === '') return said;
  const label = words === '' ? 'Command that fixes it' : 'Command to be used with thought';
  const code = make('pre', { tabindex: '0', 'aria-label': label }, command);
  const copy = make('button', { type: 'button', class: 'plainbtn copy' }, 'Copy');
  copy.addEventListener('click', () => copyText(command, code, copy));
  return [...said, code, copy];
}

/** Copies to the clipboard. Where the browser refuses, selects the text for the reader to copy. */
function copyText(text: string, code: HTMLElement, button: HTMLButtonElement): void {
  const select = (): void => getSelection()?.selectAllChildren(code);
  const confirm = (): void => {
    button.textContent = 'Copied';
    byId('live', HTMLElement).textContent = 'Copied the command.';
  };
  // Browsers offer no clipboard to a page that was not opened from a secure origin.
  if ('clipboard' in navigator) navigator.clipboard.writeText(text).then(confirm, select);
  else select();
}

function evidenceItem({
  eventID,
  eventName,
  eventTime,
  actor,
  from,
  logFile,
  note,
  role,
}: PageEvidence): HTMLLIElement {
  const lines = [
    `${eventName} at ${secondOf(eventTime)}${role === '' ? '' : ` (${role})`}`,
    actor && `caller ${actor}`,
    from && `from ${from}`,
    eventID && `event ${eventID}`,
    logFile && `in ${logFile}`,
    note,
  ];
  return make('li', {}, ...lines.filter((line) => line !== '').map((line) => make('div', {}, line)));
}

/** `2026-11-20 10:00:00 UTC`; empty for a time that is not known. */
function secondOf(time: PackedTime): string {
  return time === null ? '' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
