/** The report as one HTML file. It needs no network, and no text in it can run as code. */

import { createHash } from 'node:crypto';
import { grouped, plural } from '../../collections.ts';
import { type Html, html, scriptJson, trusted, visible } from '../escape.ts';
import { noFindingWords, unseenPhrases } from '../gap-words.ts';
import { asOfWords } from '../past/as-of.ts';
import type { RenderOptions, Report } from '../report.ts';
import { resolvedCount } from '../resolution/resolution-words.ts';
import { ruleTitles } from '../rule-titles.ts';
import { minuteWords } from '../words.ts';
import { exemptionsSection, inputSection, unreadSection } from './appendix.ts';
import { CLIENT_SCRIPT } from './client-script.ts';
import { findingsSection } from './findings.ts';
import { freshnessSection } from './freshness.ts';
import { packFindings } from './pack-findings.ts';
import type { PackedPage } from './packed.ts';
import { prose } from './prose.ts';
import { contents, sectionHtml } from './section.ts';
import { byRule, mostAffected, mostUrgent, overTime, sensors, tiles } from './sections.ts';
import { STYLE } from './style.ts';

const MAX_BYTES = 9_500_000;
/** The style, the script, and what is reserved for the page's head and end. */
const FRAME_BYTES = Buffer.byteLength(STYLE) + Buffer.byteLength(CLIENT_SCRIPT) + 20_000;

/**
 * Summary, charts, findings with filters, exemptions, and inputs. The policy allows one style and one script, by their hashes.
 * Findings are embedded as JSON and shown as text. If the file would exceed `maxHtmlBytes` (default 9.5 MB), the least urgent
 * findings are left out, and the page says where to find them.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export function renderHtml(report: Report, options: RenderOptions): string {
  const before = [overTime, mostUrgent, byRule, mostAffected, sensors].flatMap((section) => section(report) ?? []);
  const after = [freshnessSection, exemptionsSection, unreadSection, inputSection].flatMap(
    (section) => section(report) ?? [],
  );
  const found = { id: 'findings-h', title: 'Findings', count: report.findings.length };
  const summary = [contents([...before, found, ...after]), tiles(report), ...before.map(sectionHtml)];
  const appendix = after.map(sectionHtml);
  const withoutData = findingsSection(report, { strings: [], rows: [], total: report.findings.length });
  const otherBytes = [...summary, ...appendix, withoutData].reduce(
    (sum, { markup }) => sum + Buffer.byteLength(markup),
    FRAME_BYTES,
  );
  const packed = packFindings(report, (options.maxHtmlBytes ?? MAX_BYTES) - otherBytes);
  const titles = Object.fromEntries(
    [...ruleTitles(report.findings)].map(([rule, title]) => [visible(rule), visible(title)]),
  );
  const embedded: PackedPage = { strings: packed.strings, rows: packed.rows, titles };
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>${titleText(report)}</title><style>${trusted(STYLE)}</style></head>
<body><a class="skip" href="#findings">Skip to the findings</a>
${masthead(report)}
<main>${summary}
${findingsSection(report, packed)}
${appendix}</main>
<footer><p>Made by mirrorwatch ${prose(`${report.toolVersion} at ${report.generatedAt}`)}. This file loads nothing from the network and sends nothing.</p></footer>
${report.findings.length === 0 ? null : html`<script type="application/json" id="data">${scriptJson(embedded)}</script>\n<script>${trusted(CLIENT_SCRIPT)}</script>`}</body></html>
`.markup;
}

const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(CLIENT_SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function titleText({ summary, period, generatedAt, asOf }: Report): string {
  const time =
    period === undefined
      ? (asOf?.at ?? generatedAt).slice(0, 10)
      : `${period.since.slice(0, 10)} to ${period.until.slice(0, 10)}`;
  return `Mirrorwatch: ${plural(summary.open, 'open finding')}, ${time}`;
}

function masthead(report: Report): Html {
  const { summary, period, generatedAt, asOf } = report;
  const span =
    period === undefined
      ? asOf === undefined
        ? `As of ${minuteWords(generatedAt)}`
        : asOfWords(asOf).replace(/\.$/, '')
      : `${period.since.slice(0, 10)} to ${period.until.slice(0, 10)}, as of ${minuteWords(generatedAt)}`;
  const { open, openBySeverity, muted, pending } = summary;
  const title =
    open === 0
      ? `${noFindingWords(report)}.`
      : `${plural(open, 'finding is', 'findings are')} open${openBySeverity.critical === 0 ? '' : `, ${grouped(openBySeverity.critical)} critical`}.`;
  const others = [
    ...(pending === 0 ? [] : [`${grouped(pending)} of them within the grace period or under repair`]),
    resolvedCount(summary),
    `${grouped(muted)} muted`,
    ...unseenPhrases(report),
  ];
  return html`<header class="top"><p class="eyebrow">Mirrorwatch</p><h1>${title}</h1><p class="lede">${prose(`${others.join(', ')}. ${span}.`)}</p></header>`;
}
