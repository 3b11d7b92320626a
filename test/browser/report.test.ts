import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html/page.ts';
import { composeReport, type Report } from '../../src/report/report.ts';
import { aCall } from '../support/causes.ts';
import { aDetail, aFinding, anEvidence, aReport } from '../support/findings.ts';
import { HOSTILE } from '../support/hostile.ts';
import { aSeason } from '../support/season.ts';
import { focused, lowContrast, nameless } from './accessibility.ts';
import { openChromium, openReport } from './chromium.ts';
import { brokenAtHyphens } from './line-ends.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

const season: Report = composeReport(aSeason(1500, 500));
const page1500 = renderHtml(season, {});
const open = season.summary.open;
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

describe('the page of a season', () => {
  it('opens with an empty console and no requests, and shows a page of open findings', async () => {
    const { page, complaints } = await openReport(browser, page1500);
    expect(complaints).toEqual([]);
    expect(await page.locator('#rows tr.row').count()).toBe(Math.min(100, open));
    expect(await page.textContent('#count')).toContain(`of ${open} matching findings, 1,500 in all`);
    await page.context().close();
  });

  it('filters by severity from the keyboard, announces the count, and keeps the filter in the address', async () => {
    const { page, complaints } = await openReport(browser, page1500);
    await page.focus('input[name=severity][value=critical]');
    await page.keyboard.press('Space');
    const badges = await page.locator('#rows tr.row .sev .badge:first-child').allTextContents();
    expect(new Set(badges)).toEqual(new Set(['critical']));
    expect(page.url()).toContain('#severity=critical');
    expect(await page.getAttribute('#count', 'role')).toBe('status');
    expect(await page.textContent('#count')).toContain(`of ${season.summary.openBySeverity.critical} matching`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('restores a view from a link', async () => {
    const { page } = await openReport(browser, page1500, {
      hash: '#severity=high&region=us-east-1&sort=-seen&group=none',
    });
    expect(await page.isChecked('input[value=high]')).toBe(true);
    expect(await page.inputValue('select[name=region]')).toBe('us-east-1');
    expect(await page.locator('th[aria-sort=descending]').textContent()).toBe('First seen');
    const days = await page.locator('#rows td.seen').allTextContents();
    expect(days).toEqual(days.toSorted().reverse());
    expect(new Set(await page.locator('#rows td.where .id').allTextContents())).toEqual(new Set(['us-east-1']));
    await page.context().close();
  });

  it('opens one finding from its link, with its evidence', async () => {
    const finding = season.findings.find(({ status }) => status === 'resolved');
    const { page } = await openReport(browser, page1500, { hash: `#finding=${finding?.id}` });
    expect(await page.locator('#rows tr.row').count()).toBe(1);
    expect(await page.locator('.detail').textContent()).toContain(finding?.evidence[0]?.eventID);
    expect(await page.locator('.detail pre').textContent()).toBe(finding?.fix);
    await page.click('#reset');
    expect(await page.locator('#rows tr.row').count()).toBe(100);
    expect(page.url()).not.toContain('#');
    await page.context().close();
  });

  it('requires every word of a search, and says when nothing matches', async () => {
    const { page } = await openReport(browser, page1500);
    await page.keyboard.press('/');
    await page.keyboard.type('payments unmirrored');
    await page.waitForURL(/q=payments\+unmirrored/);
    const names = await page.locator('#rows .toggle').allTextContents();
    expect(names.length).toBeGreaterThan(0);
    expect(names.every((name) => name.startsWith('payments-'))).toBe(true);
    await page.fill('#q', 'no such thing');
    await page.getByText('No finding matches.').waitFor();
    expect(await page.locator('#rows tr.row').count()).toBe(0);
    await page.context().close();
  });

  it('turns pages, and follows a link from the table of rules', async () => {
    const { page } = await openReport(browser, page1500, { hash: '#status=all&group=none' });
    const first = await page.locator('#rows .toggle').first().textContent();
    await page.locator('[data-step="1"]').first().click();
    expect(await page.textContent('#count')).toContain('101–200 of 1,500');
    expect(await page.locator('#rows .toggle').first().textContent()).not.toBe(first);
    await page.locator('.rules a').first().click();
    await page.locator('.group').waitFor();
    expect(await page.locator('.group').count()).toBe(1);
    expect(await page.inputValue('select[name=rule]')).toBe(season.summary.counts[0]?.rule);
    await page.context().close();
  });

  it('shows and hides the evidence of a row from the keyboard', async () => {
    const { page } = await openReport(browser, page1500);
    await page.locator('.toggle').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.toggle').first().getAttribute('aria-expanded')).toBe('true');
    expect(await page.locator('.detail').count()).toBe(1);
    await page.keyboard.press('Enter');
    expect(await page.locator('.detail').count()).toBe(0);
    await page.context().close();
  });
});

describe('accessibility', () => {
  it.each(['light', 'dark'] as const)(
    'gives every announced element a name, and every text a contrast of 4.5 to 1 (%s)',
    async (colorScheme) => {
      const { page } = await openReport(browser, page1500, { colorScheme });
      await page.locator('.toggle').first().click();
      await page.locator('details summary').click();
      expect(await nameless(page)).toEqual([]);
      expect(await lowContrast(page)).toEqual([]);
      await page.context().close();
    },
  );

  it('moves a visible focus in document order, starting with the link that skips the summary', async () => {
    const { page } = await openReport(browser, page1500);
    const places: { index: number; label: string; shows: boolean }[] = [];
    for (let step = 0; step < 85; step += 1) {
      await page.keyboard.press('Tab');
      places.push(await focused(page));
    }
    expect(places[0]?.label).toBe('Skip to the findings');
    expect(places.filter(({ shows }) => !shows)).toEqual([]);
    const order = places.map(({ index }) => index);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(places.map(({ label }) => label)).toEqual(expect.arrayContaining(['severity', 'q', 'rule', 'group']));
    await page.context().close();
  });

  it.each([320, 390, 768, 1280])('needs no sideways scrolling at %i pixels', async (width) => {
    const { page } = await openReport(browser, page1500, { viewport: { width, height: 800 } });
    await page.locator('.toggle').first().click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.context().close();
  });

  it.each([true, false])('shows why and by whom in every row on a phone (scripts: %s)', async (javaScriptEnabled) => {
    const viewport = { width: 390, height: 800 };
    const { page } = await openReport(browser, page1500, { viewport, javaScriptEnabled });
    const rows = await page.locator('#rows tr.row').all();
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows.slice(0, 30)) {
      const visible = oneLine(await row.innerText());
      for (const cell of ['.why', '.who']) {
        const words = oneLine((await row.locator(cell).textContent()) ?? '');
        expect(words).not.toBe('');
        expect(visible).toContain(words);
      }
    }
    await page.context().close();
  });

  it('shows the summary and the first rows without scripts', async () => {
    const { page } = await openReport(browser, page1500, { javaScriptEnabled: false });
    expect(await page.locator('#rows tr.row').count()).toBe(Math.min(100, open));
    expect(await page.locator('noscript').textContent()).toContain('Scripts are off');
    expect(await page.locator('#filters').isVisible()).toBe(false);
    await page.context().close();
  });

  it('prints without controls', async () => {
    const { page } = await openReport(browser, page1500);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.locator('#rows').isVisible()).toBe(true);
    await page.context().close();
  });

  it('prints no heading, and no line below it, at the end of a page without what follows', async () => {
    const { page } = await openReport(browser, page1500);
    await page.emulateMedia({ media: 'print' });
    const breaks = await page.evaluate<string[]>(
      '[...document.querySelectorAll("h2, .whom")].map((one) => getComputedStyle(one).breakAfter)',
    );
    expect(new Set(breaks)).toEqual(new Set(['avoid']));
    await page.context().close();
  });
});

describe('ids', () => {
  const ids = ['i-003528c6fbc8e9f53', 'tmt-0a000000000000001', 'sg-05e0000000000000b', 'vpc-05409000000000001'];
  const role =
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developer_0123456789abcdef';
  const log =
    's3://my-trail-111122223333/AWSLogs/o-ab12/111122223333/CloudTrail/eu-west-1/2026/11/x_20261120T1000Z_a.json.gz';
  const findings = ids.map((id, n) =>
    aFinding({
      resourceId: id,
      reason: `${id} ${'x '.repeat(n)}is not mirrored: tmt-0a000000000000002, tmt-0bad00000000bad00 and sg-05e0000000000000b by ${role}.`,
      fix: `aws ec2 create-traffic-mirror-session --network-interface-id eni-0cdff1fc7367d827c --traffic-mirror-target-id tmt-0a000000000000001`,
      cause: aCall(role),
      detail: aDetail({ name: n === 0 ? undefined : `a-name-of-many-parts-${n}`, vpcId: 'vpc-05409000000000001' }),
      evidence: [anEvidence({ logFile: log })],
    }),
  );
  const report = aReport({
    findings,
    input: { ...aReport().input, rejected: [{ path: log, reason: 'tmt-0a000000000000001 is not JSON' }] },
  });

  it.each([
    [320, true],
    [420, true],
    [420, false],
    [800, true],
    [1400, true],
  ])(
    'are not parted at a hyphen at %i pixels (scripts: %s), nor wider than the page',
    async (width, javaScriptEnabled) => {
      const viewport = { width, height: 800 };
      const { page } = await openReport(browser, renderHtml(report, {}), { viewport, javaScriptEnabled });
      if (javaScriptEnabled) for (const toggle of await page.locator('.toggle').all()) await toggle.click();
      expect(await brokenAtHyphens(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      await page.context().close();
    },
  );
});

describe('hostile texts', () => {
  it('do nothing, and are shown verbatim', async () => {
    const findings = HOSTILE.map(([, text], n) =>
      aFinding({
        rule: `custom:${text}`,
        resourceId: `i-${n}`,
        reason: text,
        fix: text,
        region: text,
        owner: text,
        detail: aDetail({ name: text, vpcId: text }),
        evidence: [anEvidence({ actor: text, logFile: text, userAgent: text })],
      }),
    );
    const { page, complaints } = await openReport(browser, renderHtml(aReport({ findings }), {}));
    for (const toggle of await page.locator('.toggle').all()) await toggle.click();
    expect(await page.locator('.detail').count()).toBe(findings.length);
    expect(await page.locator('#rows script, #rows img, #rows a:not([href^="#finding="])').count()).toBe(0);
    expect(await page.locator('.detail').allTextContents()).toContainEqual(
      expect.stringContaining('<script>alert(1)</script>'),
    );
    for (const link of await page.locator('.three a').all()) await link.click();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('20,000 findings', () => {
  it('open and filter within two seconds', async () => {
    const large = renderHtml(composeReport(aSeason(20_000, 5000)), {});
    const { page, complaints } = await openReport(browser, large, { hash: '#status=all' });
    const loaded = await page.evaluate<number>('performance.getEntriesByType("navigation")[0].loadEventEnd');
    expect(loaded).toBeLessThan(2000);
    expect(await page.textContent('#count')).toContain('of 20,000');
    await page.fill('#q', 'search-42');
    await page.waitForURL(/q=search-42/, { timeout: 2000 });
    expect(await page.locator('#rows .toggle').count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
