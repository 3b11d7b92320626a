import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FindingStatus } from '../../src/audit/finding.ts';
import { diffReports } from '../../src/report/diff.ts';
import { aFinding, aJudgement } from '../support/findings.ts';

const ids = (list: readonly { readonly resourceId: string }[]): string[] => list.map(({ resourceId }) => resourceId);
const one = (status: FindingStatus | 'absent') =>
  status === 'absent' ? [] : [aFinding({ resourceId: 'i-1', status })];

describe('diffReports', () => {
  it.each([
    ['absent', 'open', 'opened'],
    ['resolved', 'open', 'opened'],
    ['muted', 'open', 'opened'],
    ['open', 'open', 'still'],
    ['open', 'resolved', 'resolved'],
    ['open', 'muted', 'resolved'],
    ['open', 'absent', 'resolved'],
    ['muted', 'resolved', null],
    ['absent', 'muted', null],
  ] as const)('from %s to %s is %s', (before, now, list) => {
    const diff = diffReports({ findings: one(before) }, { findings: one(now) });
    for (const name of ['opened', 'still', 'resolved'] as const)
      expect(ids(diff[name])).toEqual(name === list ? ['i-1'] : []);
  });

  it('keeps a finding open when its resource could not be judged', () => {
    const unknown = aJudgement({ resourceId: 'i-1', result: 'unknown' });
    expect(ids(diffReports({ findings: one('open') }, { findings: [], judgements: [unknown] }).still)).toEqual(['i-1']);
  });

  it('lists every finding that is or was open exactly once', () => {
    const state = fc.constantFrom<FindingStatus | 'absent'>('open', 'resolved', 'muted', 'absent');
    fc.assert(
      fc.property(fc.array(fc.tuple(state, state)), (states) => {
        const side = (index: 0 | 1) =>
          states.flatMap((pair, n) =>
            pair[index] === 'absent' ? [] : [aFinding({ resourceId: `i-${n}`, status: pair[index] })],
          );
        const { opened, still, resolved } = diffReports({ findings: side(0) }, { findings: side(1) });
        const expected = states.flatMap((pair, n) => (pair.includes('open') ? [`i-${n}`] : []));
        expect(ids([...opened, ...still, ...resolved]).sort()).toEqual(expected.sort());
      }),
    );
  });
});
