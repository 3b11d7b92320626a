/** Opens pages in the system's Chromium, and records what a page logs and requests. */

import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium. Throws when there is none: a browser test that did not run must not look like a pass. */
export async function openChromium(): Promise<Browser> {
  const given = process.env.MIRRORWATCH_CHROMIUM;
  const executablePath = given ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      `No Chromium found at ${PLACES.join(', ')}. Install one (apt-get install chromium) or set MIRRORWATCH_CHROMIUM to its path.`,
    );
  }
  return chromium.launch({ executablePath, headless: true, args: ARGS });
}

/** A report opened in the browser, and everything that should not happen there: console output, errors, requests, dialogs. */
export interface OpenedPage {
  readonly page: Page;
  readonly complaints: string[];
  readonly url: string;
}

/** Writes the page to a file, opens it as a reader would, and waits until its script has run. */
export async function openReport(
  browser: Browser,
  html: string,
  options: BrowserContextOptions & { readonly hash?: string } = {},
): Promise<OpenedPage> {
  const { hash = '', ...contextOptions } = options;
  const file = join(await mkdtemp(join(tmpdir(), 'report-page-')), 'report.html');
  await writeFile(file, html);
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  const url = `file://${file}`;
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request: ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url + hash);
  if (contextOptions.javaScriptEnabled !== false) await page.waitForSelector('html[data-ready]');
  return { page, complaints, url };
}
