import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LiveServer, serveLive } from '../../src/cli/serving/server.ts';
import type { LiveEvent } from '../../src/report/live/events.ts';
import { afterEvent, type LiveState } from '../../src/report/live/state.ts';
import { HOSTILE } from '../support/hostile.ts';
import { aBatch, aBusyState } from '../support/live-states.ts';
import { focused, lowContrast, nameless } from './accessibility.ts';
import { openChromium } from './chromium.ts';

let browser: Browser;
let server: LiveServer | undefined;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());
afterEach(() => server?.close());

const busy = (): LiveState => ({ ...aBusyState(), startedAt: new Date(), lastRead: new Date() });

/** The page of a process, opened, with what it logs and asks of others. */
async function opened(options: BrowserContextOptions = {}, from: LiveState = busy()) {
  let state = from;
  server = await serveLive({ host: '127.0.0.1', port: 0 }, { state: () => state, anyHost: false });
  const { url } = server;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  if (options.javaScriptEnabled !== false) await page.waitForSelector('html[data-live=true]');
  return {
    ...{ page, url, complaints },
    tell: (...events: readonly LiveEvent[]) => {
      state = events.reduce(afterEvent, state);
    },
  };
}

const textOf = async (page: Page, selector: string): Promise<string> =>
  ((await page.textContent(selector)) ?? '').replaceAll(/\s+/g, ' ').trim();

describe('the live page', () => {
  it('shows what happens without being loaded again, and keeps quiet', async () => {
    const { page, complaints, tell } = await opened();
    expect(await textOf(page, '#headline')).toBe('7 findings are open, 1 critical.');
    await page.evaluate('window.same = true');
    const at = new Date();
    tell(
      {
        ...{ kind: 'processed', at },
        batch: aBatch({
          messages: 5,
          actions: [{ what: 'opened', severity: 'high', text: 'instance-unmirrored: i-new' }],
        }),
      },
      { kind: 'open', at, readAt: at, bySeverity: { critical: 1, high: 3, medium: 0, low: 4 } },
    );
    await page.getByText('instance-unmirrored: i-new').waitFor();
    expect(await textOf(page, '#headline')).toBe('8 findings are open, 1 critical.');
    expect(await textOf(page, '#messages')).toBe('7 messages');
    expect(await page.title()).toBe('8 findings are open, 1 critical. Mirrorwatch');
    expect(await textOf(page, '#actions tr:first-child')).toMatch(
      /^\d\d:\d\d:\d\d ?opened high ?instance-unmirrored: i-new$/,
    );
    expect(await page.evaluate('window.same')).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('is after an update what it would be when loaded', async () => {
    const { page, url, tell } = await opened();
    const read = (where: Page): Promise<string> =>
      where.evaluate<string>(
        `['severities', 'actions', 'failures'].map((id) => document.getElementById(id).innerHTML).join('|')`,
      );
    tell({
      kind: 'processed',
      at: new Date(),
      batch: aBatch({
        actions: HOSTILE.map(([, text]) => ({ what: 'opened', severity: 'high', text }) as const),
        failures: ['in/a-b-c.json: cut off', ...HOSTILE.map(([, text]) => text)],
      }),
    });
    await page.getByText('in/a-b-c.json: cut off').waitFor();
    const updated = await read(page);
    const fresh = await page.context().newPage();
    await fresh.route('**/events', (route) => route.abort());
    await fresh.goto(url);
    expect(updated).toBe(await read(fresh));
    await page.context().close();
  });

  it.each(HOSTILE)('shows %s as text', async (_, text) => {
    const { page, complaints, tell } = await opened();
    tell({
      kind: 'processed',
      at: new Date(),
      batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }], failures: [text, 'the last'] }),
    });
    await page.getByText('the last').waitFor();
    expect(await page.locator('main a, main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says that it has no connection, and is live again when the process is back', async () => {
    const { page, url } = await opened();
    server?.close();
    await page.waitForSelector('html[data-live=false]');
    expect(await textOf(page, '#live')).toMatch(/^No connection. This page shows what was so at \d{4}-.* by itself.$/);
    expect(await page.locator('#health').isVisible()).toBe(false);
    const { port } = new URL(url);
    server = await serveLive({ host: '127.0.0.1', port: Number(port) }, { state: busy, anyHost: false });
    await page.waitForSelector('html[data-live=true]', { timeout: 10_000 });
    expect(await textOf(page, '#live')).toBe('Live.');
    await page.context().close();
  });

  it('says why the process is not healthy', async () => {
    const old = { ...busy(), startedAt: new Date(Date.now() - 900_000), lastRead: new Date(Date.now() - 400_000) };
    const { page } = await opened({}, old);
    expect(await textOf(page, '#health')).toMatch(/^Not healthy: the queue has not been read for 6 min$/);
    expect(await page.getAttribute('#health', 'data-tone')).toBe('bad');
    await page.context().close();
  });

  it('works without scripts, and loads itself again', async () => {
    const { page, complaints, tell } = await opened({ javaScriptEnabled: false });
    expect(await textOf(page, '#headline')).toBe('7 findings are open, 1 critical.');
    expect(await page.locator('#actions tr').count()).toBe(6);
    expect(await page.locator('footer noscript').isVisible()).toBe(true);
    tell({ kind: 'processed', at: new Date(), batch: aBatch({ failures: ['something new'] }) });
    await page.getByText('something new').waitFor({ timeout: 15_000 });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('cannot be read by another site, nor embedded in one', async () => {
    const { page, url } = await opened();
    const other = await browser.newPage();
    await other.route('http://evil.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${url}"></iframe>` }),
    );
    await other.goto('http://evil.example/');
    const read = await other.evaluate<string>(`fetch('${url}metrics').then((r) => r.text(), () => 'refused')`);
    expect(read).toBe('refused');
    const seen = await Promise.all(
      other
        .frames()
        .slice(1)
        .map((frame) => frame.evaluate<string>('document.body.innerText')),
    );
    expect(seen.join('')).not.toContain('findings are open');
    await other.close();
    await page.context().close();
  });
});

describe('accessibility of the live page', () => {
  it.each(['light', 'dark'] as const)('names what is announced, and has contrast (%s)', async (colorScheme) => {
    for (const state of [busy(), { ...busy(), lastRead: undefined, startedAt: new Date(0) }]) {
      const { page } = await opened({ colorScheme }, state);
      expect(await nameless(page)).toEqual([]);
      expect(await lowContrast(page)).toEqual([]);
      server?.close();
      await page.waitForSelector('html[data-live=false]');
      expect(await lowContrast(page)).toEqual([]);
      await page.context().close();
    }
  });

  it('announces only its health and its connection, as the figures change every second', async () => {
    const { page } = await opened();
    const live = await page.evaluate(
      `[...document.querySelectorAll('[role=status], [role=alert], [aria-live]')].map(({ id }) => id)`,
    );
    expect(live).toEqual(['health', 'live']);
    await page.context().close();
  });

  it('shows the focus on its links', async () => {
    const { page } = await opened();
    const labels: string[] = [];
    for (let step = 0; step < 2; step += 1) {
      await page.keyboard.press('Tab');
      const { label, shows } = await focused(page);
      expect(shows).toBe(true);
      labels.push(label);
    }
    expect(labels).toEqual(['metrics', 'health']);
    await page.context().close();
  });

  it.each([320, 420, 768, 1400])('needs no sideways scrolling at %i pixels', async (width) => {
    const { page, tell } = await opened({ viewport: { width, height: 800 } });
    const text = `instance-unmirrored: ${'x'.repeat(300)} eni-09fa4caecaf8c0953 ${'a-'.repeat(100)}`;
    const batch = aBatch({ actions: [{ what: 'opened', severity: 'critical', text }], failures: [text] });
    tell({ kind: 'processed', at: new Date(), batch });
    await page.getByText('xxx').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.context().close();
  });

  it('keeps ids in one piece on a phone', async () => {
    const { page, tell } = await opened({ viewport: { width: 420, height: 800 } });
    const text = 'instance-unmirrored: i-003528c6fbc8e9f53 goes to tmt-0a000000000000001 by eni-09fa4caecaf8c0953';
    tell({
      kind: 'processed',
      at: new Date(),
      batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }] }),
    });
    await page.getByText('eni-09fa4caecaf8c0953').waitFor();
    const lines = await page.evaluate<number[]>(
      `[...document.querySelectorAll('#actions .whole')].map((one) => one.getClientRects().length)`,
    );
    expect(new Set(lines)).toEqual(new Set([1]));
    await page.context().close();
  });
});
