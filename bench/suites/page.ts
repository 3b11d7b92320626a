/** How soon the HTML report of 20,000 findings can be read and used: in the Chromium of this machine, from a file. */

import { statSync } from 'node:fs';
import { renderHtml } from '../../src/report/html/page.ts';
import { composeReport } from '../../src/report/report.ts';
import { openChromium, openReport } from '../../test/browser/chromium.ts';
import { aSeason } from '../../test/support/season.ts';
import type { Suite, SuiteResult } from '../measure.ts';

const FINDINGS = 20_000;
const INSTANCES = 5_000;
const SECONDS = 1;
const RUNS = 5;

/** Needs a Chromium (`test/browser/chromium.ts`). */
export const page: Suite = { name: 'page: 20,000 findings in Chromium', run };

/** Milliseconds since the navigation began. */
interface Times {
  readonly painted: number;
  readonly interactive: number;
  readonly drawn: number;
}

async function run(): Promise<SuiteResult> {
  const html = renderHtml(composeReport(aSeason(FINDINGS, INSTANCES)), {});
  const browser = await openChromium();
  try {
    const fastest = { painted: Infinity, interactive: Infinity, drawn: Infinity };
    const { page: opened, url } = await openReport(browser, html, { hash: '#status=all' });
    await opened.addInitScript(NOTE_WHEN_DRAWN);
    for (let time = 0; time < RUNS; time += 1) {
      await opened.reload();
      await opened.waitForSelector('html[data-drawn]', { state: 'attached' });
      const times = await opened.evaluate<Times>(TIMES);
      for (const key of ['painted', 'interactive', 'drawn'] as const) fastest[key] = Math.min(fastest[key], times[key]);
    }
    const bytes = statSync(new URL(url).pathname).size;
    const rows = [
      { name: 'first words on the screen', seconds: fastest.painted / 1000 },
      { name: 'filters and table ready (DOMContentLoaded)', seconds: fastest.interactive / 1000, bytes },
      { name: 'their first picture drawn', seconds: fastest.drawn / 1000 },
    ];
    return { rows, targets: [{ name: 'open, s', value: fastest.drawn / 1000, goal: SECONDS, atMost: true }] };
  } finally {
    await browser.close();
  }
}

/** The second frame after the page is ready: what its script made is on the screen by then. */
const NOTE_WHEN_DRAWN = `addEventListener('DOMContentLoaded', () =>
  requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.drawn = String(performance.now()); })))`;

const TIMES = `(() => {
  const [navigation] = performance.getEntriesByType('navigation');
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  return { painted: paint.startTime, interactive: navigation.domContentLoadedEventEnd, drawn: Number(document.documentElement.dataset.drawn) };
})()`;
