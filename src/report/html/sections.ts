/** The sections of the HTML report above the findings: figures, charts, urgent findings, who is affected, sensors. */

import { type RuleId, SEVERITIES } from '../../audit/finding.ts';
import { partsOfFix } from '../../audit/fixes/fix-parts.ts';
import { grouped, plural, truncate } from '../../collections.ts';
import { causeFacts } from '../cause-words.ts';
import type { CoveragePoint } from '../coverage.ts';
import { brief, type Html, html, MOST_SHOWN, visible } from '../escape.ts';
import { unseenPhrases } from '../gap-words.ts';
import type { TimeToRemediate } from '../remediation-time.ts';
import type { Report } from '../report.ts';
import { ruleTitles } from '../rule-titles.ts';
import type { Affected, SensorLoad } from '../summary.ts';
import { countWords, durationWords, percent, shareWords, unknownWords } from '../words.ts';
import { coverageChart, loadBar, severityBar, sparkline, trendChart } from './charts.ts';
import { prose } from './prose.ts';
import { longTable, type Section } from './section.ts';

/** The most of a reason or cause that the page shows. */
const MOST_TEXT = 2000;
/** A longer command is not shown: half of it would be another one. */
const MOST_FIX = 8000;
const LONG_FIX = 'The fix is too long for this page. The JSON of this report has it.';

/** The main figures as tiles. */
export function tiles(report: Report): Html {
  const { open, openBySeverity, coverage, timeToRemediate } = report.summary;
  const unseen = unseenPhrases(report);
  const severities = SEVERITIES.toReversed().filter((severity) => openBySeverity[severity] > 0);
  const words = severities.map((severity) => `${grouped(openBySeverity[severity])} ${severity}`).join(', ');
  const bar = open === 0 ? null : severityBar(openBySeverity, open, `Open findings: ${words}`);
  return html`<dl class="tiles">
${tile('Open findings', html`${grouped(open)}`, open === 0 ? noneOpen(unseen.length > 0) : words, bar)}
${coverageTile('Tagged', coverage.tags, 'tags')}${coverageTile('Mirrored', coverage.mirroring, 'mirroring')}
${remediationTile(timeToRemediate)}
${unseen.length === 0 ? null : unseenTile(unseen)}
</dl>`;
}

function noneOpen(isUnseen: boolean): string {
  return isUnseen ? 'Of what could be read and judged' : 'Nothing to fix';
}

/** What could not be read or judged, each on a line; it counts as neither compliant nor a finding. */
function unseenTile(phrases: readonly string[]): Html {
  const lines = phrases.map((phrase) => html`<dd class="note">${prose(phrase)}</dd>`);
  return html`<div class="unseen"><dt><a href="#unread-h">Incomplete</a></dt>${lines}</div>`;
}

function tile(term: string, figure: Html, note: string, chart: Html | null): Html {
  return html`<div><dt>${term}</dt><dd class="figure">${figure}</dd>${chart === null ? null : html`<dd>${chart}</dd>`}<dd class="note">${note}</dd></div>`;
}

/** A mean is given only of what has a proven start. */
function remediationTile({ measured, atLeast }: TimeToRemediate): Html | null {
  const term = 'Mean time to remediate';
  const { meanSeconds: mean } = measured;
  const { meanSeconds: bound } = atLeast;
  const others =
    bound === null
      ? ''
      : `at least ${durationWords(bound)} for ${plural(atLeast.count, 'finding')} whose start is not proven`;
  if (mean === null && bound === null) return null;
  if (mean === null) return tile(term, html`Not measured`, others, null);
  const proven = `${plural(measured.count, 'finding')} with a proven start`;
  return tile(term, html`${durationWords(mean)}`, others === '' ? proven : `${proven}; ${others}`, null);
}

/** Without a complete look there is no figure: the tile says so, and a share is never made from findings alone. */
function coverageTile(term: string, points: readonly CoveragePoint[], className: string): Html {
  const last = points.at(-1);
  if (last === undefined || last.checked === 0) {
    const why = last === undefined ? 'No complete look at an account' : unknownWords(last, '', '');
    return tile(term, html`<span class="unmeasured">not measured</span>`, why || 'Nothing was judged', null);
  }
  return tile(term, html`${shareWords(last)}`, countWords(last), sparkline(points, className));
}

/** Coverage and open findings over time. Null when there is only one point in time. */
export function overTime({ summary }: Report): Section | null {
  const charts = [coverageChart(summary.coverage.tags, summary.coverage.mirroring), trendChart(summary.trend)];
  if (charts.every((chart) => chart === null)) return null;
  return {
    id: 'time-h',
    title: 'Over time',
    forWhom:
      'For whoever answers for coverage: whether it rises, and whether findings are closed as fast as they open.',
    body: html`<div class="charts">${charts}</div>`,
  };
}

/** The ten findings to look at first, each with who caused it and what to do. Null when nothing is open. */
export function mostUrgent({ summary }: Report): Section | null {
  if (summary.urgent.length === 0) return null;
  const items = summary.urgent.map(
    (
      one,
    ) => html`<li><span class="badge ${one.severity}">${one.severity}</span><div class="body"><p>${prose(truncate(one.reason, MOST_TEXT))}</p>
<p class="soft small"><a href="#finding=${one.id}">${prose(brief(one.name ?? one.resourceId))}</a>${one.name === undefined ? null : html` <span class="mono">${prose(brief(one.resourceId))}</span>`} in ${brief(one.accountId)} ${prose(brief(one.region))}, since ${prose(one.since.slice(0, 10))}</p>
<p class="soft small">${causeFacts(one).map(([label, words]) => html`<span class="fact">${label} ${prose(truncate(words, MOST_TEXT))}</span>`)}</p>
${fixOf(one.fix)}</div></li>`,
  );
  const title = summary.open > summary.urgent.length ? `The ${summary.urgent.length} most urgent` : 'Most urgent';
  return {
    id: 'urgent-h',
    title,
    forWhom: 'For whoever is on duty: what to look at first, what caused it, and how to mend it.',
    body: html`<ol class="urgent">${items}</ol>`,
  };
}

/** Words as text, and a command as code. */
function fixOf(fix: string): readonly Html[] {
  const { words, command } = partsOfFix(fix.length > MOST_FIX ? LONG_FIX : fix);
  return [
    ...(words === '' ? [] : [html`<p class="fix">Fix: ${prose(words)}</p>`]),
    ...(command === '' ? [] : [html`<pre>${prose(command)}</pre>`]),
  ];
}

/** Counts by rule, the rules with the most severe findings first. Null when there are no findings. */
export function byRule({ summary, findings }: Report): Section | null {
  const rules = [...new Set(summary.counts.map(({ rule }) => rule))];
  if (rules.length === 0) return null;
  const count = (rule: RuleId, key: string): number =>
    summary.counts
      .filter((one) => one.rule === rule && (one.status === key || (one.status === 'open' && one.severity === key)))
      .reduce((sum, one) => sum + one.count, 0);
  const titles = ruleTitles(findings);
  const most = Math.max(1, ...rules.map((rule) => count(rule, 'open')));
  const rows = rules.map((rule) => {
    const severities = {
      critical: count(rule, 'critical'),
      high: count(rule, 'high'),
      medium: count(rule, 'medium'),
      low: count(rule, 'low'),
    };
    const open = count(rule, 'open');
    const bar = severityBar(severities, most, `${grouped(open)} open`);
    const cells = SEVERITIES.toReversed().map((severity) => cell(severities[severity], 'sevcol'));
    return html`<tr><th scope="row"><a href="#rule=${encodeURIComponent(visible(rule))}">${prose(titles.get(rule) ?? rule)}</a></th><td class="barcell">${bar}</td>${cells}${cell(open, '')}${cell(count(rule, 'resolved'), '')}${cell(count(rule, 'muted'), '')}</tr>`;
  });
  const severityHeads = SEVERITIES.toReversed().map(
    (severity) => html`<th scope="col" class="n sevcol">${severity}</th>`,
  );
  const head = html`<tr><th scope="col">Rule</th><th scope="col" class="barcell"><span class="hidden">Open, as a bar</span></th>${severityHeads}<th scope="col" class="n">open</th><th scope="col" class="n">resolved</th><th scope="col" class="n">muted</th></tr>`;
  return {
    id: 'rules-h',
    title: 'By rule',
    count: rules.length,
    forWhom: 'For whoever keeps the rules: which of them are broken most, and how much is muted.',
    body: longTable({ rowsAre: 'rules', head, rows, className: 'rules' }),
  };
}

function cell(count: number, className: string): Html {
  return html`<td class="n ${className}">${count === 0 ? html`<span class="zero">0</span>` : grouped(count)}</td>`;
}

/** Proven actors, callers, owners, accounts and VPCs with the most severe open findings. Null when there are none. */
export function mostAffected({ summary }: Report): Section | null {
  const tables = [
    affectedTable('Caused by', summary.causedBy),
    affectedTable('Called by', summary.calledBy),
    affectedTable('Owners', summary.owners),
    affectedTable('Accounts', summary.accounts),
    affectedTable('VPCs', summary.vpcs),
  ];
  if (tables.every((table) => table === null)) return null;
  return {
    id: 'affected-h',
    title: 'Most affected',
    forWhom: 'For team leads and account owners: whose open findings are the most severe. A name leads to them.',
    body: html`<div class="three">${tables}</div>`,
  };
}

function affectedTable(title: string, list: readonly Affected[]): Html | null {
  if (list.length === 0) return null;
  const most = Math.max(...list.map(({ open }) => open));
  const rows = list.map(({ name, open, bySeverity }) => {
    const words = SEVERITIES.toReversed()
      .filter((severity) => bySeverity[severity] > 0)
      .map((severity) => `${bySeverity[severity]} ${severity}`);
    return html`<tr><th scope="row"><a href="#q=${encodeURIComponent(visible(truncate(name, MOST_SHOWN).replace(/…$/, '')))}">${prose(brief(name))}</a></th><td class="barcell">${severityBar(bySeverity, most, words.join(', '))}</td><td class="n">${grouped(open)}</td></tr>`;
  });
  return html`<div><table><caption class="hidden">${title}: open findings</caption><thead><tr><th scope="col">${title}</th><th scope="col"><span class="hidden">By severity</span></th><th scope="col" class="n">open</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** How full each sensor is. Null when their load is not known. */
export function sensors({ summary }: Report): Section | null {
  if (summary.sensors === null) return null;
  const rows = summary.sensors.map(
    (sensor) =>
      html`<tr><th scope="row" class="mono">${prose(sensor.trafficMirrorTargetId)}</th><td class="barcell">${fill(sensor)}</td><td class="n">${grouped(sensor.sources)}</td><td class="n">${sensor.capacity === null ? 'no cap' : grouped(sensor.capacity)}</td></tr>`,
  );
  const head = html`<tr><th scope="col">Mirror target</th><th scope="col"><span class="hidden">Share of its capacity</span></th><th scope="col" class="n">sources</th><th scope="col" class="n">capacity</th></tr>`;
  return {
    id: 'sensors-h',
    title: 'Sensor load',
    count: rows.length,
    forWhom: 'For whoever runs the sensors: how many sources each mirror target has, and how many more it may take.',
    body: longTable({ rowsAre: 'mirror targets', head, rows, className: 'rules' }),
  };
}

function fill({ utilization, trafficMirrorTargetId }: SensorLoad): Html | null {
  return utilization === null ? null : loadBar(utilization, `${trafficMirrorTargetId} is ${percent(utilization)} full`);
}
