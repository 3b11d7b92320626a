/** The findings section of the HTML report: filters, a table that the script fills, and rows for readers without scripts. */

import { type Finding, SEVERITIES } from '../../audit/finding.ts';
import { ruleTitleOf } from '../../audit/rule-book.ts';
import { compareText, grouped, plural, truncate } from '../../collections.ts';
import { causeInBrief } from '../cause-words.ts';
import { brief, type Html, html, MOST_SHOWN } from '../escape.ts';
import type { Report } from '../report.ts';
import { ruleTitles } from '../rule-titles.ts';
import type { PackedFindings } from './pack-findings.ts';
import { prose } from './prose.ts';
import { forWhomHtml } from './section.ts';

/** How many rows the file itself contains. The script replaces them with its first page. */
const STATIC_ROWS = 100;
/** How many values a filter offers. Only forged records have more accounts or regions. */
const MOST_CHOICES = 500;

/** The most of a reason that such a row has. */
const MOST_REASON = 1000;

const COLUMNS = [
  ['sev', 'severity', 'Severity'],
  ['res', 'resource', 'Resource'],
  ['why', 'reason', 'Reason'],
  ['who', 'cause', 'Cause'],
  ['where', 'where', 'Account'],
  ['seen', 'seen', 'First seen'],
] as const;

const FOR_WHOM = 'For whoever fixes or checks: every finding with its reason, its fix and the records that prove it.';

/** The section, with a notice when `packed` does not contain all findings. */
export function findingsSection(report: Report, packed: PackedFindings): Html {
  const { findings } = report;
  if (findings.length === 0) {
    return html`<section id="findings" aria-labelledby="findings-h" tabindex="-1"><h2 id="findings-h">Findings</h2>${forWhomHtml(FOR_WHOM)}<p class="ok">No findings.</p></section>`;
  }
  const rows = findings.filter(({ status }) => status === 'open').slice(0, STATIC_ROWS);
  const left = packed.total - packed.rows.length;
  const notice =
    left === 0
      ? null
      : html`<p class="notice"><b>${plural(left, 'finding')} of ${grouped(packed.total)} not in this file</b>: the least urgent, left out because the file would be too large to open. The CSV (<code>-o csv</code>) and JSON Lines (<code>-o jsonl</code>) of this report have all of them.</p>`;
  const head = COLUMNS.map(
    ([className, sort, title]) =>
      html`<th scope="col" class="${className}"><button type="button" data-sort="${sort}">${title}</button></th>`,
  );
  return html`<section id="findings" aria-labelledby="findings-h" tabindex="-1"><h2 id="findings-h">Findings</h2>${forWhomHtml(FOR_WHOM)}
${notice}<noscript><p class="notice">Scripts are off: this list shows ${grouped(rows.length)} of ${plural(report.summary.open, 'open finding')}. Filters, sorting and evidence need scripts.</p></noscript>
${filters(report)}
<p class="notice" id="ignored" role="status" hidden></p><p class="applied" id="applied">Shown: status open${rows.length < report.summary.open ? `, the first ${grouped(rows.length)}` : ''}.</p>
<div class="countline needs-script" hidden><div role="status" id="count"></div><button type="button" class="plainbtn csv" id="csv">Download CSV of what is shown</button>${pager('Pages')}</div>
<table class="findings" id="rows"><caption class="hidden">Findings. The button in a column heading sorts by that column; the button in a row shows the evidence.</caption>
<thead><tr>${head}</tr></thead><tbody>${rows.map(staticRow)}</tbody></table>
<div class="countline needs-script" hidden><span></span>${pager('Pages, below the table')}</div>
<div role="status" id="live" class="hidden"></div></section>`;
}

function filters({ findings }: Report): Html {
  const severities = SEVERITIES.toReversed().map((severity) => pill('severity', severity));
  const statuses = (['open', 'resolved', 'muted'] as const).map((status) => pill('status', status));
  const groups = [
    ['rule', 'Rule'],
    ['resource', 'Resource'],
    ['cause', 'Cause'],
    ['owner', 'Owner'],
    ['account', 'Account'],
    ['vpc', 'VPC'],
    ['none', 'Nothing'],
  ] as const;
  return html`<form class="filters needs-script" id="filters" role="search" aria-label="Filter findings" hidden>
<div class="wide"><fieldset><legend>Severity</legend>${severities}</fieldset><fieldset><legend>Status</legend>${statuses}</fieldset><button type="button" class="plainbtn" id="reset" hidden>Reset filters</button></div>
<label class="search">Search <input type="search" id="q" name="q" maxlength="200" autocomplete="off" spellcheck="false"></label>
<label>Rule ${choices('rule', 'All rules', valuesOf(findings, 'rule'), ruleTitles(findings))}</label>
<label>Account ${choices('account', 'All accounts', valuesOf(findings, 'accountId'))}</label>
<label>Region ${choices('region', 'All regions', valuesOf(findings, 'region'))}</label>
<label>Group by <select name="group">${groups.map(([value, name]) => html`<option value="${value}">${name}</option>`)}</select></label></form>`;
}

function pill(name: string, value: string): Html {
  const shown = value.charAt(0).toUpperCase() + value.slice(1);
  return html`<label class="pill"><input type="checkbox" name="${name}" value="${value}"><span>${shown}</span></label>`;
}

function choices(
  name: string,
  all: string,
  values: readonly string[],
  titles: ReadonlyMap<string, string> = new Map(),
): Html {
  const listed = values.filter((value) => value.length <= MOST_SHOWN).slice(0, MOST_CHOICES);
  const left = values.length - listed.length;
  const more = left === 0 ? null : html`<option disabled>${grouped(left)} more: use the search</option>`;
  return html`<select name="${name}"><option value="">${all}</option>${listed.map((value) => html`<option value="${value}">${brief(titles.get(value) ?? value)}</option>`)}${more}</select>`;
}

function valuesOf(findings: readonly Finding[], field: 'rule' | 'accountId' | 'region'): string[] {
  return [...new Set(findings.map((finding) => finding[field]))].sort(compareText);
}

function pager(name: string): Html {
  return html`<nav class="pager" aria-label="${name}" hidden><button type="button" class="plainbtn" data-step="-1">Previous</button><span></span><button type="button" class="plainbtn" data-step="1">Next</button></nav>`;
}

function staticRow(finding: Finding): Html {
  const { severity, resourceId, reason, detail, accountId, region, firstSeen } = finding;
  const why = prose(`${ruleTitleOf(finding)}: ${truncate(reason, MOST_REASON)}`);
  const cause = prose(brief(causeInBrief(finding.cause)));
  // On a phone there is no room for the columns of these two.
  const inline = html`<span class="inline">${why}</span>${cause.markup === '' ? null : html`<span class="inline id">Cause: ${cause}</span>`}`;
  return html`<tr class="row"><td class="sev"><span class="badge ${severity}">${severity}</span></td><th scope="row" class="res"><bdi>${prose(brief(detail.name ?? resourceId))}</bdi><span class="id mono">${prose(brief(resourceId))}</span>${inline}</th><td class="why">${why}</td><td class="who">${cause}</td><td class="where">${brief(accountId)}<span class="id">${prose(brief(region))}</span></td><td class="seen">${prose(firstSeen.slice(0, 10))}</td></tr>
`;
}
