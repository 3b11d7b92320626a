/** The live page of a process that watches. Without scripts it loads itself again; with them the server sends what changes. */

import { createHash } from 'node:crypto';
import { type Html, html, trusted } from '../escape.ts';
import { STYLE } from '../html/style.ts';
import { LIVE_SCRIPT, MOST_WHOLE } from './page-script.ts';
import { type LiveCell, type LivePageUpdate, livePageUpdate } from './page-update.ts';
import type { LiveState } from './state.ts';

/** How often the page loads itself again where scripts are off. */
const RELOAD_SECONDS = 10;

/** What the report's style lacks. */
const LIVE_STYLE = `${STYLE}
table{overflow-wrap:anywhere}
#health{font-weight:600;margin-top:1rem}
#health[data-tone=good]{color:var(--good)}
#health[data-tone=bad]{color:var(--critical)}
#subject{max-width:none}
#live{color:var(--soft)}
#live:empty{display:none}
html[data-live=false] #live{border-left:3px solid var(--bar-critical);padding-left:.9rem;color:var(--critical);font-weight:600}
html[data-live=false] #health{display:none}
.tiles{grid-template-columns:repeat(3,1fr)}
.tiles .figure{font-size:1.6rem}
.two{display:grid;grid-template-columns:minmax(14rem,1fr) 3fr;gap:0 3.5rem}
.log td:first-child,.log th:first-child{width:1%;white-space:nowrap;color:var(--soft)}
.log td:nth-child(2):not(:last-child){width:1%;white-space:nowrap}
.whole{white-space:nowrap}
.severities td:last-child,.severities th:last-child{text-align:right;padding-right:0}
@media(max-width:960px){.two{grid-template-columns:1fr}}
@media(max-width:640px){.tiles{grid-template-columns:1fr 1fr}.tiles>div:first-child,.tiles>div:last-child:nth-child(even){grid-column:auto}.tiles .figure{font-size:1.25rem}
.log thead{position:absolute;clip-path:inset(50%)}.log tr{display:grid;grid-template-columns:auto 1fr;gap:0 .9rem;padding:.55rem 0;border-bottom:1px solid var(--line)}.log td:nth-child(n){width:auto;padding:0;border:0}.log td:last-child{grid-column:1/-1}}
`;

/**
 * What the page may do, as the header `Content-Security-Policy`: run its own script and style, by their hashes, and ask its own server.
 * No script can make markup of text.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export const LIVE_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(LIVE_SCRIPT)}'`,
  `style-src '${hashOf(LIVE_STYLE)}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page at this time. */
export function renderLivePage(state: LiveState, now: Date): string {
  const update = livePageUpdate(state, now);
  const text = (id: string): string => update.texts[id] ?? '';
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}"></noscript>
<title>${text('title')}</title><style>${trusted(LIVE_STYLE)}</style></head>
<body><header class="top"><p class="eyebrow" id="subject">${text('subject')}</p><h1 id="headline">${text('headline')}</h1>
<p id="health" role="status" data-tone="${update.tone}">${text('health')}</p>
<p id="live" role="status"></p></header>
<main>
<dl class="tiles">${[
    tile(update, { id: 'open', label: text('open-label'), labelId: 'open-label', note: 'open-note' }),
    tile(update, { id: 'delivery', label: 'Newest delivery' }),
    tile(update, { id: 'record', label: 'Newest judged record' }),
    tile(update, { id: 'messages', label: 'Processed', note: 'messages-note' }),
    tile(update, { id: 'done', label: 'Done', note: 'done-note' }),
    tile(update, { id: 'failed', label: 'Failures', note: 'failed-note' }),
  ]}</dl>
<div class="two"><section><h2>By severity</h2><table class="severities"><thead><tr><th scope="col">Severity</th><th scope="col">Findings</th></tr></thead>
${body(update, 'severities')}</table></section>
<section><h2>Last actions</h2><table class="log"><thead><tr><th scope="col">Time (UTC)</th><th scope="col">What</th><th scope="col">About</th></tr></thead>
${body(update, 'actions')}</table></section></div>
<section><h2>Last failures</h2><table class="log"><thead><tr><th scope="col">Time (UTC)</th><th scope="col">What failed</th></tr></thead>
${body(update, 'failures')}</table></section>
</main>
<footer><p>As of <span id="at">${text('at')}</span>. <noscript>Scripts are off: the page loads itself again every ${RELOAD_SECONDS} seconds.</noscript></p>
<p>For machines: <a href="metrics">metrics</a> and <a href="healthz">health</a>. Mirrorwatch ${state.version}.</p></footer>
<script>${trusted(LIVE_SCRIPT)}</script></body></html>
`.markup;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

interface Tile {
  readonly id: string;
  readonly label: string;
  readonly labelId?: string;
  readonly note?: string;
}

function tile({ texts }: LivePageUpdate, { id, label, labelId, note }: Tile): Html {
  const term = labelId === undefined ? html`<dt>${label}</dt>` : html`<dt id="${labelId}">${label}</dt>`;
  const remark = note === undefined ? null : html`<dd class="note" id="${note}">${texts[note]}</dd>`;
  return html`<div>${term}<dd class="figure" id="${id}">${texts[id]}</dd>${remark}</div>`;
}

function body({ rows }: LivePageUpdate, id: string): Html {
  const all = (rows[id] ?? []).map((cells) => html`<tr>${cells.map(cellHtml)}</tr>`);
  return html`<tbody id="${id}">${all}</tbody>`;
}

function cellHtml({ badge, text }: LiveCell): Html {
  const space = text !== '' && badge !== undefined ? ' ' : '';
  const mark = badge === undefined ? null : html`<span class="badge ${badge}">${badge}</span>`;
  return html`<td>${textHtml(text)}${space}${mark}</td>`;
}

/** Ids do not break at their hyphens; what is longer than a line of a phone may. */
function textHtml(text: string): readonly Html[] {
  return text.split(' ').map((word, at) => {
    const space = at === 0 ? '' : ' ';
    return isWhole(word) ? html`${space}<span class="whole">${word}</span>` : html`${space}${word}`;
  });
}

function isWhole(word: string): boolean {
  return word.length <= MOST_WHOLE && word.includes('-');
}
