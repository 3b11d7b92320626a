/** The report as one HTML file that needs no network and lets nothing in it act. */

import { createHash } from 'node:crypto';
import { titleOf } from '../../audit/rule-book.ts';
import { grouped, plural } from '../../collections.ts';
import { type Html, html, scriptJson, trusted, visible } from '../escape.ts';
import type { RenderOptions, Report } from '../report.ts';
import { minuteWords } from '../words.ts';
import { CLIENT_SCRIPT } from './client-script.ts';
import { packFindings } from './data.ts';
import { exemptions, unread, whatWasRead } from './evidence.ts';
import { findingsSection } from './findings.ts';
import type { PackedPage } from './packed.ts';
import { byRule, mostUrgent, overTime, sensors, tiles, whomItConcerns } from './sections.ts';
import { STYLE } from './style.ts';

const MAX_BYTES = 9_500_000;

/**
 * Summary, charts, findings with filters, exemptions, what was read. One style and one script, both allowed by hash and nothing
 * else; findings are embedded as JSON and shown as text. When the file would be over `maxHtmlBytes` (default 9.5 MB) the
 * least urgent findings are left out and the page says where they are.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export function renderHtml(report: Report, options: RenderOptions): string {
  const sections = [tiles, overTime, mostUrgent, byRule, whomItConcerns, sensors].map((section) => section(report));
  const evidence = [exemptions, unread, whatWasRead].map((section) => section(report));
  const around = [...sections, ...evidence].reduce(
    (sum, section) => sum + Buffer.byteLength(section?.markup ?? ''),
    120_000,
  );
  const packed = packFindings(report, (options.maxHtmlBytes ?? MAX_BYTES) - around);
  const titles = Object.fromEntries(
    [...new Set(report.findings.map(({ rule }) => rule))].map((rule) => [visible(rule), visible(titleOf(rule))]),
  );
  const embedded: PackedPage = { strings: packed.strings, rows: packed.rows, titles };
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>${titleText(report)}</title><style>${trusted(STYLE)}</style></head>
<body><a class="skip" href="#findings">Skip to the findings</a>
${masthead(report)}
<main>${sections}
${findingsSection(report, packed)}
${evidence}</main>
<footer><p>Made by mirrorwatch ${report.toolVersion} at ${report.generatedAt}. This file loads nothing and sends nothing.</p></footer>
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

function titleText({ summary, period, generatedAt }: Report): string {
  const time =
    period === undefined ? generatedAt.slice(0, 10) : `${period.since.slice(0, 10)} to ${period.until.slice(0, 10)}`;
  return `Mirrorwatch: ${plural(summary.open, 'open finding')}, ${time}`;
}

function masthead({ summary, period, generatedAt }: Report): Html {
  const span =
    period === undefined
      ? `As of ${minuteWords(generatedAt)}`
      : `${period.since.slice(0, 10)} to ${period.until.slice(0, 10)}, as of ${minuteWords(generatedAt)}`;
  const { open, openBySeverity, resolved, muted, pending } = summary;
  const first =
    open === 0
      ? 'Nothing is open.'
      : `${plural(open, 'finding is', 'findings are')} open${openBySeverity.critical === 0 ? '' : `, ${grouped(openBySeverity.critical)} critical`}.`;
  const others = [
    `${grouped(resolved)} resolved`,
    `${grouped(muted)} muted`,
    ...(pending === 0 ? [] : [`${grouped(pending)} within the grace period`]),
  ];
  return html`<header class="top"><p class="eyebrow">Mirrorwatch</p><h1>${first}</h1><p class="lede">${others.join(', ')}. ${span}.</p></header>`;
}
