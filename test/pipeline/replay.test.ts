import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';
import { reportFromLedger } from '../../src/pipeline/report-source.ts';
import { render } from '../../src/report/format.ts';
import { FORMATS } from '../../src/report/formats/registry.ts';
import type { Report } from '../../src/report/report.ts';
import { REPLAY_CONFIG, REPLAY_NOW, REPLAYED, STILL_UNTAGGED, TAGGED_LATER } from '../support/replay.ts';

const homes: string[] = [];
afterAll(() => Promise.all(homes.map((home) => rm(home, { recursive: true }))));

async function aHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'mirrorwatch-replay-'));
  homes.push(home);
  return home;
}

/** Delivers by number, one after the other, in a separate process on the home's ledger and mail folder. */
async function aWriter(home: string, order: readonly number[]): Promise<void> {
  const script = `import { replay } from ${JSON.stringify(resolve('test/support/replay.ts'))};
    await replay(${JSON.stringify(home)}, ${JSON.stringify(order)});`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([0, null]);
}

/** The final state of a ledger: its entries without the times of mails, and all reports. */
async function outcomeOf(home: string): Promise<unknown> {
  const ledger = openSqliteLedger(join(home, 'ledger.sqlite'));
  try {
    const period = { since: new Date('2026-03-01T00:00:00Z'), until: REPLAY_NOW };
    const config = parseConfig(REPLAY_CONFIG, 'config.json');
    const report = await reportFromLedger(ledger, config, { period, now: REPLAY_NOW, toolVersion: '0.1.0' });
    const entries = (await ledger.entries({})).map(({ notified, ...entry }) => ({
      ...entry,
      notified: Object.keys(notified).filter(
        (stage) => stage !== 'resolved' && !TAGGED_LATER.has(entry.finding.resourceId),
      ),
    }));
    const formats = await Promise.all(Object.values(FORMATS).map((load) => load()));
    // When an account and region spoke is written every ten minutes at most: which of the newest records is, hangs on the order.
    const { freshness, ...rest } = report;
    expectNewestRecord(freshness);
    return { entries, reports: formats.map((format) => render(format, rest, { includePass: true })) };
  } finally {
    ledger.close();
  }
}

/** The newest record of a replay. What is shown of it may be ten minutes older, and never newer. */
const NEWEST_RECORD = Date.parse('2026-03-17T12:15:00Z');

function expectNewestRecord(freshness: Report['freshness']): void {
  const shown = freshness?.list.map(({ newestRecord }) => new Date(newestRecord).getTime()) ?? [];
  expect(shown).toHaveLength(1);
  for (const time of shown) {
    expect(time).toBeGreaterThan(NEWEST_RECORD - 600_000);
    expect(time).toBeLessThanOrEqual(NEWEST_RECORD);
  }
}

/** For each instance, how often the mails report it as found, and as resolved. */
async function reportedCounts(home: string, instances: Iterable<string>): Promise<readonly [string, number, number][]> {
  const folder = join(home, 'mail');
  const mails = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const times = (text: string): number => mails.join('\n').split(text).length - 1;
  return [...instances].map((id) => [id, times(`\nWhat: ${id} `), times(`\n- ${id}: instance-untagged resolved`)]);
}

describe('every delivery three times, in any order, by two concurrent processes', () => {
  it('leaves the same ledger, byte-identical reports and no second mail', async () => {
    const reference = await aHome();
    await aWriter(reference, REPLAYED);
    const expected = await outcomeOf(reference);
    const thrice = [...REPLAYED, ...REPLAYED, ...REPLAYED];
    const order = fc.shuffledSubarray(thrice, { minLength: thrice.length });
    await fc.assert(
      fc.asyncProperty(order, order, async (first, second) => {
        const home = await aHome();
        await Promise.all([aWriter(home, first), aWriter(home, second)]);
        expect(await outcomeOf(home)).toEqual(expected);
        expect(await reportedCounts(home, STILL_UNTAGGED)).toEqual([...STILL_UNTAGGED].map((id) => [id, 1, 0]));
        // Whether the tag or the launch is read first decides whether there is a finding. If there is, both states are mailed once.
        for (const [, found, resolved] of await reportedCounts(home, TAGGED_LATER)) {
          expect(found).toBeLessThanOrEqual(1);
          expect(resolved).toBe(found);
        }
      }),
      { numRuns: 4 },
    );
  }, 60_000);
});
