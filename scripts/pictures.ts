/**
 * Takes the README's pictures of the report that the demo makes: `npm run pictures`, with a Chromium on the machine. The hash of the page is
 * kept beside them, and a test compares it with the page of today.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openChromium, openReport } from '../test/browser/chromium.ts';

/** Where the pictures are, and the hash of the page that they show. */
export const PICTURES = 'docs/images';
/** The file with the hash. */
export const PICTURED_PAGE = `${PICTURES}/report.sha256`;

/** The hash of a page, as the file beside the pictures has it. */
export function hashOfPage(html: string): string {
  return `${createHash('sha256').update(html).digest('hex')}\n`;
}

async function takePictures(root: string): Promise<void> {
  const html = readFileSync(resolve(root, 'out/demo/report.html'), 'utf8');
  mkdirSync(resolve(root, PICTURES), { recursive: true });
  const browser = await openChromium();
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openReport(browser, html, { colorScheme, viewport: { width: 1200, height: 1120 } });
    await page.screenshot({ path: resolve(root, PICTURES, `report-${colorScheme}.png`) });
  }
  await browser.close();
  writeFileSync(resolve(root, PICTURED_PAGE), hashOfPage(html));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await takePictures(resolve(import.meta.dirname, '..'));
  console.log(`Wrote ${PICTURES}/report-light.png, report-dark.png and the page's hash.`);
}
