import { describe, expect, it } from 'vitest';
import { composeDigest } from '../../../src/alert/compose-digest.ts';
import { parseConfig } from '../../../src/config.ts';
import type { ScopeSpoken } from '../../../src/ledger/freshness/freshness-log.ts';
import { withHeard } from '../../../src/ledger/freshness/heard.ts';
import type { Spoken } from '../../../src/ledger/freshness/spoken.ts';
import { reportFromLedger } from '../../../src/pipeline/report-source.ts';
import { render } from '../../../src/report/format.ts';
import { html } from '../../../src/report/formats/html.ts';
import { json } from '../../../src/report/formats/json.ts';
import { markdown } from '../../../src/report/formats/markdown.ts';
import { freshnessOf, freshnessWords, silentPhrase } from '../../../src/report/freshness/freshness.ts';
import { NOW } from '../../support/findings.ts';
import { aLedger } from '../../support/ledgers.ts';

const HOUR_MS = 3_600_000;
const ACCOUNT = '111122223333';
const CONFIG = parseConfig('{}', 'config.json');

/** An account and region that spoke every half hour for three weeks, until so many hours before now. */
function spoken(region: string, hoursAgo: number, days = 21): ScopeSpoken {
  const end = NOW.getTime() - hoursAgo * HOUR_MS;
  let known: Spoken | undefined;
  for (let time = end - days * 24 * HOUR_MS; time <= end; time += HOUR_MS / 2)
    known = withHeard(known, { accountId: ACCOUNT, region, record: new Date(time) }, new Date(time + 60_000));
  if (known === undefined) throw new Error('nothing was heard');
  return { accountId: ACCOUNT, region, spoken: known };
}

const SILENT = spoken('eu-west-1', 5);
const SPEAKING = spoken('us-east-1', 0.2);
const YOUNG = spoken('sa-east-1', 3, 2);

/** An organization of which the first so many are silent. */
const many = (count: number, silent: number): readonly ScopeSpoken[] =>
  Array.from({ length: count }, (_, index) => ({
    ...(index < silent ? SILENT : SPEAKING),
    accountId: String(100_000_000_000 + index),
  }));

describe('freshnessOf', () => {
  it('has the silent ones first, then those whose newest record is the oldest', () => {
    const freshness = freshnessOf([SPEAKING, YOUNG, SILENT], NOW);
    expect(freshness).toMatchObject({ scopes: 3, silent: 1, speaking: 1, unknown: 1 });
    expect(freshness?.list).toMatchObject([
      {
        ...{ accountId: ACCOUNT, region: 'eu-west-1', state: 'silent', silentSeconds: 5 * 3600, habitSeconds: 91 * 60 },
        newestRecord: new Date(NOW.getTime() - 5 * HOUR_MS).toISOString(),
        newestDelivery: new Date(NOW.getTime() - 5 * HOUR_MS + 60_000).toISOString(),
      },
      { region: 'sa-east-1', state: 'unknown', habitSeconds: null },
      { region: 'us-east-1', state: 'speaking' },
    ]);
  });

  it('lists few of an organization, and counts the rest', () => {
    const freshness = freshnessOf(many(1700, 3), NOW);
    expect(freshness?.list).toHaveLength(23);
    expect(freshness?.list.slice(0, 4).map(({ state }) => state)).toEqual(['silent', 'silent', 'silent', 'speaking']);
    expect(freshness && freshnessWords(freshness)).toBe(
      '3 of 1,700 accounts and regions silent; 1,677 more have spoken since and are not listed.',
    );
    expect(freshnessOf(many(1700, 1700), NOW)?.list).toHaveLength(500);
  });

  it('is nothing where none ever spoke', () => {
    expect(freshnessOf([], NOW)).toBeUndefined();
  });
});

describe('a report from the ledger', () => {
  const reportAt = async (until: Date, more: object = {}) => {
    const ledger = { ...aLedger(), freshness: async () => [SPEAKING, SILENT, YOUNG] };
    const period = { since: new Date(until.getTime() - 24 * HOUR_MS), until };
    return reportFromLedger(ledger, CONFIG, { period, now: NOW, toolVersion: '0', ...more });
  };

  it('has the table as HTML, Markdown and JSON', async () => {
    const report = await reportAt(NOW);
    expect(JSON.parse(render(json, report, {})).freshness).toEqual(report.freshness);
    expect(render(markdown, report, {})).toContain(
      ['1 of 3 accounts and regions silent; 1 not known for long enough to say.', ''].join('\n'),
    );
    expect(render(markdown, report, {})).toMatch(/\| silent \| 111122223333 eu-west-1 \|.*\| 5 h \| 1 h 31 min \|/);
    const page = render(html, report, {});
    expect(page).toContain('>Freshness</h2>');
    expect(page).toContain('1 of 3 accounts and regions silent');
  });

  it('has only the accounts and regions that were asked for', async () => {
    const { freshness } = await reportAt(NOW, { regions: ['us-east-1'] });
    expect(freshness).toMatchObject({ scopes: 1, silent: 0 });
  });

  it('says nothing of it for an earlier time, of which nothing is kept', async () => {
    const report = await reportAt(new Date(NOW.getTime() - 48 * HOUR_MS));
    expect(report.freshness).toBeUndefined();
    expect(render(html, report, {})).not.toContain('Freshness');
    expect(render(markdown, report, {})).not.toContain('Freshness');
  });
});

describe('the digest', () => {
  const digestOf = (all: readonly ScopeSpoken[]) =>
    composeDigest(
      { every: 'daily', entries: [], runs: [], lastLogAt: NOW, freshness: freshnessOf(all, NOW) },
      { now: NOW },
    );

  it('says how many are silent, in its subject too, and which if they are few', () => {
    const { subject, body } = digestOf(many(1700, 3));
    expect(subject).toContain('3 silent');
    expect(body.replaceAll(/\s+/g, ' ')).toContain(
      '3 of 1,700 accounts and regions silent: 100000000000 eu-west-1, 100000000001 eu-west-1 and 100000000002 eu-west-1.',
    );
    expect(digestOf(many(1700, 300)).body).toContain('300 of 1,700');
    expect(digestOf(many(1700, 300)).body.length).toBeLessThan(2000);
  });

  it('says that none is, and nothing where none ever spoke', () => {
    expect(digestOf([SPEAKING]).body).toContain(`${silentPhrase({ silent: 0, scopes: 1 })}.`);
    expect(digestOf([SPEAKING]).subject).not.toContain('silent');
    expect(digestOf([]).body).not.toContain('silent');
  });
});
