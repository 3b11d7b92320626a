/** Records that make reports long: many findings, and texts far beyond what AWS writes. */

import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, type Place, packed, type Ran } from '../support/command-line.ts';
import { aLaunch } from '../support/records.ts';

const PAGE_BYTES = 9_500_000;
const HOSTILE = '<img src=x onerror=alert(1)>&\u202e"\'`é';

/** A folder with the launches of so many untagged instances, each with its number in what it says. */
function crowded(count: number, fieldsOf: (index: number) => Readonly<Record<string, unknown>>, name: string): Place {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['Owner'] });
  const records = Array.from({ length: count }, (_, index) =>
    aLaunch([{ instanceId: `i-${index.toString(16).padStart(17, '0')}`, tags: { Name: `${name}${index}` } }], {
      eventID: `${index.toString(16).padStart(8, '0')}-2222-4333-8444-555555555555`,
      ...fieldsOf(index),
    }),
  );
  for (let at = 0; at < count; at += 500) place.put(`logs/${at}.json.gz`, packed(records.slice(at, at + 500)));
  return place;
}

const scanned = (place: Place, output: string): Promise<Ran> =>
  place.run('scan', 'logs', '--account', 'none', '-o', output, '--quiet');

describe('the HTML report', () => {
  it('names of 20,000 characters that are written as escapes do not make a page that is too large to open', async () => {
    const place = crowded(300, () => ({}), '\u202e'.repeat(20_000));
    expect((await scanned(place, 'html=report.html')).code).toBe(3);
    expect(statSync(place.path('report.html')).size).toBeLessThan(PAGE_BYTES);
  });

  it('accounts, regions and callers that are made up by the thousand do not make a page that is too large to open', async () => {
    const made = (index: number): string => `${index}${HOSTILE.repeat(30)}`;
    const place = crowded(
      3000,
      (index) => ({ recipientAccountId: made(index), awsRegion: made(index), userAgent: made(index) }),
      HOSTILE,
    );
    const { code, stdout } = await scanned(place, 'html');
    expect(code).toBe(3);
    expect(Buffer.byteLength(stdout)).toBeLessThan(PAGE_BYTES);
    expect(stdout).not.toContain('<img');
    expect(stdout).toMatch(/<option disabled>[\d,]+ more: use the search<\/option>/);
  });

  it('a thousand files of forged names and damage do not make a page that is too large to open', async () => {
    const place = crowded(1, () => ({}), '');
    for (let index = 0; index < 1000; index += 1)
      place.put(
        `logs/${String(index).padStart(4, '0')}${'<&\u202e'.repeat(40)}.json`,
        `{"Records":[{"${'<'.repeat(3000)}`,
      );
    const { code, stdout } = await scanned(place, 'html');
    expect(code).toBe(2);
    expect(Buffer.byteLength(stdout)).toBeLessThan(PAGE_BYTES);
  });
});

describe('the table', () => {
  it('names without blanks, of a hundred thousand characters outside ASCII, cost no minutes', {
    timeout: 30_000,
  }, async () => {
    const place = crowded(20, () => ({}), 'é'.repeat(100_000));
    const start = performance.now();
    const { code, stdout } = await scanned(place, 'table');
    expect(code).toBe(3);
    expect(stdout).toContain('éééé');
    expect(performance.now() - start).toBeLessThan(15_000);
  });
});
