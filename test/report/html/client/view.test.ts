import { describe, expect, it } from 'vitest';
import { unpack } from '../../../../src/report/html/client/page-findings.ts';
import { arrange, select } from '../../../../src/report/html/client/selection.ts';
import { defaultView } from '../../../../src/report/html/client/view.ts';
import { packFindings } from '../../../../src/report/html/pack-findings.ts';
import { aDetail, aFinding, aReport } from '../../../support/findings.ts';

const report = aReport({
  findings: [
    aFinding({ resourceId: 'i-1', severity: 'low', owner: 'ada@example.com', detail: aDetail({ name: 'web-1' }) }),
    aFinding({ resourceId: 'i-2', severity: 'high', rule: 'instance-unmirrored', reason: 'i-2 is not mirrored.' }),
    aFinding({ resourceId: 'i-3', severity: 'high', status: 'muted', region: 'us-east-1' }),
  ],
});
const findings = unpack({ ...packFindings(report, 1_000_000), titles: {} });
const usual = defaultView(findings);
const shown = (parts: object): readonly string[] =>
  select(findings, { ...usual, ...parts }).map(({ resource }) => resource);

describe('unpack', () => {
  it('restores every text that was packed', () => {
    for (const { id, reason, fix } of findings) {
      const original = report.findings.find((finding) => finding.id === id);
      expect([reason, fix()]).toEqual([original?.reason, original?.fix]);
    }
  });
});

describe('select', () => {
  it.each([
    ['open findings by default', {}, ['i-2', 'i-1']],
    ['all statuses', { status: 'all' }, ['i-2', 'i-1', 'i-3']],
    ['several severities', { severity: 'low,critical' }, ['i-1']],
    ['a region', { status: 'all', region: 'us-east-1' }, ['i-3']],
    ['all words of a search', { q: 'ADA web' }, ['i-1']],
    ['nothing for a word that is missing', { q: 'ada nowhere' }, []],
    ['one finding, whatever the filters', { finding: findings[2]?.id, severity: 'critical' }, ['i-3']],
  ])('shows %s', (_, parts, resources) => {
    expect(shown(parts)).toEqual(resources);
  });
});

describe('arrange', () => {
  const names = (parts: object): readonly (string | null)[] =>
    arrange(findings, { ...usual, ...parts }).map(({ name }) => name);

  it('puts the group with the most severe finding first, then the largest', () => {
    expect(names({ group: 'rule' })).toEqual(['instance-untagged', 'instance-unmirrored']);
    expect(names({ group: 'owner' }).at(-1)).toBe('ada@example.com');
  });

  it('makes one nameless group without grouping, or for a group or column it does not know', () => {
    expect(names({ group: 'none' })).toEqual([null]);
    expect(names({ group: 'constructor', sort: 'constructor' })).toEqual([null]);
  });

  it('sorts by a column in both directions', () => {
    const order = (sort: string): readonly string[] =>
      arrange(findings, { ...usual, group: 'none', sort }).flatMap(({ list }) => list.map(({ resource }) => resource));
    expect(order('where')).toEqual(['i-1', 'i-2', 'i-3']);
    expect(order('-where')).toEqual(['i-3', 'i-1', 'i-2']);
  });
});
