import { describe, expect, it } from 'vitest';
import { failedLook, type Gap } from '../../src/audit/gaps/gap.ts';
import type { LedgerRun } from '../../src/ledger/ledger.ts';
import { render } from '../../src/report/format.ts';
import { html } from '../../src/report/formats/html.ts';
import { table } from '../../src/report/formats/table.ts';
import { gapPhrases } from '../../src/report/gap-words.ts';
import { gapsOver } from '../../src/report/gaps.ts';
import { aLook, anInput, aReading, aReport, aRun, NOW } from '../support/findings.ts';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const LIST: Gap = { kind: 'list', name: 'securityGroups', reason: 'UnauthorizedOperation' };
const RULE: Gap = {
  kind: 'rule',
  name: 'instance-unmirrored',
  reason: 'unclear',
  count: 14,
  resources: ['i-1', 'i-2'],
};
const BLIND = aLook({ gaps: [LIST, RULE], unjudged: { 'AWS::EC2::Instance': 14 } });
const SEEN_IN_PART = aLook({
  complete: false,
  gaps: [{ ...RULE, count: 1, resources: ['i-9'] }],
  unjudged: { 'AWS::EC2::Instance': 1 },
});

const at = (minute: number): Date => new Date(NOW.getTime() + minute * 60_000);
const runAt = (minute: number, ...looks: readonly ReturnType<typeof aLook>[]): LedgerRun =>
  aRun({ at: at(minute), reading: aReading({ looks }) });

describe('gapsOver', () => {
  it('counts what cannot be read or judged now by the newest complete look of each account and region', () => {
    const other = { accountId: '999988887777', region: 'eu-west-1' };
    const gaps = gapsOver([runAt(0, BLIND), runAt(1, BLIND, failedLook(other, true, 'AccessDenied'))]);
    expect(gaps).toMatchObject({ runs: 2, looks: 3, unrecorded: 0, unreachedAccounts: 1, unreadLists: 1 });
    expect(gapPhrases(gaps)).toEqual([
      '1 account could not be read',
      '1 list could not be read completely',
      '14 instances could not be judged',
    ]);
  });

  it('keeps a gap that ended, with its times, as no longer standing', () => {
    const gaps = gapsOver([runAt(0, BLIND), runAt(60, BLIND), runAt(120, aLook())]);
    expect(gaps.list).toMatchObject([
      { name: 'securityGroups', first: at(0).toISOString(), last: at(60).toISOString(), looks: 2, still: false },
      { name: 'instance-unmirrored', looks: 2, still: false },
    ]);
    expect(gapPhrases(gaps)).toEqual([]);
  });

  it('lets a look that found the account closed end no other gap', () => {
    const { list, unreachedAccounts } = gapsOver([runAt(0, BLIND), runAt(1, failedLook(SCOPE, true, 'AccessDenied'))]);
    expect(list.map(({ kind, still }) => [kind, still])).toEqual([
      ['account', true],
      ['list', true],
      ['rule', true],
    ]);
    expect(unreachedAccounts).toBe(1);
  });

  it('leaves out what a delivery could not judge once a complete look could', () => {
    expect(gapsOver([runAt(0, SEEN_IN_PART), runAt(1, aLook())]).list).toEqual([]);
    expect(gapsOver([runAt(0, aLook()), runAt(1, SEEN_IN_PART)])).toMatchObject({
      list: [{ name: 'instance-unmirrored', still: true }],
      unjudged: {},
    });
  });

  it('counts by deliveries where no account was ever looked at completely', () => {
    expect(gapsOver([runAt(0, SEEN_IN_PART), runAt(1, SEEN_IN_PART)]).unjudged).toEqual({ 'AWS::EC2::Instance': 1 });
  });

  it('does not depend on the order of the runs', () => {
    const runs = [runAt(0, BLIND), runAt(1, aLook()), runAt(2, SEEN_IN_PART), runAt(3, BLIND)];
    expect(gapsOver(runs.toReversed())).toEqual(gapsOver(runs));
  });
});

describe('the all-clear of a report', () => {
  const PERIOD = { since: at(-600), until: at(600) };
  const shown = (runs: readonly LedgerRun[], rejected = anInput().rejected): readonly [page: string, text: string] => {
    const report = aReport({ period: PERIOD, runs, gaps: gapsOver(runs), input: anInput({ rejected }) });
    return [render(html, report, {}), render(table, report, { color: true })];
  };
  const GREEN = '<p class="ok">Everything given was read';

  it('is given when every run read and judged everything', () => {
    const [page, text] = shown([runAt(0, aLook()), runAt(1, aLook())]);
    expect(page).toContain(`${GREEN}. 2 complete looks at an account and region could read and judge everything.</p>`);
    expect(text).toContain('\u001b[32mNo open findings');
    expect(text).not.toContain('Could not be read');
  });

  it.each<[string, readonly LedgerRun[], string]>([
    ['a list could not be read', [runAt(0, BLIND)], 'UnauthorizedOperation'],
    ['a list could not be read for a while', [runAt(0, BLIND), runAt(1, aLook())], 'read and judged since'],
    [
      'an account let nobody in',
      [runAt(0, failedLook(SCOPE, true, 'AccessDenied'))],
      'nothing could be read: AccessDenied',
    ],
    ['a run of an older version recorded nothing of it', [aRun()], '1 run of an older version did not record'],
    ['there was no run', [], 'No run is recorded in this period'],
  ])('is not given when %s', (_, runs, why) => {
    const [page, text] = shown(runs);
    expect(page).not.toContain(GREEN);
    expect(page).toContain(why);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(why);
    if (why !== 'read and judged since') expect(text).not.toContain('\u001b[32m');
  });

  it('comes with counts that say "at least" when older versions did not record theirs', () => {
    const [page, text] = shown([aRun(), runAt(1, aLook())]);
    expect(text).toContain('Read: at least ');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('what was rejected is not known');
    expect(page).toContain('<dt>Not read or judged</dt><dd>not recorded</dd>');
    const [, known] = shown([runAt(1, aLook())]);
    expect(known).toContain('0 rejected');
    expect(known).not.toContain('at least');
  });

  it('is not given when an input was rejected, and no green says that nothing is open', () => {
    const [page, text] = shown([runAt(0, aLook())], [{ path: 'a.json.gz', reason: 'cut off' }]);
    expect(page).not.toContain(GREEN);
    expect(page).toContain('cut off');
    expect(page).toContain('No open findings in what could be judged.');
    expect(text).toContain('No open findings in what could be judged');
    expect(text).not.toContain('\u001b[32m');
  });

  it('is not hinted at where nothing of what was given could be read', () => {
    const input = anInput({ files: 0, records: 0, rejected: [{ path: 'logs/', reason: 'there is no such folder' }] });
    const nothing = aReport({ findings: [], judgements: [], input });
    for (const text of [render(table, nothing, {}), render(html, nothing, {})]) {
      expect(text).toContain('Nothing was judged');
      expect(text).not.toContain('No open findings');
    }
  });
});
